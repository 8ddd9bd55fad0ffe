"""Final answers known by their kind: a quantity in the unit of the reference, a date, a day of the week, a time of day.

Whoever is asked for a date and ends with one sentence that holds one date has answered with it, whatever else the sentence says.
"""

import re
from datetime import date
from typing import Final

from tasks.text.final_answers import Found, stripped
from tasks.verification.execution import quantities
from tasks.verification.execution.notation import normalised

SAME_KIND: Final = "the one value of the reference's kind"
"""How a date, a day or a time was found: such answers are equal if they are written alike."""
LONGEST: Final = 2_000
"""Characters at the end of the last line that are looked at."""
_NUMBER: Final = re.compile(r"(?<![\w.,])[-−]?\d[\d,]*(?:\.\d+)?(?:\s?(?P<unit>[A-Za-zµ²³%]+))?", re.ASCII)
_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH: Final = f"(?P<month>{'|'.join(_MONTHS)})"
_DATES: Final = tuple(
    re.compile(pattern, re.IGNORECASE | re.ASCII)
    for pattern in (
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH},? (?P<year>\d{{4}})\b",
        rf"\b{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{4}})\b",
        r"\b(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})\b",
    )
)
_WEEKDAY: Final = re.compile(r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day(?!s)\b", re.IGNORECASE)
_CLOCK: Final = re.compile(
    r"\b(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)\b(?::\d{2})?(?P<half>\s?[ap]\.?m)?", re.IGNORECASE | re.ASCII
)


def of_its_kind(response: str, reference: str) -> Found | None:
    """The one value of the reference's kind in the last line of `response`, as the reference would write it; None where the
    reference is of no such kind, or the line has none or several. A time that says a.m. or p.m. counts as none."""
    line = response.rstrip().rpartition("\n")[2][-LONGEST:]
    wanted = stripped(reference)
    for read in (_dates, _weekdays, _times):
        if read(wanted) == [wanted]:
            found = list(dict.fromkeys(read(line)))
            return Found(found[0], SAME_KIND) if len(found) == 1 else None
    return _in_its_unit(line, wanted)


def _dates(text: str) -> list[str]:
    found = []
    for match in (match for pattern in _DATES for match in pattern.finditer(text)):
        month = match["month"].lower()
        number = int(month) if month.isdigit() else _MONTHS.index(month) + 1
        try:
            day = date(int(match["year"]), number, int(match["day"]))
        except ValueError:
            continue
        found.append(f"{day.day} {_MONTHS[day.month - 1].title()} {day.year}")
    return found


def _weekdays(text: str) -> list[str]:
    return [match[0].title() for match in _WEEKDAY.finditer(text)]


def _times(text: str) -> list[str]:
    matches = list(_CLOCK.finditer(text))
    return (
        []
        if any(match["half"] for match in matches)
        else [f"{int(match['hour']):02}:{match['minute']}" for match in matches]
    )


def _in_its_unit(line: str, reference: str) -> Found | None:
    """The last number of the line where it, and no other number there, has the reference's unit: `0.32 metres` of "32 mm are 0.32
    metres". None where the answer may be in several units ("2 hours 5 minutes") or another number is meant."""
    wanted = quantities.quantity(normalised(reference))
    numbers = [*_NUMBER.finditer(line)]
    units = [quantities.unit_of(number["unit"]) if number["unit"] else None for number in numbers]
    if wanted is None or wanted.unit is None or units.count(wanted.unit) != 1 or units[-1] != wanted.unit:
        return None
    between = line[numbers[-2].end() : numbers[-1].start()] if len(numbers) > 1 and units[-2] else "-"
    return (
        None
        if re.fullmatch(r",?\s+(?:and\s+)?", between)
        else Found(numbers[-1][0], "the one number in the reference's unit")
    )
