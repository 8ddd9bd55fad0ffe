"""Which of several rows that say the same is kept."""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.text.equality import Rows

_COMPLETE: Final = r"[.!?:;…)\]}>`\"'”’»*|0-9]\s*$"


def order(table: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Row numbers from the best row to the worst. Compared in this order, each deciding only what the one before left open:

    1. a human wrote the response (`origin`);
    2. `score`, where the source gave one, higher first;
    3. `grounding`, higher first, an unmeasured one counting as 0.5;
    4. the response ends as a finished text does (punctuation, bracket, fence), not in the middle of a sentence;
    5. fewer cleaning rules had to change the row;
    6. the longer response, because of two that are nearly equal the shorter one is usually cut;
    7. the earlier row.
    """
    keys = [
        pc.equal(table["origin"], "human"),
        pc.fill_null(table["score"], -np.inf),
        pc.fill_null(table["grounding"], 0.5),
        pc.match_substring_regex(table["response"], _COMPLETE),
        pc.negate(pc.fill_null(pc.list_value_length(table["changes"]), 0)),
        pc.utf8_length(table["response"]),
    ]
    columns = [pc.fill_null(key.cast(pa.float64()), 0).to_numpy() for key in keys]
    return np.lexsort([np.arange(table.num_rows), *(-column for column in reversed(columns))])


def best_of_equals(table: pa.Table, rows: Rows, codes: Rows) -> dict[int, int]:
    """For each of `rows` (of `table`) but the best of its equals: that best one. See `order` for which it is."""
    ranking = order(table.take(pa.array(rows)))
    ranked, ranked_codes = rows[ranking], codes[ranking]
    _, first, group = np.unique(ranked_codes, return_index=True, return_inverse=True)
    best = ranked[first[group]]
    keepers = dict(zip(ranked.tolist(), best.tolist(), strict=True))
    return {row: keepers[row] for row in rows.tolist() if keepers[row] != row}


def dropped_for(table: pa.Table, keepers: dict[int, int]) -> pa.Array:
    """The `duplicates` column once each row that is a key of `keepers` is dropped in favour of its value.

    A row that is kept inherits what had been dropped for the rows it replaces.
    """
    counts = pc.fill_null(table["duplicates"], 0).to_numpy().copy()
    own = counts.copy()
    for dropped, kept in keepers.items():
        counts[kept] += own[dropped] + 1
    return pa.array(counts, pa.int32())
