"""The rules that repair one text, in the order in which they are tried, until none of them changes anything more."""

from collections.abc import Callable, Collection
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from tasks.cleaning import filler, markdown, markup, mojibake, numbers, tokens
from tasks.cleaning.characters import invisible, unicode, whitespace

Rule = Callable[[str, str], str]
"""(text, column) → text."""
ANSWERS: Final = ("response", "rejected")
"""Columns that hold what an assistant said last."""


class Edit(NamedTuple):
    """One rule that changed one text."""

    rule: str
    before: str
    after: str


RULES: Final[dict[str, Rule]] = {
    "invisible": lambda text, _column: invisible(text),
    "mojibake": lambda text, _column: mojibake.repaired(text),
    "chat_tokens": tokens.chat_tokens,
    "markup": lambda text, _column: markup.markup(text),
    "markdown": lambda text, _column: markdown.markdown(text),
    "numbers": lambda text, _column: numbers.numbers(text),
    "whitespace": lambda text, _column: whitespace(text),
    "unicode": lambda text, _column: unicode(text),
    "filler_opening": lambda text, column: filler.filler_opening(text) if column in ANSWERS else text,
    "filler_closing": lambda text, column: filler.filler_closing(text) if column in ANSWERS else text,
}
ABOUT: Final = {
    "chat_tokens": tokens.ABOUT,
    "markup": markup.ABOUT,
    "filler_opening": filler.LETTER,
    "filler_closing": filler.LETTER,
}
"""Rules that leave a row alone if its other words match: what would be damage elsewhere is its subject."""

_WRONG: Final = "|".join(
    (
        *(tokens.SUSPECT, markup.SUSPECT, markdown.SUSPECT, numbers.SUSPECT),
        r"[\x00-\x08\x0b-\x1f\x7f]|[ \t]\n|\n\n\n\n|^\s|\s$",
    )
)
_WRONG_BEYOND_ASCII: Final = (
    rf"[{mojibake.LEADS}][^\x00-\x7f]|[\x{{7f}}-\x{{a0}}\x{{200b}}\x{{200e}}\x{{200f}}\x{{202a}}-\x{{202e}}\x{{2060}}]"
    r"|[\x{2066}-\x{2069}\x{feff}\x{fff9}-\x{fffb}]"
)


def clean(text: str, column: str, rules: Collection[str]) -> tuple[str, list[Edit]]:
    """`text` as `rules` leave it, and what they did, in order."""
    edits: list[Edit] = []
    tried = [(name, rule) for name, rule in RULES.items() if name in rules]
    while True:
        begun = len(edits)
        for name, rule in tried:
            new = rule(text, column)
            if new != text:
                edits.append(Edit(name, text, new))
                text = new
        if len(edits) == begun:
            return text, edits


def suspects(texts: pa.LargeStringArray) -> pa.BooleanArray:
    """True where a rule may have something to do; no text that `clean` would change is False."""
    return pc.or_(pc.match_substring_regex(texts, _WRONG), _strange(texts))


def says_nothing(texts: pa.LargeStringArray) -> pa.BooleanArray:
    """True where an answer may begin or end with filler."""
    head = pc.match_substring_regex(pc.utf8_slice_codeunits(texts, 0, filler.HEAD), filler.OPENS)
    tail = pc.utf8_slice_codeunits(texts, -filler.TAIL)
    return pc.or_(head, pc.match_substring_regex(tail, filler.CLOSES))


def _strange(texts: pa.LargeStringArray) -> pa.BooleanArray:
    """Texts beyond ASCII that hold an odd character or are not in NFC."""
    ascii_only = pc.string_is_ascii(texts)
    if pc.all(ascii_only).as_py():
        return pc.invert(ascii_only)
    beyond = pc.invert(ascii_only)
    some = texts.filter(beyond)
    odd = pc.or_(
        pc.match_substring_regex(some, _WRONG_BEYOND_ASCII), pc.not_equal(pc.utf8_normalize(some, form="NFC"), some)
    )
    return pc.replace_with_mask(beyond, beyond, odd)
