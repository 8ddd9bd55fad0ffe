"""Rows that are equal but for what cannot matter (`tasks.text.equal_texts`).

Compared are the system prompt, the turns, the instruction and the responses.
"""

from typing import Final

import pyarrow as pa

from tasks.core.params import Params
from tasks.filters.contract import Filter, FilterContext, FilterResult
from tasks.filters.duplicates.quality import best_of_equals, dropped_for
from tasks.filters.duplicates.variants import apart
from tasks.text.columns import COLUMNS, joined
from tasks.text.equal_texts import FIELD
from tasks.text.equality import equals


class ExactDuplicates(Params):
    """Whether equal rows are dropped but for the best."""

    enabled: bool = True
    """Whether this filter runs."""


def compute(table: pa.Table, _params: ExactDuplicates, context: FilterContext) -> FilterResult:
    """Rejects `exact_duplicate`, naming the row that stays; counts them in `duplicates` there."""
    rows, codes = equals(joined(table, COLUMNS, FIELD), context.tools.workers)
    keepers = best_of_equals(table, rows, apart(table, rows, codes))
    ids = table["example_id"]
    rejected = {row: ("exact_duplicate", ids[kept].as_py()) for row, kept in keepers.items()}
    return FilterResult.of(table.num_rows, rejected, {"duplicates": dropped_for(table, keepers)} if keepers else {})


FILTER: Final = Filter(
    name="exact_duplicates",
    params=ExactDuplicates,
    reasons={
        "exact_duplicate": "equal to another row; detail: its id",
    },
    row_wise=False,
    compute=compute,
)
