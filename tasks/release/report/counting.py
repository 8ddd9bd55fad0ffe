"""Counting released rows for the report's tables and drawings."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from tasks.release.formatting import count, share
from tasks.release.report.blocks import Cell, Grid, Line
from tasks.text.columns import word_counts

__all__ = ["SHOWN", "count_table", "has_values", "value_counts", "word_counts"]

SHOWN = 15
"""Values that get a line of their own in a table of counts."""


def value_counts(column: pa.ChunkedArray, none: str = "not stated") -> list[tuple[str, int]]:
    """(value, rows), most frequent first; null counts as `none`."""
    counts = pc.value_counts(column).to_pylist()
    named = [(none if entry["values"] is None else str(entry["values"]), entry["counts"]) for entry in counts]
    return sorted(named, key=lambda item: (-item[1], item[0]))


def count_table(
    caption: str, name: str, counts: Sequence[tuple[str, int]], whole: int, code: bool = False, full: int = 0
) -> Grid:
    """A table of values with bars, a bar being full at `full` rows, or else at `whole`; beyond SHOWN values one line for all."""
    most = full or whole or 1
    shown = list(counts[:SHOWN])
    if tail := counts[SHOWN:]:
        shown.append((f"{len(tail)} more", sum(number for _, number in tail)))
    rows: list[Line] = [
        [Cell(value), Cell(count(number), share=min(number / most, 1)), share(number, whole)] for value, number in shown
    ]
    return Grid(caption, (name, "Rows", "Share"), rows, numbers=(2,), code=code, headed=False)


def has_values(column: pa.ChunkedArray) -> bool:
    """Whether any row has a value."""
    return bool(column.null_count < len(column))
