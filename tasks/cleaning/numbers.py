"""Numbers that were taken apart, written in strange digits, or written two ways in one text.

Nothing is rounded, converted or reformatted to taste: a number changes only where what stands there is no number to a reader
of the rest of the text.
"""

import re
from typing import Final

from tasks.text.code import outside_code

SUSPECT: Final = (
    "[\uff10-\uff19]|[0-9] [.,] [0-9]|[0-9][\u202f\u2009][0-9]{3}"
    "|[0-9],[0-9]{3}(?s:.*)[0-9]{5}|[0-9]{5}(?s:.*)[0-9],[0-9]{3}"
)

_WIDE: Final = {code: chr(code - 0xFF10 + ord("0")) for code in range(0xFF10, 0xFF1A)}
_WIDE_DIGIT: Final = re.compile("[\uff10-\uff19]")
_EAST_ASIAN: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_APART: Final = re.compile(r"(?<![\d.,:;] )(?<![\d.,])\b(\d{1,3}) ([.,]) (\d+)\b(?! [.,] \d)")
_THIN: Final = re.compile("(?<=\\d)[\u202f\u2009](?=\\d{3}(?!\\d))")
_GROUPED: Final = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?![\w,]|\.\d)")
_PLAIN: Final = re.compile(r"(?<![\w.,:/#-])\d{5,}(?![\w,:/-]|\.\w|[ \t]*(?:\n|\Z))")
"""Not at the end of a line: there stands the result, which somebody may compare with the right one."""


def numbers(text: str) -> str:
    """`text` with ASCII digits (outside East Asian text, where the wide ones belong), "3 . 14" and "1 , 000" joined, one kind
    of blank inside groups, and a number that is also written with commas ("12,500") never without them ("12500")."""
    return outside_code(_numbers)(text)


def _numbers(text: str) -> str:
    if _WIDE_DIGIT.search(text) and not _EAST_ASIAN.search(text):
        text = text.translate(_WIDE)
    text = _APART.sub(_joined, _THIN.sub(" ", text))
    grouped = {number.replace(",", ""): number for number in _GROUPED.findall(text)}
    return _PLAIN.sub(lambda plain: grouped.get(plain[0], plain[0]), text) if grouped else text


def _joined(apart: re.Match[str]) -> str:
    """A comma between digits joins thousands only: "2 , 5" is a list."""
    whole, sign, rest = apart.groups()
    return f"{whole}{sign}{rest}" if sign == "." or len(rest) == 3 else apart[0]
