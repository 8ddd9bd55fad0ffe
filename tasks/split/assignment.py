"""Which group goes to which side: as many rows as asked for of each source and method, the same groups from release to release."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
from typing import Final

from tasks.split.params import Split

HELD_OUT: Final = ("evaluation", "test", "validation")
"""In the order in which groups are drawn for them."""


def assigned(
    groups: Sequence[str | None],
    strata: Sequence[str],
    fixed: Mapping[str, str],
    params: Split,
    learnt: Set[str] = frozenset(),
) -> dict[str, str]:
    """The side of each group. `groups`: each row's, None for rows that are left out; `strata`: what each row is to be counted as;
    `fixed`: sides of groups that have one; `learnt`: groups without one of which rows were released, so that they are not for
    evaluation.

    In each stratum the groups without a side are taken in the order of a hash of their names, those for evaluation first, until
    the stratum has its share; what whole groups leave over or take too much is carried to the next stratum. So a group's side
    depends on its name and on how full its stratum is, and in another store it is nearly always the same.
    """
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    for group, stratum in zip(groups, strata, strict=True):
        if group is not None:
            rows[group][stratum] += 1
    of_stratum: dict[str, list[str]] = defaultdict(list)
    for group, counted in rows.items():
        of_stratum[min(counted, key=lambda stratum: (-counted[stratum], stratum))].append(group)
    sides = {group: fixed.get(group, "train") for group in rows}
    for side, share in zip(HELD_OUT, (params.evaluation, params.test, params.validation), strict=True):
        barred = learnt if side == "evaluation" else frozenset()
        owed = 0.0
        for _, members in sorted(of_stratum.items()):
            sizes = {group: rows[group].total() for group in members}
            owed += share * sum(sizes.values()) - sum(sizes[group] for group in members if sides[group] == side)
            free = [
                group
                for group in members
                if share and group not in fixed and sides[group] == "train" and group not in barred
            ]
            for group in sorted(free, key=lambda group: drawn(group, params.seed)):
                if sizes[group] / 2 > owed:
                    break
                sides[group] = side
                owed -= sizes[group]
    return sides


def drawn(group: str, seed: str) -> bytes:
    """By what groups are ordered: nothing but their names."""
    return hashlib.sha256(f"{seed}\n{group}".encode("utf-8", "surrogatepass")).digest()
