"""Rows whose provenance is missing or speaks words that nobody defined."""

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.params import Params
from tasks.filters.contract import Filter, FilterContext, FilterResult, rows_where

VOCABULARY: Final = {"origin": ("human", "synthetic"), "difficulty": ("easy", "medium", "hard")}
ROLES: Final = ("system", "user", "assistant", "tool", "function")


class Metadata(Params):
    """Which columns every row must have."""

    enabled: bool = True
    """Whether this filter runs."""
    required: tuple[str, ...] = ("example_id", "source", "origin")
    """Columns that must hold a value in every row."""


def compute(table: pa.Table, params: Metadata, context: FilterContext) -> FilterResult:
    """Rejects `bad_metadata`: a required column empty, a word outside its vocabulary, evidence in a passage that isn't there."""
    rejected: dict[int, tuple[str, str]] = {}
    for column in params.required:
        absent = pc.equal(pc.fill_null(table[column].cast(pa.string()), ""), "")
        rejected |= dict.fromkeys(rows_where(absent), ("bad_metadata", column))
    for column, words in VOCABULARY.items():
        known = pc.is_in(table[column], value_set=pa.array([*words, None], pa.string()))
        rejected |= {row: ("bad_metadata", f"{column} {table[column][row]}") for row in rows_where(pc.invert(known))}
    history = table["history"].combine_chunks()
    strange = pc.invert(pc.is_in(pc.struct_field(pc.list_flatten(history), "role"), value_set=pa.array(ROLES)))
    for row in pc.filter(pc.list_parent_indices(history), strange).to_pylist():
        rejected[row] = ("bad_metadata", "history role")
    for row in rows_where(pc.is_valid(table["evidence"])):
        missing = context.evidence.missing(table["evidence"][row].as_py())
        if missing is not None:
            rejected[row] = ("bad_metadata", f"evidence {missing}")
    return FilterResult.of(table.num_rows, rejected)


FILTER: Final = Filter(
    name="metadata",
    params=Metadata,
    reasons={
        "bad_metadata": "a required column is missing or not in its vocabulary; detail: column",
    },
    row_wise=True,
    compute=compute,
)
