"""Rows that are equal up to case and white space: same system prompt, same turns, same instruction, same response."""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.params import Params
from tasks.filters.quality import dropped_for, order
from tasks.filters.verdict import Context, Verdict
from tasks.text.columns import COLUMNS, joined

_FIELD: Final = "\x1f"
"""Joins the columns of a row: formatting removes it from texts, so a row cannot pretend to have other columns."""
_SLICE: Final = 1 << 14
"""Texts that a thread folds at a time."""


class ExactDuplicates(Params):
    """Whether equal rows are dropped but for the best."""

    enabled: bool = True


def judge(table: pa.Table, _params: ExactDuplicates, context: Context) -> Verdict:
    """Rejects `exact_duplicate`, naming the row that stays; counts them in `duplicates` there."""
    keepers = first_of_equals(keys(joined(table, COLUMNS, _FIELD), context.tools.workers), order(table))
    ids = table["example_id"]
    rejected = {row: ("exact_duplicate", ids[kept].as_py()) for row, kept in keepers.items()}
    return Verdict.of(table.num_rows, rejected, {"duplicates": dropped_for(table, keepers)} if keepers else {})


def keys(texts: pa.LargeStringArray, workers: int = 1) -> pa.LargeStringArray:
    """What is equal when two texts are: NFKC, lower case, white space collapsed."""
    slices = [texts.slice(at, _SLICE) for at in range(0, len(texts), _SLICE)]
    with ThreadPoolExecutor(workers) as pool:
        return pa.chunked_array(pool.map(_key, slices), pa.large_string()).combine_chunks()


def _key(texts: pa.LargeStringArray) -> pa.LargeStringArray:
    folded = pc.utf8_lower(pc.utf8_normalize(texts, form="NFKC"))
    return pc.utf8_trim_whitespace(pc.replace_substring_regex(folded, r"\s+", " "))


def first_of_equals(values: pa.Array, ranking: np.ndarray[tuple[int], np.dtype[np.int64]]) -> dict[int, int]:
    """For each row whose value also stands in a row ranked before it: the first such row. `ranking` lists rows, best first."""
    codes = values.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    ranked = codes[ranking]
    _, first, inverse = np.unique(ranked, return_index=True, return_inverse=True)
    best = np.empty(len(codes), np.int64)
    best[ranking] = ranking[first[inverse]]
    dropped = np.flatnonzero(best != np.arange(len(codes)))
    return dict(zip(dropped.tolist(), best[dropped].tolist(), strict=True))
