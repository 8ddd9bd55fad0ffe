"""Dates and times: weekdays, spans, leap years, sums of hours."""

from datetime import date, datetime, timedelta
from random import Random

from tasks.generation.from_topics.procedural.problem import SolvedProblem


def draw(rng: Random, level: str) -> SolvedProblem:
    """Times of day and leap years (easy), days between dates and dates ahead (medium), weekdays (hard)."""
    kinds = {"easy": (_clock, _leap), "medium": (_between, _ahead), "hard": (_weekday, _weekday_ahead)}
    return rng.choice(kinds[level])(rng, level)


def _day(rng: Random) -> date:
    return date(1900, 1, 1) + timedelta(days=rng.randrange(365 * 200))


def said(day: date) -> str:
    """A date as text: `4 March 2024`."""
    return f"{day.day} {day:%B %Y}"


def _clock(rng: Random, level: str) -> SolvedProblem:
    start = datetime(2024, 1, 1, rng.randrange(24), rng.randrange(0, 60, 5))
    hours, minutes = rng.randint(1, 11), rng.randrange(5, 60, 5)
    end = start + timedelta(hours=hours, minutes=minutes)
    thing = rng.choice(("A train journey", "A flight", "A night shift", "A backup", "A ferry crossing"))
    asked = f"{thing} starts at {start:%H:%M} and takes {hours} h {minutes} min. At what time does it end?"
    middle = start + timedelta(hours=hours)
    steps = (f"{start:%H:%M} + {hours} h = {middle:%H:%M}", f"{middle:%H:%M} + {minutes} min = {end:%H:%M}")
    tail = " the next day" if end.date() != start.date() else ""
    return SolvedProblem(asked, steps, f"It ends at {end:%H:%M}{tail}.", f"{end:%H:%M}", level, "time", "reasoning")


def is_leap(year: int) -> bool:
    """Whether a year of the Gregorian calendar has 366 days."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _leap(rng: Random, level: str) -> SolvedProblem:
    year = rng.choice((rng.randrange(1604, 2400), rng.randrange(1700, 2500, 100)))
    if year % 400 == 0:
        why = f"{year} is divisible by 400."
    elif year % 100 == 0:
        why = f"{year} is divisible by 100 but not by 400."
    else:
        why = f"{year} is {'' if year % 4 == 0 else 'not '}divisible by 4" + (
            " and not by 100." if year % 4 == 0 else "."
        )
    yes = is_leap(year)
    answer = f"{'Yes' if yes else 'No'}, {year} is {'a' if yes else 'not a'} leap year."
    asked = rng.choice((f"Is {year} a leap year?", f"Does the year {year} have 366 days?"))
    return SolvedProblem(asked, (why,), answer, "yes" if yes else "no", level, "yes_no", "reasoning")


def _between(rng: Random, level: str) -> SolvedProblem:
    first = _day(rng)
    second = first + timedelta(days=rng.randint(20, 400))
    days = (second - first).days
    asked = f"How many days are there from {said(first)} to {said(second)}? Count the last day but not the first."
    steps, at = [], first
    while (at.year, at.month) != (second.year, second.month):
        following = date(at.year + at.month // 12, at.month % 12 + 1, 1)
        steps.append(f"{said(at)} to {said(following)}: {(following - at).days} days")
        at = following
    steps.append(f"{said(at)} to {said(second)}: {(second - at).days} days")
    sum_text = " + ".join(step.rsplit(": ", 1)[1].removesuffix(" days") for step in steps)
    return SolvedProblem(
        asked,
        (*steps, f"{sum_text} = {days}"),
        f"There are {days} days.",
        f"{days} days",
        level,
        "quantity",
        "reasoning",
    )


def _ahead(rng: Random, level: str) -> SolvedProblem:
    first, days = _day(rng), rng.randint(10, 120)
    end = first + timedelta(days=days)
    asked = f"Which date is {days} days after {said(first)}?"
    steps, at, left = [], first, days
    while True:
        following = date(at.year + at.month // 12, at.month % 12 + 1, 1)
        if (step := (following - at).days) > left:
            break
        at, left = following, left - step
        steps.append(f"{step} days bring us to {said(at)}; {left} remain.")
    steps.append(f"{said(at)} plus {left} days is {said(end)}." if left else f"So it is {said(end)}.")
    return SolvedProblem(asked, tuple(steps), f"It is {said(end)}.", said(end), level, "date", "reasoning")


def _weekday(rng: Random, level: str) -> SolvedProblem:
    day = date(1901, 1, 1) + timedelta(days=rng.randrange(365 * 199))
    century, two = divmod(day.year, 100)
    anchor = {19: 3, 20: 2}[century]  # the doomsday of 1900 is a Wednesday, of 2000 a Tuesday (Conway 1973)
    dozen, rest = divmod(two, 12)
    dooms = (anchor + dozen + rest + rest // 4) % 7
    known = date(day.year, day.month, _doomsday(day.year, day.month))
    names = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
    apart = (day - known).days
    way = "the same day" if apart == 0 else f"{abs(apart)} days {'after' if apart > 0 else 'before'} it"
    steps = (
        f"By the doomsday rule the anchor of the {century}00s is {names[anchor]}.",
        f"{two} = {dozen} × 12 + {rest}, and {rest} ÷ 4 = {rest // 4} (rounded down): {dozen} + {rest} + {rest // 4} = "
        f"{dozen + rest + rest // 4} days on is {names[dooms]}.",
        f"{said(known)} falls on that weekday; {said(day)} is {way}.",
    )
    asked = rng.choice(
        (f"What day of the week was or will be {said(day)}?", f"On which weekday does {said(day)} fall?")
    )
    return SolvedProblem(asked, steps, f"{said(day)} is a {day:%A}.", f"{day:%A}", level, "weekday", "reasoning")


def _doomsday(year: int, month: int) -> int:
    """A day of the month that falls on the year's doomsday."""
    if month <= 2:
        return (4 if is_leap(year) else 3) if month == 1 else (29 if is_leap(year) else 28)
    return {3: 7, 4: 4, 5: 9, 6: 6, 7: 11, 8: 8, 9: 5, 10: 10, 11: 7, 12: 12}[month]


def _weekday_ahead(rng: Random, level: str) -> SolvedProblem:
    day, days = _day(rng), rng.randint(15, 500)
    end = day + timedelta(days=days)
    weeks, rest = divmod(days, 7)
    asked = f"{said(day)} is a {day:%A}. What day of the week is it {days} days later?"
    steps = (
        f"{days} = {weeks} × 7 + {rest}, so it is {rest} weekdays after {day:%A}."
        if rest
        else f"{days} = {weeks} × 7, so it is the same weekday.",
    )
    return SolvedProblem(asked, steps, f"It is a {end:%A}.", f"{end:%A}", level, "weekday", "reasoning")
