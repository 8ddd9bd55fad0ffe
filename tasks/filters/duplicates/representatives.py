"""Which rows of a group of like rows stay: the best, and the best of those not like it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import numpy as np
import pyarrow as pa

from tasks.core.attached_document import without_documents
from tasks.filters.contract import FilterResult
from tasks.filters.duplicates.minhash import Rows, Shares
from tasks.filters.duplicates.quality import USES, dropped_for, order, uses
from tasks.filters.duplicates.sense import contradict, split
from tasks.filters.duplicates.variants import apart
from tasks.text.columns import joined, plain

COMPARED: Final = ("history", "instruction", "response")
"""The columns in which rows are compared."""
_ANSWERED: Final = ("reasoning", "response", "rejected", "score")
_ROUNDS: Final = 50
"""Rows of one group that may stay before its others do without being compared; keeps a crowd of rows that contradict each other
from costing its square."""


def compared(table: pa.Table, columns: Sequence[str] = COMPARED) -> pa.LargeStringArray:
    """Each row as one text of `columns`. An attached document is left out: all questions about it would be alike."""
    return without_documents(joined(table, columns))


def without_answers(table: pa.Table) -> pa.Table:
    """`table` with nothing in the columns that hold what is answered, so that rows are compared by what they ask."""
    for name in set(_ANSWERED) & set(table.column_names):
        at = table.schema.get_field_index(name)
        table = table.set_column(at, table.field(at), pa.nulls(table.num_rows, table.field(at).type))
    return table


def representatives(
    table: pa.Table,
    groups: Rows,
    similarity: Callable[[Rows, Rows], Shares],
    threshold: float,
    *,
    ordered: bool,
    gone: Iterable[int] = (),
) -> list[tuple[int, int, float]]:
    """(dropped row, kept row, similarity) of the rows of `table` in `groups`, but for those that are `gone`.

    groups: for each row the first row that it is connected with, through others maybe. similarity(rows, others): how similar pairs
    of rows are. ordered: whether questions must have the same words in the same order. A group is divided by what its rows ask
    (`sense`) and what they train (`quality.uses`), and variants are parted from the row they were made from. In each part the best
    row stays (`quality.order`), and those go that are at least `threshold` similar to it and do not contradict it; then the same
    among the rest. So every row that goes was itself compared with the row it names.
    """
    crowded = _crowded(groups, gone)
    groups = split(groups, crowded, _asked(table, crowded), ordered)
    groups = np.unique(groups * USES + uses(table), return_inverse=True)[1].reshape(-1)
    groups[crowded] = apart(table, crowded, groups[crowded])
    crowded = _crowded(groups, np.setdiff1d(np.arange(len(groups)), crowded))
    left = crowded[order(table.take(pa.array(crowded)), groups[crowded])]
    said = dict(zip(crowded.tolist(), plain(table["response"].take(pa.array(crowded))).to_pylist(), strict=True))
    dropped: list[tuple[int, int, float]] = []
    for _ in range(_ROUNDS):
        _, first, inverse = np.unique(groups[left], return_index=True, return_inverse=True)
        best = left[first][inverse]
        others = best != left
        left, best = left[others], best[others]
        if not len(left):
            break
        similar = similarity(left, best)
        goes = similar >= threshold
        for at in np.flatnonzero(goes).tolist():
            goes[at] = not contradict(said[int(left[at])], said[int(best[at])])
        dropped += zip(left[goes].tolist(), best[goes].tolist(), similar[goes].tolist(), strict=True)
        left = left[~goes]
    return dropped


def without_dropped(
    table: pa.Table, dropped: Iterable[tuple[int, int, float]], reason: str, rejected: Mapping[int, tuple[str, str]]
) -> FilterResult:
    """Rejects, beside what is `rejected`, the rows that `representatives` dropped, for `reason` with the id of the row that stays
    and how similar it is; counts them in `duplicates` there."""
    gone, keepers = dict(rejected), dict[int, int]()
    for row, kept, similarity in dropped:
        keepers[row] = kept
        gone[row] = (reason, f"{table['example_id'][kept]} {similarity:.2f}")
    return FilterResult.of(table.num_rows, gone, {"duplicates": dropped_for(table, keepers)} if keepers else {})


def _crowded(groups: Rows, gone: Iterable[int]) -> Rows:
    """The rows that share their group with another one."""
    there = np.ones(len(groups), bool)
    there[np.fromiter(gone, np.int64)] = False
    sizes = np.bincount(groups[there], minlength=len(groups))
    return np.flatnonzero(there & (sizes[groups] > 1))


def _asked(table: pa.Table, rows: Rows) -> list[str]:
    asked: list[str] = compared(table.take(pa.array(rows)), COMPARED[:-1]).to_pylist()
    return asked
