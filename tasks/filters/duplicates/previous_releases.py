"""Rows that nearly equal a row of an earlier release.

The signatures of a release are computed when first asked for and kept in the store as Parquet, one row for each of its rows:
`example_id` and the 128 values of its MinHash. They are compared with those of new rows band by band, as
whole columns.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa

from tasks.core.errors import BadInput
from tasks.core.schema import FILTERED
from tasks.filters import shingles
from tasks.filters.duplicates import groups, minhash
from tasks.filters.duplicates.minhash import Pairs, Shares, Signatures
from tasks.filters.duplicates.representatives import COMPARED, compared, without_answers
from tasks.filters.stored_tables import kept
from tasks.store.released import rows_manifest
from tasks.store.store import Store

_NAME: Final = re.compile(r"([^@]+)@([0-9]+)")
_KEY: Final = "filters.near_duplicates.against_previous"
_VERSION: Final = 2
"""Of the kept signatures: raise it when shingles or signatures of the same text change."""


class Earlier(NamedTuple):
    """The rows of a release: their texts and, in the same order, their signatures."""

    name: str
    rows: pa.Table
    """example_id and the columns that are compared."""
    signatures: Signatures


def pinned(names: Iterable[str], store: Store, dataset: str) -> tuple[str, ...]:
    """`names` with a version each: a name without one means its newest release, which of `dataset` itself there may be none.

    Of releases with the same rows the oldest is named, so that publishing the same again changes no cache key. Raises BadInput for
    another dataset without a release.
    """
    found = []
    for name in names:
        if _NAME.fullmatch(name):
            found.append(name)
        elif name != dataset or store.versions(name):
            newest = store.release(name).content
            found.append(f"{name}@{next(v for v in store.versions(name) if store.release(name, v).content == newest)}")
    return tuple(found)


def earlier(name: str, store_root: Path, workers: int = 2, *, asked_only: bool = False) -> Earlier:
    """The release `name` (dataset@version) of the store, or what its rows ask. Raises BadInput if there is no such release."""
    match = _NAME.fullmatch(name)
    if not match:
        raise BadInput(f"{_KEY}: {name!r} must be written dataset@version")
    store = Store(store_root)
    release = store.release(match[1], int(match[2]))
    manifest = rows_manifest(store, release, _KEY)
    columns = pa.schema([FILTERED.field(name) for name in ("example_id", *COMPARED)])
    rows = store.table(manifest, "kept", columns)
    if asked_only:
        rows = without_answers(rows)
    folder = store_root / "signatures"
    name_there = f"{release.content}-{'asked-' if asked_only else ''}{_VERSION}"
    table = kept(folder, name_there, lambda: _signed(rows, workers))
    flat = table["signature"].combine_chunks().flatten()
    return Earlier(name, rows, np.asarray(flat).reshape(-1, minhash.PERMUTATIONS))


def matches(texts: pa.LargeStringArray, signatures: Signatures, old: Earlier, threshold: float) -> tuple[Pairs, Shares]:
    """Pairs (row, row of `old`) of at least `threshold` Jaccard similarity, and that similarity; sorted by row.

    Candidates share one of the 20 bands; in a bucket the first 16 rows of `old` are compared.
    """
    left, right = groups.candidates(signatures, old.signatures, threshold)
    new_rows, new_at = np.unique(left, return_inverse=True)
    old_rows, old_at = np.unique(right, return_inverse=True)
    there = compared(old.rows.take(pa.array(old_rows)))
    column = shingles.column(pa.concat_arrays([texts.take(pa.array(new_rows)), there]))
    similar = minhash.jaccard(column, (new_at, old_at + len(new_rows)))
    alike = similar >= threshold
    return (left[alike], right[alike]), similar[alike]


def _signed(rows: pa.Table, workers: int) -> pa.Table:
    signatures = minhash.signatures(shingles.column(compared(rows)), workers)
    values = pa.FixedSizeListArray.from_arrays(pa.array(signatures.reshape(-1)), minhash.PERMUTATIONS)
    return pa.table({"example_id": rows["example_id"], "signature": values})
