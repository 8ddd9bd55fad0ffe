"""Equations in one or two unknowns, made from their solution."""

from random import Random
from typing import Final

from tasks.generation.from_topics.procedural.problem import SolvedProblem

ASKING: Final = ("Solve for {name}: {text}", "Solve the equation {text} for {name}.", "Find {name} if {text}.")
_NAMES: Final = "xyzntk"


def draw(rng: Random, level: str) -> SolvedProblem:
    """ax + b = c (easy), ax + b = cx + d (medium); two equations in two unknowns or a quadratic one (hard)."""
    if level == "easy":
        return _linear(rng, level, both_sides=False)
    if level == "medium":
        return _linear(rng, level, both_sides=True)
    return rng.choice((_quadratic, _system))(rng, level)


def _linear(rng: Random, level: str, *, both_sides: bool) -> SolvedProblem:
    name, solution = rng.choice(_NAMES), _not_zero(rng, 12)
    a = rng.randint(2, 12)
    c = rng.choice([n for n in range(1, 12) if n != a]) if both_sides else 0
    b = _not_zero(rng, 30)
    d = a * solution + b - c * solution
    right = sum_of((c, name), (d, "")) if both_sides else str(d)
    text = f"{sum_of((a, name), (b, ''))} = {right}"
    steps = []
    if both_sides:
        steps.append(f"Subtract {sum_of((c, name))} from both sides: {sum_of((a - c, name), (b, ''))} = {d}")
    verb, most = ("Subtract", b) if b > 0 else ("Add", -b)
    where = "from" if b > 0 else "to"
    steps.append(f"{verb} {most} {where} both sides: {sum_of((a - c, name))} = {d - b}")
    if a - c != 1:
        steps.append(f"Divide both sides by {a - c}: {name} = {solution}")
    asked = rng.choice(ASKING).format(name=name, text=text)
    return SolvedProblem(asked, tuple(steps), f"{name} = {solution}", f"{name} = {solution}", level, "equation")


def _quadratic(rng: Random, level: str) -> SolvedProblem:
    name = rng.choice(_NAMES)
    p, q = sorted((_not_zero(rng, 9), _not_zero(rng, 9)))
    text = f"{sum_of((1, name + '²'), (-p - q, name), (p * q, ''))} = 0"
    factors = f"({sum_of((1, name), (-p, ''))})({sum_of((1, name), (-q, ''))}) = 0"
    steps = (
        f"Two numbers with the product {p * q} and the sum {-p - q} are {-p} and {-q}, so {factors}",
        "A product is zero when one of its factors is zero.",
    )
    answer = f"{name} = {p} or {name} = {q}" if p != q else f"{name} = {p}"
    asked = f"Find all solutions of {text}." if rng.random() < 0.5 else f"Solve the quadratic equation {text}."
    return SolvedProblem(asked, steps, answer, answer, level, "equation")


def _system(rng: Random, level: str) -> SolvedProblem:
    x, y = _not_zero(rng, 9), _not_zero(rng, 9)
    a, b = rng.randint(1, 6), rng.randint(1, 6)
    c, d = rng.choice([(c, d) for c in range(1, 7) for d in range(-6, 7) if d and a * d != b * c])
    e, f = a * x + b * y, c * x + d * y
    first, second = f"{sum_of((a, 'x'), (b, 'y'))} = {e}", f"{sum_of((c, 'x'), (d, 'y'))} = {f}"
    left, right = a * d - c * b, e * d - f * b
    steps = (
        f"Multiply the first equation by {d} and the second by {b}, and subtract: {sum_of((left, 'x'))} = {right}",
        f"So x = {x}.",
        f"Put x = {x} into the first equation: {sum_of((a * x, ''), (b, 'y'))} = {e}, so y = {y}.",
    )
    asked = f"Solve the system of equations:\n{first}\n{second}"
    return SolvedProblem(asked, steps, f"x = {x}, y = {y}", f"x = {x}, y = {y}", level, "equation")


def sum_of(*parts: tuple[int, str]) -> str:
    """A sum of multiples as text: `(2, "x"), (-3, "")` → `2x - 3`. Multiples of zero are left out."""
    text = ""
    for factor, name in parts:
        if not factor:
            continue
        amount = name if abs(factor) == 1 and name else f"{abs(factor)}{name}"
        sign = ("-" if factor < 0 else "") if not text else (" - " if factor < 0 else " + ")
        text += sign + amount
    return text or "0"


def _not_zero(rng: Random, most: int) -> int:
    return rng.choice((-1, 1)) * rng.randint(1, most)
