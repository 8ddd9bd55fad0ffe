"""Percentages in everyday settings: discounts, growth, shares, tips."""

from fractions import Fraction
from random import Random
from typing import Final

from tasks.generation.from_topics.procedural.problem import SolvedProblem, written

_GOODS: Final = (
    "jacket", "bicycle", "desk lamp", "coffee machine", "pair of boots", "backpack", "camera", "guitar", "tent",
)  # fmt: skip
_GROUPS: Final = (
    ("students in a school", "come by bus"), ("employees of a company", "work from home"), ("books in a library", "are novels"),
    ("visitors of a museum", "are under 18"), ("trees in a park", "are oaks"), ("orders of a shop", "are sent abroad"),
)  # fmt: skip


def draw(rng: Random, level: str) -> SolvedProblem:
    """A share or a discount (easy), an increase or the whole of a share (medium), two changes in a row (hard)."""
    kinds = {"easy": (_share, _discount), "medium": (_increase, _whole), "hard": (_twice,)}
    return rng.choice(kinds[level])(rng, level)


def _share(rng: Random, level: str) -> SolvedProblem:
    (group, what), percent = rng.choice(_GROUPS), rng.choice(range(5, 100, 5))
    whole = rng.choice([n for n in range(40, 1001, 20) if n * percent % 100 == 0])
    part = whole * percent // 100
    noun = group.split(" ")[0]
    asked = f"There are {whole} {group}, and {percent}% of them {what}. How many {noun} is that?"
    steps = (f"{percent}% of {whole} = {percent}/100 × {whole} = {part}",)
    return SolvedProblem(asked, steps, f"{part} {noun} {what}.", str(part), level)


def _discount(rng: Random, level: str) -> SolvedProblem:
    good, price, percent = (
        rng.choice(_GOODS),
        rng.choice(range(20, 400, 4)),
        rng.choice((5, 10, 15, 20, 25, 30, 40, 50)),
    )
    off = Fraction(price * percent, 100)
    final = money(price - off)
    asked = f"A {good} costs ${price}. It is reduced by {percent}%. What does it cost now?"
    steps = (
        f"The reduction is {percent}% of ${price}: {percent}/100 × {price} = {written(off)}",
        f"{price} − {written(off)} = {written(price - off)}",
    )
    return SolvedProblem(asked, steps, f"The {good} now costs {final}.", final, level)


def _increase(rng: Random, level: str) -> SolvedProblem:
    before, percent = rng.choice(range(200, 5001, 100)), rng.choice(range(2, 60))
    after = before + before * percent // 100
    thing = rng.choice(("a town's population", "a website's number of daily visitors", "a club's membership"))
    asked = f"Last year {thing} was {before}; this year it is {after}. By what percentage did it grow?"
    steps = (
        f"The growth is {after} − {before} = {after - before}.",
        f"{after - before} ÷ {before} = {written(Fraction(after - before, before))}, which is {percent}%.",
    )
    return SolvedProblem(asked, steps, f"It grew by {percent}%.", f"{percent}%", level)


def _whole(rng: Random, level: str) -> SolvedProblem:
    (group, what), percent = rng.choice(_GROUPS), rng.choice((4, 5, 10, 15, 20, 25, 30, 35, 40, 60, 75, 80))
    whole = rng.choice([n for n in range(60, 2001, 20) if n * percent % 100 == 0])
    part, noun = whole * percent // 100, group.split(" ")[0]
    asked = f"{part} of the {group} {what}. That is {percent}% of all {noun}. How many {noun} are there in total?"
    steps = (f"{percent}% of the total is {part}, so the total is {part} ÷ {percent} × 100 = {whole}.",)
    return SolvedProblem(asked, steps, f"There are {whole} {noun} in total.", str(whole), level)


def _twice(rng: Random, level: str) -> SolvedProblem:
    good, price = rng.choice(_GOODS), rng.choice(range(100, 1001, 50))
    up, down = rng.choice((5, 10, 15, 20, 25, 30, 40)), rng.choice((5, 10, 15, 20, 25, 30, 40))
    raised = price + Fraction(price * up, 100)
    final = raised - raised * Fraction(down, 100)
    asked = (
        f"A shop raises the price of a {good} from ${price} by {up}%, and later reduces the new price by {down}%. "
        "What is the final price?"
    )
    steps = (
        f"After the rise: {price} + {up}/100 × {price} = {written(raised)}",
        f"After the reduction: {written(raised)} − {down}/100 × {written(raised)} = {written(final)}",
    )
    return SolvedProblem(asked, steps, f"The final price is {money(final)}.", money(final), level)


def money(value: Fraction) -> str:
    """An amount in dollars, to the cent; halves of a cent are rounded up."""
    cents = (value * 100 + Fraction(1, 2)).__floor__()
    whole, rest = divmod(cents, 100)
    return f"${whole}.{rest:02d}" if rest else f"${whole}"
