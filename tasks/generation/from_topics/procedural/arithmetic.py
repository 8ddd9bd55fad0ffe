"""Arithmetic: an expression of the four operations, evaluated step by step."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Final

from tasks.generation.from_topics.procedural.problem import SolvedProblem, pick, written

ASKING: Final = (
    "Calculate {}.", "What is {}?", "Work out {}.", "Evaluate {} and show your steps.", "How much is {}?",
    "Find the value of {}.",
)  # fmt: skip
_BINDS: Final = {"+": 1, "−": 1, "×": 2, "÷": 2}


@dataclass(frozen=True)
class Operation:
    """Two terms and what joins them. A term is a number or another operation."""

    sign: str
    left: "Term"
    right: "Term"


Term = Operation | Fraction


def draw(rng: Random, level: str) -> SolvedProblem:
    """An expression of two (easy), three (medium) or four to five numbers (hard) whose every step is a whole number."""
    term = _drawn(rng, pick(rng, [2], [3], [4, 5], level), {"easy": 20, "medium": 30, "hard": 60}[level])
    text = shown(term)
    steps = tuple(_steps(term))
    result = written(value_of(term))
    steps = steps if len(steps) > 1 else ()
    return SolvedProblem(rng.choice(ASKING).format(text), steps, f"{text} = {result}", result, level)


def _drawn(rng: Random, numbers: int, most: int) -> Term:
    """A term of so many numbers, none above `most`."""
    if numbers == 1:
        return Fraction(rng.randint(2, most))
    left = rng.randint(1, numbers - 1)
    while True:
        term = Operation(rng.choice("+−×÷"), _drawn(rng, left, most), _drawn(rng, numbers - left, most))
        if _is_whole(term):
            return term


def _is_whole(term: Operation) -> bool:
    left, right = value_of(term.left), value_of(term.right)
    if term.sign == "÷":
        return right > 1 and left != right and (left / right).denominator == 1
    return abs(_applied(term.sign, left, right)) <= 100_000


def value_of(term: Term) -> Fraction:
    """What the term comes to."""
    return term if isinstance(term, Fraction) else _applied(term.sign, value_of(term.left), value_of(term.right))


def _applied(sign: str, left: Fraction, right: Fraction) -> Fraction:
    match sign:
        case "+":
            return left + right
        case "−":
            return left - right
        case "×":
            return left * right
    return left / right


def shown(term: Term, above: int = 0, *, right: bool = False) -> str:
    """The term as text, with parentheses where it needs them."""
    if isinstance(term, Fraction):
        text = written(term)
        return f"({text})" if term < 0 and above else text
    binds = _BINDS[term.sign]
    text = f"{shown(term.left, binds)} {term.sign} {shown(term.right, binds, right=True)}"
    return f"({text})" if binds < above or (right and binds == above) else text


def _steps(term: Term) -> Iterator[str]:
    """The operations in the order in which they are done, one a line."""
    if isinstance(term, Operation):
        yield from _steps(term.left)
        yield from _steps(term.right)
        left, right = value_of(term.left), value_of(term.right)
        yield f"{shown(left, 1)} {term.sign} {shown(right, 1)} = {written(value_of(term))}"
