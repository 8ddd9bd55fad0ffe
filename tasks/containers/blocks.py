"""Records of a file, read a block at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple


class UnreadableRecord(NamedTuple):
    """Stands for a record that cannot be read, and says why."""

    why: str


@dataclass(frozen=True, slots=True)
class RecordBlock:
    """Some records of a file, one after another."""

    first: int
    """Number of the first, from 0."""
    values: list[Any]
    """A dict each, or an UnreadableRecord."""
    ends_at: int
    """The line of the file on which the next block begins, from 1."""
    line: Callable[[int], int]
    """From an index of `values` to the line on which that record begins, from 1; in Parquet, to its row number."""
