"""Verifiable constraints: what `name:value` demands of a response, checked from nothing but the texts.

After IFEval (Zhou et al. 2023, "Instruction-Following Evaluation for Large Language Models"): a constraint is worth having
only if a few lines of code can tell whether it was met. This module knows nothing of how responses are made.
"""

import json
import re
from collections.abc import Callable
from typing import Final

_LIST_ITEM: Final = re.compile(r"^(?P<mark>[-*•]|\d+[.)]) +(?P<text>\S.*)$")
_SENTENCE_END: Final = re.compile(r"[.!?…][\"”’')\]*_`]*(?=\s+[\"“‘'(\[*_`]*[A-Z0-9]|\s*$)")
_NO_END: Final = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Col|Capt|Rev|Hon|Messrs|e\.g|i\.e|etc|vs|cf|viz|No|Fig|Sec|approx)|\b[A-Z])\.$"
)
_QUOTED: Final = re.compile(r"“([^“”]+)”|\"([^\"]+)\"")


def satisfied(constraint: str, instruction: str, response: str) -> bool:
    """Whether `response` meets `constraint`, and `instruction` demands it: every number and phrase of it is said there.

    Raises KeyError for a constraint that is not known, ValueError for one without a value.
    """
    name, colon, value = constraint.partition(":")
    if not colon or not value:
        raise ValueError(f"{constraint!r} is not of the form name:value")
    return _DEMANDED[name](value, instruction) and _MET[name](value, response)


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
    """An object with exactly these keys, each with a text that is not empty."""
    try:
        data = json.loads(response)
    except json.JSONDecodeError:
        return False
    keys = value.split(",")
    return (
        isinstance(data, dict) and list(data) == keys and all(isinstance(v, str) and v.strip() for v in data.values())
    )


def _compared(value: str, response: str) -> bool:
    """Two parts, in this order, each begun by its name and holding a quotation of five words or more."""
    names, parts = value.split("|"), [part for part in response.split("\n\n") if part.strip()]
    return len(parts) >= len(names) == 2 and all(
        part.startswith(name) and any(word_count(a or b) >= 5 for a, b in _QUOTED.findall(part))
        for name, part in zip(names, parts, strict=False)
    )


_MET: Final[dict[str, Callable[[str, str], bool]]] = {
    "max_words": lambda value, response: 0 < word_count(response) <= int(value),
    "min_words": lambda value, response: word_count(response) >= int(value),
    "exact_sentences": lambda value, response: sentence_count(response) == int(value),
    "bullet_list": lambda value, response: _list_items(response, numbered=False) == int(value),
    "numbered_list": lambda value, response: _list_items(response, numbered=True) == int(value),
    "quote": lambda value, response: any(value == (a or b) for a, b in _QUOTED.findall(response)),
    "json": _json,
    "compare": _compared,
}

_NUMBER_WORDS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def _says_number(value: str, instruction: str) -> bool:
    number = int(value)
    spelled = rf"|\b{_NUMBER_WORDS[number]}\b" if number < len(_NUMBER_WORDS) else ""
    return re.search(rf"(?i)(?<!\d){number}(?!\d){spelled}", instruction) is not None


_DEMANDED: Final[dict[str, Callable[[str, str], bool]]] = {
    **dict.fromkeys(("max_words", "min_words", "exact_sentences", "bullet_list", "numbered_list"), _says_number),
    "quote": lambda _value, instruction: re.search(r"(?i)\bquot", instruction) is not None,
    "json": lambda value, instruction: (
        "JSON" in instruction and all(f'"{key}"' in instruction for key in value.split(","))
    ),
    "compare": lambda value, instruction: all(name in instruction for name in value.split("|")),
}
