"""Values that requests are about: drawn, so that requests differ however small the model that writes them."""

from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

from tasks.core import yaml_text

_FILE: Final = Path(__file__).with_name("details.yaml")
_FIRST_DAY: Final = date(2027, 1, 4)
_DAYS: Final = 350


def details(rng: Random, subject: bool) -> str:
    """A line for each kind of value: people, cities, days, amounts, an e-mail address; or a `subject`."""
    known = _known()
    if subject:
        return f"subject: {rng.choice(known['subjects'])}"
    names = zip(rng.sample(known["first_names"], 2), rng.sample(known["last_names"], 2), strict=True)
    people = [f"{first} {last}" for first, last in names]
    days = sorted(_FIRST_DAY + timedelta(days=n) for n in rng.sample(range(_DAYS), 2))
    lines = {
        "people": ", ".join(people),
        "cities": ", ".join(rng.sample(known["cities"], 2)),
        "days": ", ".join(day.isoformat() for day in days),
        "amounts": f"{rng.randrange(11, 99)}, {rng.randrange(120, 980)}",
        "e-mail address": people[0].lower().replace(" ", ".") + "@example.org",
    }
    return "\n".join(f"{name}: {value}" for name, value in lines.items())


@cache
def _known() -> dict[str, list[str]]:
    found: dict[str, list[str]] = yaml_text.load(_FILE.read_text("utf-8"), _FILE.name)
    return found
