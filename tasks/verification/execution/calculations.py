"""Calculations that a text states, recomputed: GSM8K's `<<48/2=24>>`, and equations of numbers such as `12 × 7 = 84`.

A result that is written rounded is right where it is the exact one rounded to its digits. An equation with letters is left alone.
"""

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Final, NamedTuple

from tasks.verification.execution import exact_numbers, expressions, notation

_ANNOTATED: Final = re.compile(r"<<([^<>\n]{1,300}?)>>")
_NUMBER: Final = r"(?:[$€£]\s?)?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:\s?%)?"
_OPERATOR: Final = r"\s{0,9}[-+*/×÷·−–xX^]\s{0,9}"
_LEFT: Final = rf"\(*\s{{0,9}}{_NUMBER}\)?(?:{_OPERATOR}\(*{_NUMBER}\)*){{1,40}}"
_STATED: Final = re.compile(
    rf"(?<![\w.,$^/*×÷+(=%)-])({_LEFT})\s*=\s*+((?>-?\s*{_NUMBER}))(?!\s\d{{3}}\b)(?![\w.]*[\d(^])(?![A-Za-z](?![A-Za-z]))"
    r"(?!\s*[-+*/×÷=^:!−–])(?!\s*[xX]\s*\d)(?!\s*(?:cents?\b|¢|of\b))"
)
_UNCLEAR: Final = re.compile(r"\d\s+\d|\d\s*[-–]\s*\d+\s*/\s*\d|\b0\d|/\s*\d+\s*/")
"""A mixed number, written `3 1/2` or `3-1/2`; digits of a clock or a date; `6 / 1 / 3`, where 1/3 may be meant."""
_CUT_OFF: Final = re.compile(r"[-+*/×÷·−–^=%$€£(),.:\d]$|\b[xX]$|\b(?:of|and|times|by|plus|minus)$")
"""How the text before a calculation ends where it is only the end of a longer one: `20 pens x` before `1/2 = 10`."""


class Calculation(NamedTuple):
    """A calculation as it stands in the text, and whether its result is right."""

    text: str
    right: bool
    why: str


def calculations(text: str, most: int) -> list[Calculation]:
    """The calculations that `text` states, at most `most`; those that have no exact meaning are left out."""
    found: list[Calculation] = []
    for stated, left, result in _equations(text):
        one = _recomputed(stated, left, result)
        if one is not None:
            found.append(one)
        if len(found) == most:
            break
    return found


def _equations(text: str) -> Iterator[tuple[str, str, str]]:
    for annotated in _ANNOTATED.finditer(text):
        left, equals, result = annotated[1].rpartition("=")
        if equals:
            yield annotated[0], left, result
    plain = _ANNOTATED.sub("", text)
    for line in plain.splitlines():
        if "=" in line and len(line) < 2_000 and not re.search(r"[=!<>]=|\\\\|≈", line):
            for stated in _STATED.finditer(line):
                cut_off = _CUT_OFF.search(line[: stated.start()].rstrip())
                if not cut_off and not _UNCLEAR.search(stated[1].replace(",", "") + " = " + stated[2].replace(",", "")):
                    yield stated[0].strip(), stated[1], stated[2]


def _recomputed(stated: str, left: str, result: str) -> Calculation | None:
    try:
        wanted, given = (exact_numbers.value(_tree(side)) for side in (left, result))
        if "%" in left + result and wanted != given:  # "100% - 60% = 40"
            wanted, given = (exact_numbers.value(_tree(side.replace("%", ""))) for side in (left, result))
    except (ValueError, RecursionError):
        return None
    if wanted == given or _rounded(wanted, given, result):
        return Calculation(stated, True, "")
    return Calculation(stated, False, f"{stated[:100]} should be {_decimal(wanted)}")


def _tree(text: str) -> expressions.Tree:
    text = re.sub(r"[$€£,]", "", notation.normalised(text))
    text = re.sub(r"(?<=[\d)\s])[xX](?=[\s\d(.])", "*", text)
    text = re.sub(r"(?<!\d)(\d++(?:\.\d++)?|\.\d++)\s*%", r"(\1/100)", text)
    return expressions.parse(text)


def _rounded(wanted: Fraction, given: Fraction, result: str) -> bool:
    """Whether the result is the exact one, rounded or cut at the digits that it has."""
    digits = re.search(r"\.(\d+)", result)
    step = Fraction(1, 10 ** (len(digits[1]) if digits else 0)) * (Fraction(1, 100) if "%" in result else 1)
    short = wanted.denominator != 1 if digits is None else (wanted / step).denominator != 1
    return short and abs(wanted - given) < step


def _decimal(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator) if value.numerator.bit_length() < 200 else "another number"
    return f"{value.numerator}/{value.denominator}" if value.denominator < 1_000 else f"about {float(value):.6g}"
