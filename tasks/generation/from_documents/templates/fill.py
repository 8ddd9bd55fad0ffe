"""Filling a template: `{slot}` and `{slot|filter}`, nothing else. No expression is evaluated, so a template file that came
from elsewhere can do no more than place words."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from tasks.generation.from_documents.english import a

PLACE: Final = re.compile(r"\{([a-z_]+)(?:\|([a-z_]+))?\}")
"""A slot in a template's text, with its filter if it has one."""


def the(noun: str) -> str:
    """`noun` with "the", unless it has a determiner already."""
    return noun if re.match(r"(?:the|a|an|this|that) ", noun, re.IGNORECASE) else f"the {noun}"


def code(name: str) -> str:
    """`name` between backticks, as people mark code."""
    return name if name.startswith("`") else f"`{name}`"


def lower(phrase: str) -> str:
    """`phrase` with a small first letter, unless its first word is a name, an acronym or code."""
    first = re.match(r"[A-Z][a-z]+(?=[\s,-]|$)|A(?=\s)", phrase)
    return phrase[0].lower() + phrase[1:] if first else phrase


def article_code(name: str) -> str:
    """`name` as code with the indefinite article it is read with: "a `KeyError`"."""
    return f"{a(name).split(' ')[0]} {code(name)}"


FILTERS: Final[dict[str, Callable[[str], str]]] = {
    "a": a,
    "the": the,
    "code": code,
    "article_code": article_code,
    "lower": lower,
}
"""What can stand behind the bar in `{slot|filter}`."""

TYPES: Final[dict[str, re.Pattern[str]]] = {
    "heading": re.compile(r"[^\n]{1,120}"),
    "phrase": re.compile(r"[^\n]{1,200}[^\s.,;:]"),
    "entity": re.compile(r"[A-Z][^\n]{0,79}"),
    "signature": re.compile(r"[^\n]{1,160}"),
    "quote": re.compile(r"[^\n]{1,300}"),
    "name": re.compile(r"\S[^\n.?!]{0,79}|\S*"),
}
"""What a slot's value must look like as a whole; an anchor whose value does not is not asked about with that template."""


def fill(text: str, slots: Mapping[str, str]) -> str:
    """`text` with its slots filled. A small first letter becomes a capital. Raises KeyError for a slot without a value."""

    def put(place: re.Match[str]) -> str:
        value = slots[place[1]]
        return FILTERS[place[2]](value) if place[2] else value

    filled = PLACE.sub(put, text)
    return filled[0].upper() + filled[1:]


def fits(slot_type: str, value: str) -> bool:
    """Whether `value` looks like a value of that type."""
    return bool(TYPES[slot_type].fullmatch(value))
