"""Questions on a small table: look up, compare, count, add, average."""

from fractions import Fraction
from random import Random
from typing import Final

from tasks.generation.from_topics.procedural.problem import SolvedProblem, written

_NAMES: Final = (
    "Amara", "Bela", "Chen", "Dana", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kavya", "Luis", "Mina", "Noor",
    "Olga", "Pavel", "Rosa", "Samir", "Tara", "Yuki",
)  # fmt: skip
_CITIES: Final = ("Lisbon", "Oslo", "Kyoto", "Lima", "Nairobi", "Quebec", "Hanoi", "Porto", "Cairo", "Riga")
_COLUMNS: Final = (
    ("Name", _NAMES, "Books", 2, 40), ("Name", _NAMES, "Working hours", 10, 60), ("Name", _NAMES, "Points", 5, 100),
    ("City", _CITIES, "Rainy days", 20, 200), ("City", _CITIES, "Stations", 3, 80), ("City", _CITIES, "Museums", 2, 60),
)  # fmt: skip


def draw(rng: Random, level: str) -> SolvedProblem:
    """A look-up or a maximum (easy), a count or a sum (medium), an average or a difference of groups (hard)."""
    who, names, what, least, most = rng.choice(_COLUMNS)
    rows = rng.randint(4, 7)
    chosen = rng.sample(names, rows)
    values = rng.sample(range(least, most), rows)
    table = "\n".join(
        [
            f"| {who} | {what} |",
            "|---|---:|",
            *(f"| {name} | {value} |" for name, value in zip(chosen, values, strict=True)),
        ]
    )
    kinds = {"easy": (_highest, _lookup), "medium": (_count, _sum), "hard": (_average, _above_average)}
    asked, steps, answer, reference = rng.choice(kinds[level])(
        rng, who.lower(), what.lower(), dict(zip(chosen, values, strict=True))
    )
    return SolvedProblem(f"{asked}\n\n{table}", steps, answer, reference, level, "table", "extraction")


Found = tuple[str, tuple[str, ...], str, str]


def _highest(rng: Random, who: str, what: str, table: dict[str, int]) -> Found:
    most = rng.random() < 0.5
    name = (max if most else min)(table, key=table.__getitem__)
    word = "most" if most else "fewest"
    return f"Which {who} has the {word} {what}?", (), f"{name} has the {word} {what} ({table[name]}).", name


def _lookup(rng: Random, _who: str, what: str, table: dict[str, int]) -> Found:
    name = rng.choice(sorted(table))
    return f"How many {what} does the table give for {name}?", (), f"{name}: {table[name]} {what}.", str(table[name])


def _count(rng: Random, who: str, what: str, table: dict[str, int]) -> Found:
    limit = rng.choice(sorted(table.values())[1:-1])
    over = [name for name, value in table.items() if value > limit]
    names = {"name": "people", "city": "cities"}[who]
    asked = f"How many {names} in the table have more than {limit} {what}? Name them."
    return asked, (), f"{len(over)}: {', '.join(over)}.", str(len(over))


def _sum(_rng: Random, _who: str, what: str, table: dict[str, int]) -> Found:
    total = sum(table.values())
    steps = (f"{' + '.join(map(str, table.values()))} = {total}",)
    return f"What is the total number of {what} in the table?", steps, f"The total is {total}.", str(total)


def _average(_rng: Random, _who: str, what: str, table: dict[str, int]) -> Found:
    total, rows = sum(table.values()), len(table)
    mean = Fraction(total, rows)
    text = rounded(mean)
    steps = (f"{' + '.join(map(str, table.values()))} = {total}", f"{total} ÷ {rows} {_equals(mean)} {text}")
    asked = f"What is the average number of {what} in the table? Round to two decimals where needed."
    return asked, steps, f"The average is {text}.", text


def _above_average(_rng: Random, who: str, what: str, table: dict[str, int]) -> Found:
    mean = Fraction(sum(table.values()), len(table))
    over = [name for name, value in table.items() if value > mean]
    names = {"name": "people", "city": "cities"}[who]
    steps = (f"The average is {sum(table.values())} ÷ {len(table)} {_equals(mean)} {rounded(mean)}.",)
    return f"Which {names} have more {what} than the average?", steps, f"{', '.join(over)}.", ", ".join(over)


def _equals(value: Fraction) -> str:
    return "=" if (value * 100).denominator == 1 else "≈"


def rounded(value: Fraction) -> str:
    """A number with two decimals at most; halves are rounded up."""
    return written(Fraction((value * 100 + Fraction(1, 2)).__floor__(), 100))
