"""Undoes disguises of text, for detectors: what a model would read although a search for words would not find it."""

import base64
import binascii
import codecs
import html
import re
import unicodedata
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

_TAGS: Final = {0xE0000 + code: chr(code) for code in range(0x20, 0x7F)}
"""Unicode's tag characters: ASCII that no font shows."""
_TAGGED: Final = re.compile("[\U000e0020-\U000e007e]")
_MARKS: Final = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
_LOOKS_LIKE: Final = str.maketrans(
    "аеорсухіјѕһԁԛԝвнкмтАВЕКМНОРСТХУІЈЅαοενικρτυχγωΑΒΕΗΙΚΜΝΟΡΤΧΥΖıɡɩℓ",
    "aeopcyxijshdqwbhkmtABEKMHOPCTXYIJSaoevikptuxywABEHIKMNOPTXYZigil",
)
"""Letters of other alphabets and the Latin ones that they look like (a small part of Unicode's confusables.txt)."""
_FOREIGN: Final = re.compile(f"[{''.join(map(chr, _LOOKS_LIKE))}]")
LEET: Final = str.maketrans("01345789@$!|", "oieastbgasil")
_WORD: Final = re.compile(r"\w+")
_LATIN: Final = re.compile("[A-Za-z]")
_LEET_WORD: Final = re.compile(
    r"(?<![\w@$!|])(?=[a-zA-Z0-9@$!|]*[0-9@$!|])(?=[0-9@$!|]*[A-Za-z][0-9@$!|]*[A-Za-z])[a-zA-Z0-9@$!|]{4,}"
)
_SPACED: Final = re.compile(r"(?<![\w])(?:\w([ ._*\-·]))(?:\w\1){3,}\w(?!\w)")
_BASE64: Final = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{24,}={0,2}")
_HEX: Final = re.compile(r"(?<![0-9A-Za-z])(?:[0-9a-fA-F]{2}[ :]?){16,}")


def folded(text: str) -> str:
    """`text` without accents, invisible characters and compatibility forms: "ｉｇｎóre" → "ignore"."""
    if text.isascii():
        return text
    text = _UNSEEN.sub("", text.translate(_TAGS) if _TAGGED.search(text) else text)
    text = unicodedata.normalize("NFKC", _MARKS.sub("", unicodedata.normalize("NFKD", text)))
    return text.replace("’", "'").replace("‘", "'").replace("\u00a0", " ")


def deobfuscated(text: str) -> Iterator[str]:
    """`text` as a detector should read it: first folded, then once more for each disguise that it shows signs of, undone."""
    plain = folded(text)
    yield plain
    latin = _WORD.sub(_as_latin, plain) if _FOREIGN.search(plain) else plain
    joined = latin
    if _SPACED.search(latin):  # two blanks are between words where one blank is between letters
        joined = _SPACED.sub(lambda run: run[0].replace(run[1], ""), re.sub(" {2,}", "\x1f", latin)).replace(
            "\x1f", " "
        )
    leet = _LEET_WORD.sub(lambda word: word[0].translate(LEET), joined)
    yield from {leet, joined, latin} - {plain}
    if "&#" in plain or "&lt;" in plain:
        yield html.unescape(plain)
    if "%20" in plain:
        yield unquote(plain)
    if "<!--" in plain or "*" in plain or "</" in plain:
        yield re.sub(r"</?\w[^<>]*>|<!--|-->|(?<=\w)\*+(?=\w)", "", plain)
    lower = plain.lower()
    if "snoitcurtsni" in lower or "tpmorp" in lower:
        yield plain[::-1]
    if "vafgehpgvba" in lower or "cebzcg" in lower:
        yield codecs.decode(plain, "rot13")
    yield from _decoded(plain)


def _as_latin(word: re.Match[str]) -> str:
    """A word that has a Latin letter, with all letters that look Latin made Latin."""
    return word[0].translate(_LOOKS_LIKE) if _LATIN.search(word[0]) else word[0]


def _decoded(text: str) -> Iterator[str]:
    """The decoded base64 and hexadecimal runs of `text`, where they are text."""
    for run in _BASE64.finditer(text):
        data = run[0].rstrip("=").translate(str.maketrans("-_", "+/"))
        try:
            raw = base64.b64decode(data + "=" * (-len(data) % 4), validate=True)
        except (binascii.Error, ValueError):
            continue
        yield from _as_text(raw)
    for run in _HEX.finditer(text):
        digits = re.sub(r"[ :]", "", run[0])
        yield from _as_text(bytes.fromhex(digits[: len(digits) // 2 * 2]))


def _as_text(raw: bytes) -> Iterator[str]:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return
    if text.isprintable() or "\n" in text:
        yield folded(text)
