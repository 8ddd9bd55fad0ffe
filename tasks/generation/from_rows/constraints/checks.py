"""Whether a made row is honest about its constraint: the response meets it, and the instruction says it."""

import re
from typing import Final

from tasks.text.constraints import check

_NUMBER_WORDS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def satisfied(constraint: str, instruction: str, response: str) -> bool:
    """Whether `response` meets `constraint`, and `instruction` demands it: its number or its keys are said there.

    Raises ConstraintError for a constraint that is not known, or without a value.
    """
    name, _, value = constraint.partition(":")
    met = bool(check(constraint, instruction, response).met)
    if name == "json":
        return met and "JSON" in instruction and all(f'"{key}"' in instruction for key in value.split(","))
    return met and _says_number(int(value), instruction)


def _says_number(number: int, instruction: str) -> bool:
    spelled = rf"|\b{_NUMBER_WORDS[number]}\b" if number < len(_NUMBER_WORDS) else ""
    return re.search(rf"(?i)(?<!\d){number}(?!\d){spelled}", instruction) is not None
