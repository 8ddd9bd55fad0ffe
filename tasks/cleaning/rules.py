"""The rules that repair one text, in the order in which they are tried, until none of them changes anything more."""

import re
from collections.abc import Callable, Collection
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from tasks.cleaning import characters, filler, markdown, markup, mojibake, numbers, tokens

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
    """A pattern that Arrow (RE2) and Python's `re` read alike; empty: every text beyond ASCII."""
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
_SUSPECTS: Final = {name: re.compile("" if name in FILLER else rule.suspect) for name, rule in RULES.items()}
"""Filler looks at the ends of a text only: faster than any search through the whole."""
_WRONG: Final = "|".join(f"(?:{rule.suspect})" for name, rule in RULES.items() if rule.suspect and name not in FILLER)


def clean(text: str, column: str, rules: Collection[str]) -> tuple[str, list[Edit]]:
    """`text` as `rules` leave it, and what they did, in order."""
    edits: list[Edit] = []
    tried = [(name, _SUSPECTS[name].search, rule.repair) for name, rule in RULES.items() if name in rules]
    while True:
        begun = len(edits)
        for name, suspected, repair in tried:
            if suspected(text) and (new := repair(text, column)) != text:
                edits.append(Edit(name, text, new))
                text = new
        if len(edits) == begun:
            return text, edits


def suspects(texts: pa.LargeStringArray) -> pa.BooleanArray:
    """True where a rule may have something to do; no text that `clean` would change is False."""
    return pc.or_(pc.match_substring_regex(texts, _WRONG), _denormal(texts))


def says_nothing(texts: pa.LargeStringArray) -> pa.BooleanArray:
    """True where an answer may begin or end with filler."""
    head = pc.match_substring_regex(pc.utf8_slice_codeunits(texts, 0, filler.HEAD), filler.OPENS)
    tail = pc.utf8_slice_codeunits(texts, -filler.TAIL)
    return pc.or_(head, pc.match_substring_regex(tail, filler.CLOSES))


def _denormal(texts: pa.LargeStringArray) -> pa.BooleanArray:
    """Texts that are not in NFC."""
    beyond = pc.invert(pc.string_is_ascii(texts))
    some = texts.filter(beyond)
    return pc.replace_with_mask(beyond, beyond, pc.not_equal(pc.utf8_normalize(some, form="NFC"), some))
