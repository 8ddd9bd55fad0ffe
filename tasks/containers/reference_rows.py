"""The texts of rows that others are compared with: from a file in any container, or from a release of the same store."""

import re
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from tasks.containers import blocks, container_of
from tasks.core.errors import BadInput
from tasks.core.schema import EXAMPLE, VERIFIED, conform
from tasks.store.released import rows_manifest
from tasks.store.store import Store

REFERENCE: Final = pa.schema([VERIFIED.field(name) for name in ("instruction", "response", "origin", "domain")])
"""What is known of a reference row; null where it is not."""
MOST: Final = 100_000
"""Rows of a reference that are read, from its beginning."""
_FIELDS: Final = {
    "instruction": ("instruction", "prompt", "question", "problem", "query"),
    "response": ("response", "output", "answer", "solution", "completion", "text"),
}
"""By column, the names under which files hold it; the first that is there counts."""
_RELEASE: Final = re.compile(r"([a-z0-9][a-z0-9_-]{0,63})@([1-9][0-9]*)")


def rows_of_file(path: Path, key: str) -> pa.Table:
    """The rows of a JSON, JSON Lines, CSV, TSV, Parquet or Arrow file (schema REFERENCE): `instruction` with its `input` or
    `context` below it, and `response`, under these or the usual other names. BadInput, naming the recipe's `key`, for a file that
    is not there or has none of them."""
    try:
        container = container_of(path)
    except OSError as error:
        raise BadInput(f"{key}: {path} cannot be read ({error.strerror}); name a file of rows") from None
    found: list[dict[str, Any]] = []
    for block in blocks(path, container) if container else ():
        found += [row for value in block.values if isinstance(value, dict) and (row := _row(value))]
        if len(found) >= MOST:
            break
    if not found:
        raise BadInput(f"{key}: {path} has no records with an `instruction` or a `response`; name a file that has")
    return pa.Table.from_pylist(found[:MOST], schema=REFERENCE)


def rows_of_release(name: str, store_root: Path, key: str) -> pa.Table:
    """The rows of a release DATASET@N of the store (schema REFERENCE). BadInput, naming the recipe's `key`, where there is none."""
    match = _RELEASE.fullmatch(name)
    if not match:
        raise BadInput(f"{key}: {name!r} must be written dataset@version, so that the same rows are meant tomorrow")
    store = Store(store_root)
    manifest = rows_manifest(store, store.release(match[1], int(match[2])), key)
    return conform(store.table(manifest, "kept", pa.schema([*EXAMPLE, VERIFIED.field("domain")])), REFERENCE)


def _row(record: dict[str, Any]) -> dict[str, Any] | None:
    row: dict[str, Any] = {}
    for column, names in _FIELDS.items():
        row[column] = next((record[name] for name in names if isinstance(record.get(name), str)), None)
    below = next((record[name] for name in ("input", "context") if isinstance(record.get(name), str)), "")
    if row["instruction"] and below:
        row["instruction"] += f"\n\n{below}"
    row["origin"], row["domain"] = (
        value if isinstance(value := record.get(name), str) else None for name in ("origin", "domain")
    )
    return row if row["instruction"] or row["response"] else None
