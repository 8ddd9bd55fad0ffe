"""A problem with its solution, and how numbers are written in one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class SolvedProblem:
    """One problem; its answer follows from how it was drawn."""

    instruction: str
    steps: tuple[str, ...]
    """The worked solution, a line each; empty where nothing is to be worked out."""
    answer: str
    """The sentence that gives the answer."""
    reference: str
    """The bare answer, for a program to compare with."""
    level: str
    expects: str = "number"
    category: str = "mathematics"
    tests: str = ""
    """What a verifier runs, where the answer is a program or pattern."""


Draw = Callable[[Random, str], SolvedProblem]
"""`(rng, level) -> SolvedProblem`; the level is easy, medium or hard."""


def written(value: Fraction | int) -> str:
    """A number as a person writes it: `7`, `2.5`, and `7/3` where the decimals do not end."""
    value = Fraction(value)
    if value.denominator == 1:
        return str(value.numerator)
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return f"{value.numerator}/{value.denominator}"
    decimals = next(n for n in range(1, 60) if (value * 10**n).denominator == 1)
    digits = str(abs((value * 10**decimals).numerator)).rjust(decimals + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-decimals]}.{digits[-decimals:]}"


def pick(rng: Random, easy: Sequence[T], medium: Sequence[T], hard: Sequence[T], level: str) -> T:
    """One of the options of a level."""
    return rng.choice({"easy": easy, "medium": medium, "hard": hard}[level])
