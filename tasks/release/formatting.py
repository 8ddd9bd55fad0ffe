"""How the report writes numbers and text."""

import math
import re
from datetime import datetime
from typing import Any


def count(number: float | None) -> str:
    """1234567 → 1,234,567."""
    return "not known" if number is None else f"{number:,.0f}"


def plural(number: int, noun: str, many: str = "") -> str:
    """1 row, 2 rows."""
    return f"{count(number)} {noun if number == 1 else many or noun + 's'}"


def share(part: float, whole: float = 1.0) -> str:
    """Part of a whole as a percentage; never rounded to all or nothing when it is neither."""
    if not whole:
        return "–"
    percent = 100 * part / whole
    if not percent:
        return "0%"
    if 0 < percent < 0.1:
        return "< 0.1%"
    if 99.9 < percent < 100:
        return "> 99.9%"
    return f"{percent:.0f}%" if percent >= 9.95 and (percent < 90 or percent == round(percent)) else f"{percent:.1f}%"


def as_text(value: Any) -> str:
    """Any measured value, shortly: whole numbers with separators, others with three significant digits."""
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float() if not math.isfinite(value):
            return "–"
        case float():
            return count(value) if abs(value) >= 1000 or value == int(value) else f"{value:.3g}"
        case list() | tuple():
            return ", ".join(as_text(item) for item in value)
        case dict():
            return ", ".join(f"{key} {as_text(item)}" for key, item in value.items())
        case _:
            return str(value)


def money(usd: float | None) -> str:
    """Dollars; cents where there are few."""
    if usd is None:
        return "not known"
    return f"${usd:,.2f}" if usd == 0 or usd >= 0.01 else f"${usd:.4f}"


def duration(seconds: float) -> str:
    """0.4 s, 12 s, 3 min 20 s, 2 h 5 min."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def day(iso: str) -> str:
    """An ISO 8601 instant as a person writes it; anything else as it is."""
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    zone = f" {moment.tzname()}" if moment.tzinfo else ""
    return f"{moment.day} {moment:%B %Y, %H:%M}{zone}"


def in_words(name: str) -> str:
    """A name of a fact as words: near_duplicate → Near duplicate, ColumnToExist → Column to exist."""
    apart = re.sub(r"(?<=[a-z])([A-Z])", lambda match: f" {match.group().lower()}", name)
    words = re.sub(r"\bpii\b", "PII", apart.replace("_", " ").strip())
    return words[:1].upper() + words[1:]


def joined(names: list[str]) -> str:
    """a, b and c."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def cut(text: str, longest: int = 600) -> str:
    """`text`, or its first `longest` characters and how many more there are."""
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text) - longest:,} more characters)"
