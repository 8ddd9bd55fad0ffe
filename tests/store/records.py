"""Manifests and releases of which a test says only what matters to it."""

from collections.abc import Sequence
from typing import Any

from tasks.store.manifest import Ledger, Manifest, Part, Release


def manifest(stage: str = "audit", key: str = "k", kept: Sequence[Part] = (), **more: Any) -> Manifest:
    """Of a stage that kept these parts, all of whose rows were there before."""
    rows = sum(part.rows for part in kept)
    plain: dict[str, Any] = {
        "identity": {}, "sources": {}, "reasons": {}, "facts": {}, "inputs": (), "seconds": 0, "written_at": "",
        "tables": {"kept": tuple(kept), "rejected": (), "failed": ()},
        "ledger": Ledger(rows_in=rows, created=0, used=0, kept=rows, rejected=0, failed=0),
    }  # fmt: skip
    return Manifest(stage=stage, key=key, **(plain | more))


def release(dataset: str = "d", *manifests: Manifest, **more: Any) -> Release:
    """Of the rows that the last of these manifests keeps; the store numbers it."""
    last = manifests[-1] if manifests else None
    plain: dict[str, Any] = {
        "version": 0, "stages": tuple((one.stage, one.key) for one in manifests), "verdicts": (), "recipe": {}, "build": "b",
        "rows": last.ledger.kept if last else 0, "content": last.content if last else "", "published_at": "",
    }  # fmt: skip
    return Release(dataset=dataset, **(plain | more))
