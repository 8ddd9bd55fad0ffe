"""A block of records, as every container gives them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple


class Problem(NamedTuple):
    """In the place of a record that cannot be read: why."""

    why: str


@dataclass(frozen=True, slots=True)
class Block:
    """Some records of a file, one after another."""

    first: int
    """Number of the first, from 0."""
    values: list[Any]
    """A dict each, or a Problem."""
    ends_at: int
    """The line of the file on which the next block begins, from 1."""
    line: Callable[[int], int]
    """The line on which the record at a place of `values` begins; in Parquet, its row number from 1."""
