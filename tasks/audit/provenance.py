"""Whether every row can say where it came from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.audit.statistics import Mask, share, texts

SHOWN: Final = 10
"""Incomplete rows that are named."""


@dataclass(frozen=True)
class RequiredColumn:
    """A column that must be filled in the rows to which the rule applies."""

    column: str
    applies_to: str
    """In words, for the report."""
    applies: Callable[[pa.Table], Mask]


def provenance(rows: pa.Table, chunks: pa.Table) -> dict[str, Any]:
    """Rows with all columns that their way of being made requires, and with every evidence span inside its passage.

    Spans are checked if there are chunks. `complete_share` is 1.0 of no rows.
    """
    lacking = {
        f"{rule.column} of {rule.applies_to}": rule.applies(rows) & ~_filled(rows[rule.column]) for rule in RULES
    }
    spans, outside = _spans(rows, chunks)
    incomplete = np.any([outside, *lacking.values()], axis=0)
    return {
        "complete_share": share(rows.num_rows - int(incomplete.sum()), rows.num_rows) if rows.num_rows else 1.0,
        "missing": {name: int(mask.sum()) for name, mask in lacking.items() if mask.any()},
        "spans": spans,
        "incomplete": texts(rows.filter(pa.array(incomplete)), "example_id")[:SHOWN],
    }


def _filled(column: pa.ChunkedArray) -> Mask:
    """Not null, and not an empty text or list."""
    if pa.types.is_list(column.type):
        size = pc.list_value_length(column)
    elif pa.types.is_string(column.type):
        size = pc.utf8_length(column)
    else:
        return np.asarray(pc.is_valid(column).to_numpy(), dtype=bool)
    return np.asarray(pc.fill_null(size, 0).to_numpy(), dtype=np.int64) > 0


def _every(rows: pa.Table) -> Mask:
    return np.ones(rows.num_rows, dtype=bool)


def _is(column: str, *values: str) -> Callable[[pa.Table], Mask]:
    return lambda rows: np.asarray(pc.is_in(rows[column], pa.array(values)).to_numpy(), dtype=bool)


def _by_our_model(rows: pa.Table) -> Mask:
    """Written here by a model; what models wrote elsewhere came without their prompts."""
    return _filled(rows["teacher"]) & ~_is("method", "imported")(rows)


RULES: Final = (
    *(RequiredColumn(column, "every row", _every) for column in ("parent_id", "source", "origin", "method", "licence")),
    RequiredColumn("generation", "every row", _every),
    RequiredColumn("prompt_source", "rows from templates", _is("method", "template")),
    RequiredColumn("prompt_source", "rows a model wrote", _by_our_model),
    RequiredColumn("requests", "rows a model wrote", _by_our_model),
    RequiredColumn("evidence", "rows answered from passages", _is("answer_method", "extractive", "rag")),
    RequiredColumn("record", "imported rows", _is("method", "imported")),
    RequiredColumn("evidence", "rows made from a passage", _is("method", "reverse")),
)


def _spans(rows: pa.Table, chunks: pa.Table) -> tuple[dict[str, Any], Mask]:
    """Counts of evidence spans, and the rows with one that is outside its passage or names one that is not there."""
    outside = np.zeros(rows.num_rows, dtype=bool)
    evidence = rows["evidence"].combine_chunks()
    owner = np.asarray(pc.list_parent_indices(evidence).to_numpy(), dtype=np.int64)
    flat = pc.list_flatten(evidence)
    found = {"checked": 0, "inside": 0, "without_passage": 0}
    if chunks.num_rows == 0 or len(owner) == 0:
        return found, outside
    at = pc.index_in(flat.field("chunk_id"), value_set=chunks["chunk_id"].combine_chunks())
    length = pc.fill_null(pc.utf8_length(chunks["text"].combine_chunks()).take(pc.fill_null(at, 0)), 0).to_numpy()
    start, end = (pc.fill_null(flat.field(name), -1).to_numpy() for name in ("start", "end"))
    known = np.asarray(pc.is_valid(at).to_numpy(zero_copy_only=False), dtype=bool)
    inside = known & (start >= 0) & (start < end) & (end <= length)
    outside[owner[~inside]] = True
    return {"checked": len(owner), "inside": int(inside.sum()), "without_passage": int((~known).sum())}, outside
