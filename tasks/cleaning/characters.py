"""Characters nobody sees, blanks nobody wants, and one form for letters that can be written in several."""

import re
import unicodedata
from typing import Final

from tasks.text.code import all_code, code_spans, outside_code

_CONTROLS: Final = "\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x84\x86-\x9f"
INVISIBLE: Final = f"[{_CONTROLS}\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufff9-\ufffb]"
BLANKS: Final = "\r|\u00a0|[ \t]\n|\n\n\n\n|^\\s|\\s$"
"""What whole columns are searched for before anything is done."""

UNSURE: Final = "[^\x00-\u02ff\u2010-\u2027\u2030-\u205e\u20a0-\u20c0\u3001-\u3029\u4e00-\u9fff]"
"""All characters but those of frequent blocks that every text may hold in the form NFC."""

_INVISIBLE: Final = re.compile(f"\x1b\\[[0-9;]*[A-Za-z]|[{_CONTROLS}\u200b\u2060\ufeff\ufff9-\ufffb]")
_BIDI: Final = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_RIGHT_TO_LEFT: Final = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_BREAKS: Final = re.compile("[\u200b\u2060\ufff9-\ufffb]")
_WITHOUT_BLANKS: Final = re.compile(
    "[\u0e00-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf\u1b00-\u1bff\ua980-\ua9df\uaa00-\uaa7f\u3040-\u30ff\u3400-\u9fff]"
)
"""Thai, Lao, Tibetan, Burmese, Khmer, Javanese, Chinese, Japanese …: an invisible sign shows where a word ends, or its reading."""
_EMPTY_LINES: Final = re.compile(r"\n{4,}")
_WITHIN: Final = ("\u00a0", " \n", "\t\n", "\n\n\n\n")
"""Of which one stands in every text that `_trailing` changes."""
_LEADING: Final = re.compile(r"\A(?:[ \t]*\n)+")
_LAID_OUT: Final = re.compile(r"\n[ \t]+\S")
_NO_BREAK: Final = re.compile("(?<![«\\d])\u00a0(?![»:;!?%€\\d])")
"""Not beside the signs that French sets apart with such a blank, nor inside a number."""
_MARKED: Final = re.compile(
    "[^\u0300-\u036f\u3099\u309a][\u0300-\u036f\u3099\u309a]+|[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?|[\uac00-\ud7a3][\u11a8-\u11c2]"
)
"""A letter with its accents, and the parts of a Korean syllable."""
ABOUT_INVISIBLE: Final = (
    r"(?i)zero[- ]?width|invisible|non-?print|control (?:char|code|sequence)|\bbom\b|byte[- ]order|\bu\+[0-9a-f]{4}|unicode"
    r"|escape (?:code|seq)|\bansi\b|terminal|joiner|bidi|right-to-left|left-to-right|\\[xu][0-9a-f]{2}|how many characters"
    r"|length of|bell char|steganogra|homo(?:graph|glyph)|hidden (?:char|text|sign)"
)
ABOUT_BLANKS: Final = (
    r"(?i)(?:trailing|leading|double|extra|empty|blank|non-?breaking|no-break) (?:space|blank|line|white)|white ?space|nbsp"
    r"|new ?lines?\b|line (?:break|feed|ending)|carriage return|\bcrlf\b|indent|\btabs\b|ascii art|\bdraw\b"
    r"|(?:two|three|four) spaces"
)
ABOUT_FORMS: Final = (
    r"(?i)code ?points?|decompos|precompos|normali[sz]|\bnfk?[cd]\b|unicode|combining|diacritic|accent|grapheme|characters?\b"
    r"|\bbytes?\b|\butf|encod|canonical"
)
"""Rows that are about such signs keep them."""


def invisible(text: str) -> str:
    """`text` without control characters, zero-width blanks and terminal colours, and, unless it is written from right to
    left, without direction marks. Joiners stay: they make letters and emoji; so do zero-width blanks in scripts without blanks."""
    if _WITHOUT_BLANKS.search(text) and _BREAKS.search(text):
        return text
    direction = _RIGHT_TO_LEFT.search(text)
    return outside_code(lambda prose: _visible(prose) if direction else _BIDI.sub("", _visible(prose)))(text)


def whitespace(text: str) -> str:
    """`text` with one kind of line end and of blank, none at line ends, at most two empty lines in a row, none around."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if any(sign in text for sign in _WITHIN):
        # without a fence, nobody sees the blanks at the ends of code's lines; to look for such code costs more than all else here
        text = outside_code(_trailing, all_code if "\n\n\n\n" in text else code_spans)(text)
    text = text.rstrip()
    if not text[:1].isspace():  # as most are, which are then spared the search for code
        return text
    text = _LEADING.sub("", text)
    return text if _LAID_OUT.search(text) or all_code(text[:1000]) else text.lstrip()


def unicode(text: str) -> str:
    """`text` with each letter and its accents in the form NFC: é is one character, not e and an accent. Characters that NFC
    replaces by another one (Å the unit, compatibility ideographs) stay."""
    if text.isascii():
        return text
    return outside_code(lambda prose: _MARKED.sub(lambda marked: unicodedata.normalize("NFC", marked[0]), prose))(text)


def _visible(prose: str) -> str:
    return _INVISIBLE.sub("", prose)


def _trailing(text: str) -> str:
    """Blanks at line ends, but for the two that are a hard break in Markdown; more than two empty lines (two part definitions)."""
    lines = _NO_BREAK.sub(" ", text).split("\n")
    for at, line in enumerate(lines[:-1]):
        if line.endswith((" ", "\t")):
            bare = line.rstrip(" \t")
            lines[at] = line if line == bare + "  " and lines[at + 1][:1].strip() else bare
    text = "\n".join(lines)
    return _EMPTY_LINES.sub("\n\n", text) if "\n\n\n\n" in text else text
