"""What several people said of the same rows, as numbers: the form that figures of agreement are computed from."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from tasks.review.decisions import Decision, origin
from tasks.text.agreement import Counts

Numbers: TypeAlias = npt.NDArray[np.int64]
Item: TypeAlias = tuple[str, str]
"""A row in the state that was judged: example_id and `origin` of the decision."""


@dataclass(frozen=True)
class Judgements:
    """Each says: one of `people` gave one of `values` to one of `items`. Three columns of one length, numbers of these lists."""

    items: Sequence[Item]
    people: Sequence[str]
    values: Sequence[Any]
    rows: Numbers
    persons: Numbers
    given: Numbers

    @classmethod
    def of(
        cls, decisions: Iterable[Decision], value: Callable[[Decision], Hashable | None], values: Sequence[Any]
    ) -> "Judgements":
        """What `value` finds in each of `decisions`; those in which it finds None, or none of `values`, are left out. The later of
        two by one person about one row counts."""
        code = {one: number for number, one in enumerate(values)}
        found = {(item_of(one), one.reviewer): code[value(one)] for one in decisions if value(one) in code}
        items, people = sorted({item for item, _ in found}), sorted({person for _, person in found})
        row, person = ({one: number for number, one in enumerate(names)} for names in (items, people))
        columns = np.array([(row[item], person[who], given) for (item, who), given in found.items()], dtype=np.int64)
        rows, persons, given = columns.reshape(-1, 3).T
        return cls(items, people, values, rows, persons, given)

    @cached_property
    def counts(self) -> Counts:
        """How many people gave each value to each row."""
        size = len(self.items) * len(self.values)
        cells = self.rows * len(self.values) + self.given
        return np.bincount(cells, minlength=size).reshape(-1, len(self.values))

    def shared(self) -> "Judgements":
        """Those of rows that two or more people judged; the lists of people and values stay."""
        kept = self.counts.sum(axis=1) > 1
        number, inside = np.cumsum(kept) - 1, kept[self.rows]
        items = [item for item, is_kept in zip(self.items, kept, strict=True) if is_kept]
        rows = number[self.rows[inside]]
        return Judgements(items, self.people, self.values, rows, self.persons[inside], self.given[inside])

    def pairs(self) -> Iterable[tuple[int, int, Numbers, Numbers]]:
        """Every two people with rows in common: their numbers, and what each gave to these rows."""
        order = np.argsort(self.rows, kind="stable")
        by_person = [order[self.persons[order] == person] for person in range(len(self.people))]
        for one, mine in enumerate(by_person):
            for other in range(one + 1, len(by_person)):
                yours = by_person[other]
                _, left, right = np.intersect1d(self.rows[mine], self.rows[yours], True, return_indices=True)
                if len(left):
                    yield one, other, self.given[mine][left], self.given[yours][right]


def item_of(decision: Decision) -> Item:
    """What a decision is about."""
    return decision.example_id, origin(decision)
