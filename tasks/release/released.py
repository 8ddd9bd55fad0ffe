"""What a release's record leads to: its rows, its folder, and a name for its recipe."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from tasks.core.schema import CLUSTERED
from tasks.store.manifest import Manifest, Release
from tasks.store.store import Store, dataset_name


def folder_of(release: Release) -> Path:
    """Where a release's folder lies, relative to the store: by its name and number, whatever else its record says."""
    return Path("releases") / dataset_name(release.dataset) / str(release.version)


def rows_manifest(store: Store, release: Release) -> Manifest:
    """The manifest whose kept rows are the released rows."""
    stage, key = release.stages[-1]
    return store.required(stage, key)


def released_rows(store: Store, release: Release) -> pa.Table:
    """The rows of a release, schema CLUSTERED."""
    return store.table(rows_manifest(store, release), "kept", CLUSTERED)


def recipe_hash(recipe: Mapping[str, Any]) -> str:
    """Twelve digits that tell one recipe from another."""
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:12]
