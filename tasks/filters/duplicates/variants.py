"""Rows that say the same as another one because a recipe asked for it: a paraphrase beside the row it was made from.

Such a variant keeps its parent's response, so filters that compare rows would drop it, or its parent, for what it was made for.
Between these two no comparison counts. Variants of one row are compared with each other, and each with all other rows.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.schema import VARIANT_METHODS
from tasks.filters.duplicates.minhash import Rows

_TEXTS: Final = ("system", "instruction", "response")


def kinship(table: pa.Table, rows: Rows | None = None) -> Callable[[int, int], bool]:
    """`(row, other) -> bool` on row numbers of `table`: whether one is a variant of the other, and not the same to the byte.

    Where a variant's parent is not in the table, as when another row equal to it stayed in its place, the rows that are no variants
    and have the variant's response stand for it. `rows`: those that are asked about; None: all.
    """
    numbers = np.arange(table.num_rows) if rows is None else np.unique(rows)
    variants = _variants(table)[numbers]
    parents: dict[int, str] = dict(
        zip(numbers[variants].tolist(), table["parent_id"].take(pa.array(numbers[variants])).to_pylist(), strict=True)
    )
    if not parents:
        return lambda _row, _other: False
    known = pa.array(sorted({*parents.values()}), pa.string())
    ids = table["example_id"].combine_chunks()
    present = frozenset(ids.filter(pc.is_in(ids, value_set=known)).to_pylist())

    def is_variant(row: int, of: int) -> bool:
        if row not in parents or of in parents:
            return False
        there = parents[row] in present
        related = ids[of].as_py() == parents[row] if there else table["response"][row] == table["response"][of]
        return related and any(table[name][row] != table[name][of] for name in _TEXTS)

    return lambda row, other: is_variant(row, other) or is_variant(other, row)


def apart(table: pa.Table, rows: Rows, groups: Rows) -> Rows:
    """`groups`, a number for each of `rows` of `table`, where variants that share a group with the row they were made from get a
    group of their own."""
    if not len(rows) or not _variants(table)[rows].any():
        return groups
    kin = kinship(table, rows)
    is_variant = _variants(table)[rows]
    originals = defaultdict(list)
    for at in np.flatnonzero(~is_variant).tolist():
        originals[int(groups[at])].append(int(rows[at]))
    divided, own = groups.copy(), int(groups.max()) + 1
    for at in np.flatnonzero(is_variant).tolist():
        if any(kin(int(rows[at]), other) for other in originals[int(groups[at])][:_LOOKED_AT]):
            divided[at] = own + int(groups[at])
    return divided


_LOOKED_AT: Final = 64
"""Originals of a group among which a variant's parent is looked for; a larger group is a crowd of equal rows."""


def _variants(table: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    found = pc.is_in(table["method"], value_set=pa.array(VARIANT_METHODS, pa.string()))
    return np.asarray(pc.fill_null(found, False), dtype=bool)
