"""Conversion of units by their exact definitions (SI; the yard and pound agreement of 1959)."""

from fractions import Fraction
from random import Random
from typing import Final

from tasks.generation.from_topics.procedural.problem import SolvedProblem, written

METRIC: Final[dict[str, dict[str, str]]] = {
    "length": {"millimetres": "0.001", "centimetres": "0.01", "metres": "1", "kilometres": "1000"},
    "mass": {"milligrams": "0.000001", "grams": "0.001", "kilograms": "1", "tonnes": "1000"},
    "time": {"seconds": "1", "minutes": "60", "hours": "3600", "days": "86400"},
    "volume": {"millilitres": "0.001", "centilitres": "0.01", "litres": "1", "cubic metres": "1000"},
}
CUSTOMARY: Final[dict[str, dict[str, str]]] = {
    "length": {
        "inches": "0.0254",
        "feet": "0.3048",
        "yards": "0.9144",
        "miles": "1609.344",
        "metres": "1",
        "centimetres": "0.01",
    },
    "mass": {"ounces": "0.028349523125", "pounds": "0.45359237", "grams": "0.001", "kilograms": "1"},
}
"""Factors to the quantity's base unit, as exact decimals."""
ASKING: Final = ("Convert {given} to {unit}.", "How many {unit} are {given}?", "Express {given} in {unit}.")


def draw(rng: Random, level: str) -> SolvedProblem:
    """Between metric units (easy), with decimals (medium); customary units, speeds and temperatures (hard)."""
    if level == "hard" and rng.random() < 0.5:
        return rng.choice((_temperature, _speed))(rng, level)
    kinds = CUSTOMARY if level == "hard" else METRIC
    units = kinds[rng.choice(sorted(kinds))]
    while True:
        amount = Fraction(rng.randint(2, 60)) if level == "easy" else Fraction(rng.randint(11, 999), 10)
        source, target = rng.sample(sorted(units), 2)
        factor = Fraction(units[source]) / Fraction(units[target])
        if _is_readable(amount * factor) and _is_readable(factor):
            return _conversion(rng, level, amount, source, target, factor)


def _is_readable(value: Fraction) -> bool:
    text = written(value)
    return "/" not in text and len(text) <= 11 and Fraction(1, 1000) <= value < 10**8


def _conversion(rng: Random, level: str, amount: Fraction, source: str, target: str, factor: Fraction) -> SolvedProblem:
    given, result = f"{written(amount)} {source}", f"{written(amount * factor)} {target}"
    one = source if source in {"feet", "inches"} else source.removesuffix("s")
    one = {"feet": "foot", "inches": "inch"}.get(one, one)
    plain = target if factor != 1 else target.removesuffix("s")
    steps = (
        f"1 {one} = {written(factor)} {plain}",
        f"{written(amount)} × {written(factor)} = {written(amount * factor)}",
    )
    asked = rng.choice(ASKING).format(given=given, unit=target)
    return SolvedProblem(asked, steps, f"{given} = {result}", result, level, "quantity")


def _temperature(rng: Random, level: str) -> SolvedProblem:
    celsius = Fraction(rng.randint(-20, 60))
    fahrenheit = celsius * 9 / 5 + 32
    c, f = f"{written(celsius)} °C", f"{written(fahrenheit)} °F"
    if rng.random() < 0.5:
        steps = ("°F = °C × 9/5 + 32", f"{written(celsius)} × 9/5 + 32 = {written(fahrenheit)}")
        return SolvedProblem(f"What is {c} in degrees Fahrenheit?", steps, f"{c} = {f}", f, level, "quantity")
    steps = ("°C = (°F − 32) × 5/9", f"({written(fahrenheit)} − 32) × 5/9 = {written(celsius)}")
    return SolvedProblem(f"What is {f} in degrees Celsius?", steps, f"{f} = {c}", c, level, "quantity")


def _speed(rng: Random, level: str) -> SolvedProblem:
    speed, half_hours = rng.randint(20, 130), rng.randint(1, 9)
    hours = Fraction(half_hours, 2)
    distance = written(speed * hours)
    thing = rng.choice(("train", "car", "cyclist's support van", "ferry", "bus"))
    unit = "hour" if hours == 1 else "hours"
    asked = f"A {thing} travels at {speed} km/h for {written(hours)} {unit}. How many metres does it cover?"
    metres = written(speed * hours * 1000)
    steps = (f"{speed} km/h × {written(hours)} h = {distance} km", f"{distance} km × 1000 = {metres} m")
    return SolvedProblem(asked, steps, f"It covers {metres} m.", f"{metres} m", level, "quantity")
