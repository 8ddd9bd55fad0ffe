"""What a release's record leads to: its rows, its folder, and a name for its recipe."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.schema import CLUSTERED, conform
from tasks.store.manifest import Release
from tasks.store.released import rows_parts
from tasks.store.store import Store, dataset_name

SPLITS: Final = ("train", "validation", "test")


def folder_of(release: Release) -> Path:
    """Where a release's folder lies, relative to the store: by its name and number, whatever else its record says."""
    return Path("releases") / dataset_name(release.dataset) / str(release.version or "draft")


def released_rows(store: Store, release: Release) -> pa.Table:
    """The rows of a release, schema CLUSTERED; what the stages of a draft have not added yet is null."""
    parts = rows_parts(store, release)
    if release.version or not parts:
        return store.get(parts, CLUSTERED)
    return conform(store.whole(parts), CLUSTERED)


def splits(rows: pa.Table) -> list[str]:
    """The sides that released rows are on, training first; without a split all are for training."""
    found = set(pc.unique(rows["split"]).to_pylist()) if "split" in rows.column_names else set()
    return [side for side in SPLITS if side in found] or ["train"]


def on_side(rows: pa.Table, split: str | None) -> pa.Table:
    """The rows of one side, or `all`. None: those for training, so that nobody trains on a test unawares; rows without a side are
    for training."""
    if split == "all" or "split" not in rows.column_names:
        return rows
    return rows.filter(pc.equal(pc.fill_null(rows["split"], "train"), split or "train"))


def recipe_hash(recipe: Mapping[str, Any]) -> str:
    """Twelve digits that tell one recipe from another."""
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:12]
