"""Releases of an invented dataset that somebody wants to publish."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tasks.core.schema import CLUSTERED, conform, rejected
from tasks.store.manifest import Ledger, Release
from tasks.store.store import Store
from tests.release import sample
from tests.store import records

REJECTED = "A rejected answer that nobody outside may read."
REVIEW = {"reviewer": "ada", "word": "accept", "at": "2026-11-28T00:00:00+00:00"}


def release(store: Store, version: int, rows: pa.Table, recipe: dict[str, Any] | None = None) -> Release:
    """shop@VERSION with two stages: what is in the store of a release, without the build."""
    rejects = sample.rejects(3).set_column(
        CLUSTERED.get_field_index("response"), CLUSTERED.field("response"), pa.array([REJECTED] * 3)
    )
    stages = []
    for stage, inputs in (
        ("inventory", ()),
        ("review", (("inventory", f"k{version}"),)),
        ("audit", (("review", f"k{version}"),)),
    ):
        account = Ledger(rows_in=rows.num_rows + 3, created=0, used=0, kept=rows.num_rows, rejected=3, failed=0)
        tables = {"kept": store.put(rows), "rejected": store.put(conform(rejects, rejected(CLUSTERED))), "failed": ()}
        facts = {"people": ["ada"]} if stage == "review" else {}
        manifest = records.manifest(
            stage, f"k{version}", ledger=account, reasons={"too_short": 3}, facts=facts, inputs=inputs, seconds=1.5,
            written_at=f"2026-11-28T00:00:{10 + len(stages):02}+00:00", tables=tables,
        )  # fmt: skip
        store.put_manifest(manifest)
        stages.append(manifest)
    recipe = recipe or {"documents": [{"path": "/home/ada/shop/*.md", "name": "shop"}]}
    return records.release("shop", *stages, version=version, recipe=recipe, published_at="2026-11-28T00:00:00+00:00")


def rows(number: int, seed: int = 7, split: bool = False) -> pa.Table:
    """Rows with every kind of column filled."""
    turn = {"role": "user", "content": "Earlier.", "name": "n", "tool_calls": "[]", "masked": True}
    sides = ("train", "train", "train", "validation", "test")
    found = [
        row | {"history": [turn], "reviews": [REVIEW], "split": sides[i % 5] if split else None}
        for i, row in enumerate(sample.rows(number, seed).to_pylist())
    ]
    return conform(pa.Table.from_pylist(found, CLUSTERED), CLUSTERED)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
