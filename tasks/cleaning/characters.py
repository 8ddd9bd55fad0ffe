"""Characters nobody sees, blanks nobody wants, and one form for letters that can be written in several."""

import re
import unicodedata
from typing import Final

from tasks.text.code import code_spans, outside_code

_CONTROLS: Final = "\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x84\x86-\x9f"
INVISIBLE: Final = f"[{_CONTROLS}\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufff9-\ufffb]"
BLANKS: Final = "\r|\u00a0|[ \t]\n|\n\n\n\n|^\\s|\\s$"
"""What whole columns are searched for before anything is done."""

UNSURE: Final = "[^\x00-\u02ff\u2010-\u2027\u2030-\u205e\u20a0-\u20c0\u3001-\u3029\u4e00-\u9fff]"
"""All characters but those of frequent blocks that every text may hold in the form NFC."""

_INVISIBLE: Final = re.compile(f"\x1b\\[[0-9;]*[A-Za-z]|[{_CONTROLS}\u200b\u2060\ufeff\ufff9-\ufffb]")
_BIDI: Final = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_RIGHT_TO_LEFT: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_EMPTY_LINES: Final = re.compile(r"\n{4,}")
_WITHIN: Final = ("\u00a0", " \n", "\t\n", "\n\n\n\n")
"""Of which one stands in every text that `_trailing` changes."""
_LEADING: Final = re.compile(r"\A(?:[ \t]*\n)+")


def invisible(text: str) -> str:
    """`text` without control characters, zero-width blanks and terminal colours, and, unless it is written from right to
    left, without direction marks. Joiners stay: they make letters and emoji."""
    text = _INVISIBLE.sub("", text)
    return text if _RIGHT_TO_LEFT.search(text) else _BIDI.sub("", text)


def whitespace(text: str) -> str:
    """`text` with one kind of line end and of blank, none at line ends, at most two empty lines in a row, none around."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if any(sign in text for sign in _WITHIN):
        text = outside_code(_trailing)(text)
    text = text.rstrip()
    if not text[:1].isspace():  # as most are, which are then spared the search for code
        return text
    text = _LEADING.sub("", text)
    return text if code_spans(text[:1000]) else text.lstrip()


def unicode(text: str) -> str:
    """`text` in the form NFC: é is one character, not e and an accent."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _trailing(text: str) -> str:
    """Blanks at line ends, but for the two that are a hard break in Markdown; more than two empty lines (two part definitions)."""
    lines = text.replace("\u00a0", " ").split("\n")
    for at, line in enumerate(lines[:-1]):
        if line.endswith((" ", "\t")):
            bare = line.rstrip(" \t")
            lines[at] = line if line == bare + "  " and lines[at + 1][:1].strip() else bare
    text = "\n".join(lines)
    return _EMPTY_LINES.sub("\n\n", text) if "\n\n\n\n" in text else text
