"""Which solutions and which test cases to believe: CodeT (Chen et al. 2022), dual execution agreement.

Solutions that pass the same cases form a group; its score is the number of its solutions times the number of cases they pass.
Both were written from the exercise alone, so they rarely agree on something wrong.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple


class Agreement(NamedTuple):
    """The best group."""

    solutions: tuple[int, ...]
    """Numbers of its solutions."""
    cases: tuple[int, ...]
    """Numbers of the test cases that they pass."""


def best(marks: Sequence[str], cases: int) -> Agreement:
    """The group that passes every case, else the one with the highest score; of equal ones that of the earliest solution.

    marks: a letter for each of the `cases` (P passed, F failed) for each solution; shorter ones did not run to the end and are in
    no group.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    for number, letters in enumerate(marks):
        if len(letters) == cases and "P" in letters:
            groups[letters].append(number)
    if not groups:
        return Agreement((), ())
    letters = max(groups, key=lambda one: ("F" not in one, len(groups[one]) * one.count("P"), -groups[one][0]))
    return Agreement(tuple(groups[letters]), tuple(number for number, mark in enumerate(letters) if mark == "P"))
