"""The rules that repair one text, in the order in which they are tried, until none of them changes anything more."""

from collections.abc import Callable, Collection, Sequence
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.cleaning import characters, filler, markdown, markup, mojibake, numbers, tokens
from tasks.text.columns import plain

ANSWERS: Final = ("response", "rejected")
"""Columns that hold what an assistant said last."""


class Edit(NamedTuple):
    """One rule that changed one text."""

    rule: str
    before: str
    after: str


class Rule(NamedTuple):
    """One repair, and what stands in every text that it changes."""

    suspect: str
    """A pattern for RE2; empty where that is looked up in another way."""
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
    "unicode": _anywhere("", characters.unicode),
    "filler_opening": _in_answers(filler.OPENS, filler.filler_opening),
    "filler_closing": _in_answers(filler.CLOSES, filler.filler_closing),
}
ABOUT: Final = {
    "chat_tokens": tokens.ABOUT,
    "markup": markup.ABOUT,
    "filler_opening": filler.LETTER,
    "filler_closing": filler.LETTER,
}
"""Rules that leave a row alone if its other words match: what would be damage elsewhere is its subject."""

FILLER: Final = frozenset(("filler_opening", "filler_closing"))
_WRONG: Final = "|".join(f"(?:{rule.suspect})" for name, rule in RULES.items() if rule.suspect and name not in FILLER)


def cleaned(texts: Sequence[str], columns: Sequence[str], rules: Collection[str]) -> list[list[Edit]]:
    """What `rules` do to each of `texts`, which stand in `columns`, in order; the last edit's `after` is what it becomes.

    A rule is tried only where its signs stand, which all texts are searched for at once; and again while anything changes.
    """
    now = list(texts)
    edits: list[list[Edit]] = [[] for _ in texts]
    left = list(range(len(texts)))
    while left:
        column = plain([now[text] for text in left])
        done = {text: len(edits[text]) for text in left}
        for name in (name for name in RULES if name in rules):
            for at in np.flatnonzero(_signs(name, column).to_numpy(zero_copy_only=False)).tolist():
                text = left[at]
                new = RULES[name].repair(now[text], columns[text])
                if new != now[text]:
                    edits[text].append(Edit(name, now[text], new))
                    now[text] = new
        left = [text for text in left if len(edits[text]) > done[text]]
    return edits


def clean(text: str, column: str, rules: Collection[str]) -> tuple[str, list[Edit]]:
    """`text` as `rules` leave it, and what they did, in order."""
    [edits] = cleaned([text], [column], rules)
    return (edits[-1].after if edits else text), edits


def _signs(name: str, texts: pa.LargeStringArray) -> pa.BooleanArray:
    """True where the rule may have something to do."""
    if name == "unicode":
        return _denormal(texts)
    if name == "filler_opening":
        return pc.match_substring_regex(pc.utf8_slice_codeunits(texts, 0, filler.HEAD), filler.OPENS)
    if name == "filler_closing":
        return pc.match_substring_regex(pc.utf8_slice_codeunits(texts, -filler.TAIL), filler.CLOSES)
    return pc.match_substring_regex(texts, RULES[name].suspect)


def suspects(texts: pa.LargeStringArray) -> pa.BooleanArray:
    """True where a rule may have something to do; no text that `clean` would change is False."""
    return pc.or_(pc.match_substring_regex(texts, _WRONG), _denormal(texts))


def says_nothing(texts: pa.LargeStringArray) -> pa.BooleanArray:
    """True where an answer may begin or end with filler."""
    return pc.or_(_signs("filler_opening", texts), _signs("filler_closing", texts))


def _denormal(texts: pa.LargeStringArray) -> pa.BooleanArray:
    """Texts that are not in NFC."""
    beyond = pc.invert(pc.string_is_ascii(texts))
    some = texts.filter(beyond)
    return pc.replace_with_mask(beyond, beyond, pc.not_equal(pc.utf8_normalize(some, form="NFC"), some))
