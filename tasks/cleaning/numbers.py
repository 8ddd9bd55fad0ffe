"""Numbers that were taken apart or written in strange digits. Off unless a recipe asks: see docs/decisions.md."""

import re
from typing import Final

from tasks.text.code import outside_code

SUSPECT: Final = "[\uff10-\uff19]|[0-9] [.,] [0-9]"
ABOUT: Final = r"(?i)token|full-?width|half-?width|digits?\b|thousands|decimal|separator|comma\b|characters?\b"
"""Rows that are about such signs keep them."""

_WIDE: Final = {code: chr(code - 0xFF10 + ord("0")) for code in range(0xFF10, 0xFF1A)}
_WIDE_DIGIT: Final = re.compile("[\uff10-\uff19]")
_EAST_ASIAN: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_APART: Final = re.compile(r"(?<![\d.,:;] )(?<![\d.,])\b(\d{1,3}) ([.,]) (\d+)\b(?! [.,] \d)")


def numbers(text: str) -> str:
    """`text` with ASCII digits (outside East Asian text, where the wide ones belong), and "3 . 14" and "1 , 000" joined."""
    return outside_code(_numbers)(text)


def _numbers(text: str) -> str:
    if _WIDE_DIGIT.search(text) and not _EAST_ASIAN.search(text):
        text = text.translate(_WIDE)
    return _APART.sub(_joined, text)


def _joined(apart: re.Match[str]) -> str:
    """A comma between digits joins thousands only: "2 , 5" is a list."""
    whole, sign, rest = apart.groups()
    return f"{whole}{sign}{rest}" if sign == "." or len(rest) == 3 else apart[0]
