"""Verifiable constraints: what `name:value` demands of a response, checked from nothing but the texts.

After IFEval (Zhou et al. 2023, "Instruction-Following Evaluation for Large Language Models"): a constraint is worth having
only if a few lines of code can tell whether it was met. This module knows nothing of how responses are made.
"""

import json
import re
from collections.abc import Callable
from typing import Any, Final

_LIST_ITEM: Final = re.compile(r"^(?P<mark>[-*•]|\d+[.)]) +(?P<text>\S.*)$")
_SENTENCE_END: Final = re.compile(r"[.!?…][\"”’')\]*_`]*(?=\s+[\"“‘'(\[*_`]*[A-Z0-9]|\s*$)")
_NO_END: Final = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Col|Capt|Rev|Hon|Messrs|e\.g|i\.e|etc|vs|cf|viz|No|Fig|Sec|approx)|\b[A-Z])\.$"
)
_NUMBER_WORDS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def satisfied(constraint: str, instruction: str, response: str) -> bool:
    """Whether `response` meets `constraint`, and `instruction` demands it: its number or its keys are said there.

    Raises KeyError for a constraint that is not known, ValueError for one without a value.
    """
    name, colon, value = constraint.partition(":")
    if not colon or not value:
        raise ValueError(f"{constraint!r} is not of the form name:value")
    met = _MET[name](value, response)
    if name == "json":
        return met and "JSON" in instruction and all(f'"{key}"' in instruction for key in value.split(","))
    return met and _says_number(int(value), instruction)


def word_count(text: str) -> int:
    """Words as a reader counts them: runs without white space that hold a letter or digit."""
    return sum(any(c.isalnum() for c in word) for word in text.split())


def sentence_count(text: str) -> int:
    """Sentences as a reader counts them: full stops and the like that end one, abbreviations left out."""
    return sum(_NO_END.search(text[: stop.start() + 1]) is None for stop in _SENTENCE_END.finditer(text))


def _list_items(response: str, numbered: bool) -> int | None:
    """How many items the response has, if it is nothing but such a list; None otherwise."""
    items = [_LIST_ITEM.match(line) for line in response.splitlines() if line.strip()]
    for number, item in enumerate(items, 1):
        if item is None or (item["mark"][:-1] != str(number) if numbered else item["mark"][0].isdigit()):
            return None
    return len(items)


def _json(value: str, response: str) -> bool:
    """An object with exactly these keys, each with a text, or a list of texts, none of them empty."""
    try:
        data = json.loads(response)
    except json.JSONDecodeError:
        return False
    return isinstance(data, dict) and list(data) == value.split(",") and all(map(_filled, data.values()))


def _filled(value: Any) -> bool:
    parts = value if isinstance(value, list) else [value]
    return bool(parts) and all(isinstance(part, str) and part.strip() for part in parts)


def _says_number(number: int, instruction: str) -> bool:
    spelled = rf"|\b{_NUMBER_WORDS[number]}\b" if number < len(_NUMBER_WORDS) else ""
    return re.search(rf"(?i)(?<!\d){number}(?!\d){spelled}", instruction) is not None


_MET: Final[dict[str, Callable[[str, str], bool]]] = {
    "max_words": lambda value, response: 0 < word_count(response) <= int(value),
    "exact_sentences": lambda value, response: sentence_count(response) == int(value),
    "bullet_list": lambda value, response: _list_items(response, numbered=False) == int(value),
    "numbered_list": lambda value, response: _list_items(response, numbered=True) == int(value),
    "json": _json,
}
