"""Shares of short, medium and long instructions among the rows that evolution makes: what to evolve next, and how.

Operators in depth add words and `breadth` does not, so a parent and an operator say how long the outcome will be, about. Each round
evolves as many rows as the shares still lack, and learns from its rows how many words each operator adds with this teacher.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from tasks.core.params import Params
from tasks.core.schema import Row, stable_id
from tasks.text.words import words

Operator = Literal["constraints", "deepen", "concretise", "reasoning", "complicate", "breadth"]
"""`breadth` leaves the instruction's depth as it is; the others add to it. The text of each is evol_NAME.md."""
Length = Literal["short", "medium", "long"]
LENGTHS: Final[tuple[Length, ...]] = ("short", "medium", "long")
ADDED: Final = 20
"""Words that an operator in depth adds until rows have shown it: its prompt asks for 10 to 30."""
Share = Annotated[float, Field(ge=0, le=1)]


class InstructionLengths(Params):
    """Shares of short, medium and long instructions to aim for among the evolved rows. They add up to 1."""

    short: Share
    """Share of instructions with fewer than `short_below` words."""
    medium: Share
    """Share of the instructions between."""
    long: Share
    """Share of instructions with at least `long_from` words."""
    short_below: Annotated[int, Field(ge=2)] = 20
    """Words from which an instruction is no longer short."""
    long_from: Annotated[int, Field(ge=3)] = 45
    """Words from which it is long."""
    tolerance: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """By how much a share may be missed."""

    @model_validator(mode="after")
    def _fit(self) -> Self:
        total = self.short + self.medium + self.long
        if abs(total - 1) > 0.001:
            raise ValueError(f"the shares of short, medium and long add up to {total:g}, not to 1")
        if self.short_below >= self.long_from:
            raise ValueError(f"short_below ({self.short_below}) must be below long_from ({self.long_from})")
        return self

    def wanted(self) -> dict[Length, float]:
        """The share of each length."""
        return {"short": self.short, "medium": self.medium, "long": self.long}

    def length(self, count: float) -> Length:
        """What an instruction of so many words is."""
        return "short" if count < self.short_below else "long" if count >= self.long_from else "medium"


class NextEvolution(NamedTuple):
    """A parent to evolve: which row of its root's, with which operator, to become how long."""

    root: str
    parent: Row
    operator: Operator
    aim: Length


@dataclass
class Steering:
    """What the rounds made so far, by length, and what the next one is to evolve."""

    shares: InstructionLengths
    operators: Sequence[Operator]
    made: Counter[Length] = field(default_factory=Counter)
    tried: Counter[Length] = field(default_factory=Counter)
    failed: Counter[Length] = field(default_factory=Counter)
    missed: Counter[Length] = field(default_factory=Counter)
    """Rows that were kept and became of another length than was aimed at."""
    without_parent: Counter[Length] = field(default_factory=Counter)
    """Rows that the last round wanted and had no parent for."""
    _added: Counter[str] = field(default_factory=Counter)
    _grown: Counter[str] = field(default_factory=Counter)

    def plan(self, parents: Mapping[str, Sequence[Row]], number: int) -> list[NextEvolution]:
        """What round `number` is to evolve: of each root at most one of its rows in `parents`, the latest that serves."""
        wanted = self._lacking(len(parents))
        options = {root: self._options(root, rows, number) for root, rows in parents.items()}
        scarce = sorted(LENGTHS, key=lambda aim: sum(aim in found for found in options.values()))
        chosen: dict[str, NextEvolution] = {}
        for aim in scarce:
            able = [root for root, found in options.items() if aim in found and root not in chosen]
            chosen |= {root: options[root][aim] for root in able[: wanted[aim]]}
            self.without_parent[aim] = max(wanted[aim] - len(able), 0)
        self.tried.update(choice.aim for choice in chosen.values())
        return list(chosen.values())

    def learn(self, chosen: Iterable[NextEvolution], kept: Mapping[str, Row]) -> None:
        """Count what became of a round: `kept` has the rows that were made, by root."""
        for choice in chosen:
            row = kept.get(choice.root)
            if row is None:
                self.failed[choice.aim] += 1
                continue
            after = len(words(row["instruction"]))
            self._added[choice.operator] += after - len(words(choice.parent["instruction"]))
            self._grown[choice.operator] += 1
            self.made[self.shares.length(after)] += 1
            self.missed[choice.aim] += self.shares.length(after) != choice.aim

    def off(self) -> dict[Length, float]:
        """By how much each share is missed, of those that are missed by more than the tolerance; all where nothing was made."""
        rows = self.made.total()
        missed = {aim: (self.made[aim] / rows if rows else 0.0) - share for aim, share in self.shares.wanted().items()}
        return {aim: by for aim, by in missed.items() if not rows or abs(by) > self.shares.tolerance + 1e-9}

    def facts(self) -> dict[str, Any]:
        """The shares wanted and found, whether they hold, and why not."""
        rows, off = self.made.total(), self.off()
        return {
            "wanted": self.shares.wanted(),
            "found": {aim: round(self.made[aim] / rows, 4) if rows else 0.0 for aim in LENGTHS},
            "hold": not off,
            "why": [self._why(aim, by) for aim, by in off.items()],
        }

    def _why(self, aim: Length, by: float) -> str:
        if by > 0:
            return f"more {aim} rows than wanted, and too few others to outweigh them"
        if more := self.without_parent[aim]:
            return f"too few parents of which a {aim} instruction can be made: {more} more were wanted"
        tried = self.tried[aim]
        return f"of {tried} attempts at {aim} instructions {self.failed[aim]} failed and {self.missed[aim]} came out otherwise"

    def _lacking(self, most: int) -> dict[Length, int]:
        """Rows of each length that are lacking to the shares of all rows, at most so many together."""
        rows, shares = self.made.total(), self.shares.wanted()
        needed = [self.made[aim] / share if share else math.inf for aim, share in shares.items() if self.made[aim]]
        total = min(rows + most, max(needed, default=math.inf))
        lacking = {aim: max(share * total - self.made[aim], 0.0) for aim, share in shares.items()}
        scale = min(1.0, most / (sum(lacking.values()) or 1.0))
        return {aim: math.floor(count * scale + 0.5) for aim, count in lacking.items()}

    def _options(self, root: str, rows: Sequence[Row], number: int) -> dict[Length, NextEvolution]:
        """For each length that a root's rows can become: with which operator. The operators take turns as without shares."""
        start, found = int(stable_id("operator", root), 16) + number, dict[Length, NextEvolution]()
        for parent in reversed(rows):
            before = len(words(parent["instruction"]))
            for step in range(len(self.operators)):
                operator = self.operators[(start + step) % len(self.operators)]
                aim = self.shares.length(before + self._adds(operator))
                found.setdefault(aim, NextEvolution(root, parent, operator, aim))
        return found

    def _adds(self, operator: Operator) -> float:
        if grown := self._grown[operator]:
            return self._added[operator] / grown
        return 0.0 if operator == "breadth" else ADDED
