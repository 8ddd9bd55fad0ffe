"""The rules that repair one text, in the order in which they are tried, until none of them changes anything more."""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.cleaning import characters, filler, markdown, markup, mojibake, numbers, tokens
from tasks.text.columns import COLUMNS, plain

ANSWERS: Final = ("response", "rejected")
"""Columns that hold what an assistant said last."""


Mask: TypeAlias = np.ndarray[tuple[int], np.dtype[np.bool_]]


class Edit(NamedTuple):
    """One rule that changed one text."""

    rule: str
    before: str
    after: str


class Rule(NamedTuple):
    """One repair, and what stands in every text that it changes."""

    suspect: str
    """A pattern for RE2."""
    repair: Callable[[str, str], str]
    """(text, column) → text."""


def _anywhere(suspect: str, repair: Callable[[str], str]) -> Rule:
    return Rule(suspect, lambda text, _column: repair(text))


def _in_answers(suspect: str, repair: Callable[[str], str]) -> Rule:
    return Rule(suspect, lambda text, column: repair(text) if column in ANSWERS else text)


RULES: Final[dict[str, Rule]] = {
    "invisible": _anywhere(characters.INVISIBLE, characters.invisible),
    "mojibake": _anywhere(mojibake.SUSPECT, mojibake.repaired),
    "chat_tokens": Rule(tokens.SUSPECT, tokens.chat_tokens),
    "markup": _anywhere(markup.SUSPECT, markup.markup),
    "markdown": _anywhere(markdown.SUSPECT, markdown.markdown),
    "numbers": _anywhere(numbers.SUSPECT, numbers.numbers),
    "whitespace": _anywhere(characters.BLANKS, characters.whitespace),
    "unicode": _anywhere(characters.UNSURE, characters.unicode),
    "filler_announcement": _in_answers(filler.OPENS, filler.filler_announcement),
    "filler_opening": _in_answers(filler.OPENS, filler.filler_opening),
    "filler_closing": _in_answers(filler.CLOSES, filler.filler_closing),
}


class Subject(NamedTuple):
    """Which rows a rule leaves alone, because what would be damage elsewhere is what they are about. Patterns for RE2."""

    about: str
    columns: Sequence[str] = COLUMNS
    """Where `about` is searched for; a match anywhere spares the row."""
    asked: str = ""
    """What the instruction must match for the rule to do anything."""
    shown: bool = False
    """Spares the row as well where it has both the broken and the repaired form of a word."""


_INSTRUCTION: Final = ("instruction",)
ABOUT: Final[dict[str, Subject]] = {
    "invisible": Subject(f"{characters.ABOUT_INVISIBLE}|{mojibake.ABOUT}"),
    "mojibake": Subject(mojibake.ABOUT, shown=True),
    "chat_tokens": Subject(tokens.ABOUT),
    "markup": Subject(markup.ABOUT, shown=True),
    "markdown": Subject(markdown.ABOUT, shown=True),
    "numbers": Subject(numbers.ABOUT, shown=True),
    "whitespace": Subject(characters.ABOUT_BLANKS, _INSTRUCTION),
    "unicode": Subject(characters.ABOUT_FORMS, shown=True),
    "filler_announcement": Subject(filler.LETTER, _INSTRUCTION),
    "filler_opening": Subject(filler.SPOKEN, _INSTRUCTION, filler.ASKED),
    "filler_closing": Subject(filler.SPOKEN, _INSTRUCTION, filler.ASKED),
}

_FILLER: Final = ("filler_announcement", "filler_opening", "filler_closing")
"""What only answers begin and end with."""
_FREQUENT: Final = (*_FILLER, "whitespace")
"""Rules whose signs stand in many texts; those of the others are first looked for together."""


def _any_of(rules: Iterable[Rule]) -> str:
    return "|".join(f"(?:{rule.suspect})" for rule in rules)


_WRONG: Final = _any_of(rule for name, rule in RULES.items() if name not in _FILLER)
_RARE: Final = _any_of(rule for name, rule in RULES.items() if name not in _FREQUENT)


def cleaned(texts: pa.LargeStringArray, columns: Sequence[str], rules: Collection[str]) -> dict[int, list[Edit]]:
    """Which of `texts`, which stand in `columns`, `rules` change: index → edits in order; the last `after` is the new text.

    A rule is tried only where its signs stand, which all texts are searched for at once; and again while anything changes.
    """
    edits: dict[int, list[Edit]] = {}
    left = list(range(len(texts)))
    while left:
        shown = np.flatnonzero(_suspects(texts, [columns[index] for index in left])).tolist()
        left = [left[at] for at in shown]
        texts = texts.take(pa.array(shown, pa.int64()))
        now = texts.to_pylist()
        rare = np.flatnonzero(_matched(texts, _RARE))
        odd = texts.take(pa.array(rare))
        changed: set[int] = set()
        for name in (name for name in RULES if name in rules):
            shows = np.flatnonzero(_signs(name, texts)) if name in _FREQUENT else rare[_signs(name, odd)]
            for at in shows.tolist():
                new = RULES[name].repair(now[at], columns[left[at]])
                if new != now[at]:
                    edits.setdefault(left[at], []).append(Edit(name, now[at], new))
                    now[at] = new
                    changed.add(at)
        texts = plain([now[at] for at in sorted(changed)])
        left = [left[at] for at in sorted(changed)]
    return edits


def clean(text: str, column: str, rules: Collection[str]) -> tuple[str, list[Edit]]:
    """`text` as `rules` leave it, and what they did, in order."""
    edits = cleaned(plain([text]), [column], rules).get(0, [])
    return (edits[-1].after if edits else text), edits


def _suspects(texts: pa.LargeStringArray, columns: Sequence[str]) -> Mask:
    """True where a rule may have something to do; no text that a rule would change is False."""
    found = _matched(texts, _WRONG)
    answers = np.array([column in ANSWERS for column in columns], bool)
    said = texts.filter(pa.array(answers))
    found[answers] |= _signs("filler_opening", said) | _signs("filler_closing", said)
    return found


def _signs(name: str, texts: pa.LargeStringArray) -> Mask:
    """True where the rule may have something to do."""
    found = _matched(texts, RULES[name].suspect)
    some = texts.filter(pa.array(found))
    if name == "unicode":
        found[found] = pc.not_equal(pc.utf8_normalize(some, form="NFC"), some)
    if name == "filler_closing":
        found[found] = _matched(pc.utf8_slice_codeunits(some, -filler.TAIL), filler.CLOSES)
    return found


def _matched(texts: pa.LargeStringArray, pattern: str) -> Mask:
    return np.array(pc.match_substring_regex(texts, pattern))
