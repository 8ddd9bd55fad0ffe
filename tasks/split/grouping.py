"""Which rows must be on one side: those of a document or topic, of one parent, and those that nearly equal each other.

Each row has keys; rows with a key in common belong together, and so do those they belong together with. A row that would join
groups which are on different sides already is left out, so that released rows stay where they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa

from tasks.filters.duplicates.near_duplicates import near_duplicate_groups
from tasks.filters.duplicates.representatives import compared

LIKE: Final = 0.7
"""Jaccard similarity of 5-word shingles from which two rows belong together: the default of `filters.near_duplicates`."""


def keys(rows: pa.Table, by: str, documents: Mapping[str, str]) -> list[list[str]]:
    """For each of `rows` (schema CLUSTERED) what it may share with others, the most lasting first in the order of their texts.
    `documents`: chunk → document."""
    found: list[list[str]] = []
    columns = ("example_id", "parent_id", "method", "topic", "theme", "theme_label", "evidence")
    like = near_duplicate_groups(compared(rows), LIKE)
    crowded = set(np.flatnonzero(np.bincount(like, minlength=rows.num_rows) > 1).tolist())
    for row, first in zip(rows.select(columns).to_pylist(), like.tolist(), strict=True):
        own = [f"1 row {row['example_id']}"]
        if row["parent_id"] and row["method"] != "imported":  # whose parent is the file that all its rows come from
            own.append(f"1 row {row['parent_id']}")
        if by == "document":
            chunks = {span["chunk_id"] for span in row["evidence"] or ()} | {row["parent_id"]}
            known = {documents.get(chunk, "") for chunk in chunks if chunk}
            own = sorted(f"0 document {document}" for document in known if document) + own
        elif by == "topic":
            theme = row["theme_label"] if row["theme"] not in (None, -1) else None
            own = [f"0 topic {topic}" for topic in [row["topic"] or theme] if topic] + own
        found.append(own + ([f"2 like {first}"] if first in crowded else []))
    return found


@dataclass
class KeyGroups:
    """Keys joined to groups; a group has a side where one of its rows had one before."""

    parents: dict[str, str] = field(default_factory=dict)
    sides: dict[str, str] = field(default_factory=dict)
    """Of the group whose first key it is."""

    def of(self, key: str) -> str:
        """The first key of the group that has `key`."""
        first = key
        while (above := self.parents.setdefault(first, first)) != first:
            first = above
        while key != first:
            self.parents[key], key = first, self.parents[key]
        return first

    def apart(self, own: Sequence[str]) -> list[str]:
        """The sides that a row with these keys would join, if they are more than one."""
        sides = sorted({self.sides[first] for first in map(self.of, own) if first in self.sides})
        return sides if len(sides) > 1 else []

    def join(self, own: Sequence[str], side: str | None = None) -> None:
        """Put the groups of a row's keys together; of one that had a side before, that side stays."""
        firsts = sorted({self.of(key) for key in own})
        side = next((self.sides[first] for first in firsts if first in self.sides), side)
        for first in firsts[1:]:
            self.parents[first] = firsts[0]
        if side is not None:
            self.sides[firsts[0]] = side


def grouped(
    own: Sequence[Sequence[str]], ids: Sequence[str], before: Mapping[str, str]
) -> tuple[list[str | None], KeyGroups, dict[int, list[str]]]:
    """For each row the first key of its group, None for one that is left out; the groups; and the sides that each of those left
    out would have joined. `before`: sides of rows that were released, by id."""
    groups = KeyGroups()
    for number in sorted((n for n, row in enumerate(ids) if row in before), key=lambda n: ids[n]):
        side = before[ids[number]]
        # where the split itself was changed, released rows of one document may be on two sides: both stay
        apart = [key for key in own[number] if groups.sides.get(groups.of(key), side) == side]
        groups.join(apart or [f"2 released {ids[number]}"], side)
    left_out: dict[int, list[str]] = {}
    for number in sorted((n for n, row in enumerate(ids) if row not in before), key=lambda n: ids[n]):
        if sides := groups.apart(own[number]):
            left_out[number] = sides
        else:
            groups.join(own[number])
    return [None if n in left_out else groups.of(own[n][0]) for n in range(len(ids))], groups, left_out


def shared_by_sides(own: Sequence[Sequence[str]], sides: Sequence[str]) -> int:
    """How many keys rows of different sides have in common."""
    seen: dict[str, set[str]] = {}
    for keys_of_row, side in zip(own, sides, strict=True):
        for key in keys_of_row:
            seen.setdefault(key, set()).add(side)
    return sum(len(found) > 1 for found in seen.values())
