"""What an answer may mean: each meaning as a reading, the usual one first. Two readings are compared in `answers`."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal

from tasks.verification.execution import expressions, notation
from tasks.verification.execution.quantities import Quantity, quantity

Kind = Literal["quantity", "tree", "time", "date", "ratio", "choice", "word", "text", "latex", "approximate"]

_TIME: Final = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([ap])?\.?\s?(?:m\b\.?)?", re.IGNORECASE | re.ASCII)
_HOUR: Final = re.compile(r"(\d{1,2})\s*([ap])\.?\s?m\b\.?", re.IGNORECASE | re.ASCII)
_RATIO: Final = re.compile(r"(\d{1,9})\s*:\s*(\d{1,9})", re.ASCII)
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_NUMERIC_DATE: Final = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})", re.ASCII)
_MONTHS: Final = [
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
]
_MONTH: Final = "|".join(f"{name}|{name[:3]}" for name in _MONTHS)
_DAY_FIRST: Final = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({_MONTH})\.?,?(?: (\d{{4}}))?", re.IGNORECASE | re.ASCII
)
_MONTH_FIRST: Final = re.compile(
    rf"({_MONTH})\.? (\d{{1,2}})(?:st|nd|rd|th)?(?:,? (\d{{4}}))?", re.IGNORECASE | re.ASCII
)
_CHOICE: Final = re.compile(
    r"(?:(?:option|choice|answer)\s+)?(?:\(([A-Ja-j])\)|([A-J])[).:]|([A-J]))(?:\s+(\S.*))?", re.IGNORECASE | re.DOTALL
)
_SCALED: Final = re.compile(
    r"[$€£]?(\d[\d,]{0,20}(?:\.\d+)?)\s+(?:dozen|thousand|million|billion|trillion|hundred)\b", re.ASCII
)
_COMMA: Final = re.compile(r"[+-]?[$€£]?\s*\d{1,9},\d{1,9}\s*(?:%|€)?", re.ASCII)
_EUROPEAN: Final = re.compile(r"([+-]?)(\d{1,3}(?:\.\d{3})+),(\d+)", re.ASCII)
_APPROXIMATE: Final = re.compile(
    r"^(?:≈|~|about |approximately |around |roughly |\\approx|nearly )|\.\.\.$|…$|\\(?:l|c)?dots", re.IGNORECASE
)
_CLOSED: Final = (
    frozenset(("yes", "no")),
    frozenset(("true", "false")),
    frozenset(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")),
    frozenset(_MONTHS),
    frozenset(("even", "odd")),
    frozenset(("increase", "decrease")),
)
"""Sets of words of which two different ones never mean the same."""


@dataclass(frozen=True)
class Meaning:
    """One meaning of an answer."""

    kind: Kind
    value: Any
    sure: bool = True
    """False: another meaning is as likely, and nothing is called equal by this one."""


def readings(text: str) -> list[Meaning]:
    """The meanings of `text`, a final answer without its dress. At least one, the last resort being the text itself."""
    text = notation.normalised(text)
    if _APPROXIMATE.search(text):
        return [Meaning("approximate", text)]
    found = [*_dates(text), *_times(text), *_choices(text)]
    if found and (found[0].kind != "choice" or not found[0].value[1]):
        return found
    if european := _EUROPEAN.fullmatch(text):
        whole = european[2].replace(".", "")
        return [Meaning("quantity", Quantity(Fraction(f"{european[1]}{whole}.{european[3]}")))]
    amount = quantity(text)
    if amount is not None:
        found.append(Meaning("quantity", amount))
        if scaled := _SCALED.match(text):  # "8 dozen" may be 96, or 8 where dozens are asked for
            found.append(Meaning("quantity", Quantity(Fraction(scaled[1].replace(",", ""))), sure=False))
    if _COMMA.fullmatch(text):
        found.append(_decimal_comma(text, sure=False))
    if amount is None or (amount.unit is not None and re.fullmatch(r"[\d./]+[A-Za-z]", text)):
        found += _trees(text)
    if text.lower() in {word for words in _CLOSED for word in words}:
        found = [Meaning("word", text.lower())]
    return found or [Meaning("latex", text) if "\\" in text else Meaning("text", " ".join(text.lower().split()))]


def closed_apart(one: str, other: str) -> bool:
    """Whether two different words exclude each other."""
    return any(one in words and other in words for words in _CLOSED)


def _decimal_comma(text: str, *, sure: bool) -> Meaning:
    cleaned = re.sub(r"[^\d,+-]", "", text).replace(",", ".")
    return Meaning("quantity", Quantity(Fraction(cleaned)), sure)


def _trees(text: str) -> list[Meaning]:
    try:
        return [Meaning("tree", expressions.parse(text))]
    except (notation.UnreadableError, RecursionError):
        pass
    for split in (
        r"^(.*[\d)}!])\s+([A-Za-z$€£°%][\w/ ^°]*)$",
        r"^(.*[\d)}])\s*\\(?:text|mathrm|mbox)\s*\{\s*([^{}]*?)\s*\}\.?$",
    ):
        if found := re.match(split, text):
            try:
                return [Meaning("tree", ("with_unit", expressions.parse(found[1]), found[2].strip()))]
            except (notation.UnreadableError, RecursionError):
                continue
    return []


def _choices(text: str) -> list[Meaning]:
    found = _CHOICE.fullmatch(text) if len(text) < 500 else None
    if found is None:
        return []
    letter = next(part for part in found.groups()[:3] if part)
    if found[3] and (found[4] or (letter.islower() and "option" not in text.lower())):
        return []
    if letter.islower() and not found[1] and not found[2] and found[4]:
        return []
    return [Meaning("choice", (letter.upper(), found[4] or ""))]


def _times(text: str) -> list[Meaning]:
    found, hour = _TIME.fullmatch(text), _HOUR.fullmatch(text)
    times: list[Meaning] = []
    if hour and 1 <= int(hour[1]) <= 12:
        return [Meaning("time", (_on_clock(int(hour[1]), hour[2]), 0, 0, True))]
    if found and int(found[1]) < 24 and int(found[2]) < 60 and int(found[3] or 0) < 60:
        if found[4] and not 1 <= int(found[1]) <= 12:
            return []
        known = bool(found[4]) or int(found[1]) > 12 or int(found[1]) == 0
        clock = _on_clock(int(found[1]), found[4]) if found[4] else int(found[1])
        times.append(Meaning("time", (clock, int(found[2]), int(found[3] or 0), known)))
    ratio = _RATIO.fullmatch(text)
    if ratio and int(ratio[2]):
        times.append(Meaning("ratio", Fraction(int(ratio[1]), int(ratio[2])), sure=not times))
    return times


def _on_clock(hour: int, half: str) -> int:
    return hour % 12 + (12 if half.lower() == "p" else 0)


def _dates(text: str) -> list[Meaning]:
    if iso := _ISO.fullmatch(text):
        return _date(int(iso[1]), int(iso[2]), int(iso[3]), sure=True)
    if numeric := _NUMERIC_DATE.fullmatch(text):
        one, other, year = (int(part) for part in numeric.groups())
        both = one <= 12 and other <= 12 and one != other
        found = _date(year, one, other, sure=not both)
        return found + (_date(year, other, one, sure=not both) if one != other else [])
    found_day, found_month = _DAY_FIRST.fullmatch(text), _MONTH_FIRST.fullmatch(text)
    if found_day:
        return _date(int(found_day[3] or 0), _month(found_day[2]), int(found_day[1]), sure=True)
    if found_month:
        return _date(int(found_month[3] or 0), _month(found_month[1]), int(found_month[2]), sure=True)
    return []


def _month(name: str) -> int:
    return next(number for number, month in enumerate(_MONTHS, 1) if month.startswith(name.lower()))


def _date(year: int, month: int, day: int, *, sure: bool) -> list[Meaning]:
    return [Meaning("date", (year, month, day), sure)] if 1 <= month <= 12 and 1 <= day <= 31 else []
