"""Where values come from: arguments from what was said, answers from what tools gave back."""

import re
from dataclasses import dataclass
from typing import Any, Final

from tasks.generation.from_topics.tool_use.tool import scalars
from tasks.teachers.prompts.defects import Defect
from tasks.text.claims import number_words, numbers
from tasks.text.support import against, stem
from tasks.text.words import content_words, words

_CODE: Final = re.compile(r"[A-Z]{2,4}|\w{1,3}")
"""A currency, country or language by its code: written for a name that stands in the conversation."""
_SMALL: Final = 100
"""Whole numbers below it are often counted or read from words ("a couple of", "next week")."""
_DATE: Final = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})")
_TIME: Final = re.compile(r"\b([01]\d|2[0-3]):([0-5]\d)")
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True)
class _Sought:
    numbers: bool = True
    names: bool = True
    quotations: bool = False
    min_coverage: float = 0.0


def invented_argument(arguments: dict[str, Any], parameters: dict[str, Any], known: str) -> str:
    """The first value in `arguments` of which nothing stands in `known`, as `name=value`; empty where there is none.

    Choices and defaults of the tool's schema, truth values, codes and small whole numbers may come from elsewhere. A text counts
    as known if it shares one word or number with `known`: a date may be written in another way.
    """
    spread = spelled(known)
    there = {stem(word) for word in words(spread.replace("_", " "))}
    counted = {str(number) for number in numbers(spread)} | {
        str(number) for number in number_words(frozenset(words(spread)))
    }
    for name, value in arguments.items():
        schema = parameters.get("properties", {}).get(name, {})
        if isinstance(schema, dict) and ("enum" in schema or schema.get("default") == value):
            continue
        allowed = {str(one) for one in _choices(schema)}
        for one in scalars(value):
            if str(one) not in allowed and _is_new(one, there, counted):
                return f"{name}={one}"
    return ""


def _is_new(value: Any, there: set[str], counted: set[str]) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return str(value).removesuffix(".0").removeprefix("-") not in counted and (
            value != int(value) or abs(value) >= _SMALL
        )
    said = content_words(value.replace("_", " "))
    return bool(said) and not _CODE.fullmatch(value) and not any(stem(word) in there or word in there for word in said)


def _choices(schema: Any) -> list[Any]:
    """The values that a schema lists, at any level."""
    found: list[Any] = []
    rest = [schema]
    while rest:
        one = rest.pop()
        if isinstance(one, dict):
            found += one["enum"] if isinstance(one.get("enum"), list) else []
            rest += one.values()
        elif isinstance(one, list):
            rest += one
    return found


def ungrounded(answer: str, known: str) -> Defect | None:
    """The first number or name of an answer that stands neither in a result nor in what the user said."""
    found = against(spelled(known), answer, "", _Sought()).problem
    return Defect("ungrounded_answer", f"{found[0].removeprefix('ungrounded_')}: {found[1]}") if found else None


def spelled(text: str) -> str:
    """`text`, followed by its ISO dates and times as people write them."""
    dates = [
        f"{int(day)} {_MONTHS[int(month) - 1]} {year}"
        for year, month, day in _DATE.findall(text)
        if 1 <= int(month) <= 12
    ]
    times = [f"{int(hour) % 12 or 12}:{minute} {['am', 'pm'][int(hour) // 12]}" for hour, minute in _TIME.findall(text)]
    return "\n".join([text, *dates, *times])
