"""The life of a row: from the document it came from, through every stage, to the release it is in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.errors import BadInput
from tasks.store.manifest import Manifest, Release
from tasks.store.store import Store

_WHOLE: Final = 32
"""Digits of an id of ours; fewer are its beginning."""


@dataclass(frozen=True)
class Event:
    """What one stage did with a row."""

    stage: str
    key: str
    written_at: str
    fate: str
    """kept, rejected or failed."""
    row: dict[str, Any]
    """The row as it left the stage; if rejected with `reason` and `detail`, if failed with `error`."""


@dataclass(frozen=True)
class Life:
    """The events of one row, in the order of the stages, and the lives of what it was made from."""

    row_id: str
    release: Release
    events: tuple[Event, ...]
    parents: tuple["Life", ...]


def life(store: Store, row_id: str, within: Release | None = None) -> Life:
    """The life of a row in the release `within`, or in the newest release whose build had it, or else in a draft; BadInput if none
    had. The first 8 digits of its id are enough."""
    for release in [within] if within else _newest_first(store):
        manifests = [store.required(stage, key) for stage, key in release.stages]
        if (found := _life(store, release, manifests, row_id)) is not None:
            return found
    where = within.name if within else f"no build in {store.backend.address}"
    raise BadInput(
        f"{where} {'does not know' if within else 'knows'} the row {row_id!r}; `instructory show DATASET` lists ids"
    )


def _newest_first(store: Store) -> Iterator[Release]:
    """Releases of all datasets, since a row that is curated again keeps its id; then the latest builds."""
    releases = [store.release(name, version) for name in store.datasets() for version in store.versions(name)]
    yield from sorted(releases, key=lambda release: (release.published_at, release.version), reverse=True)
    yield from (store.draft(record.dataset) for record in store.build_records() if record.stages)


def _life(
    store: Store, release: Release, manifests: list[Manifest], row_id: str, below: tuple[str, ...] = ()
) -> Life | None:
    """The life of a row; `below`: the whole ids of the rows whose parent, or parent's parent, it is."""
    if row_id in below:
        return None  # a row that was imported as its own ancestor
    exact = bool(below) or len(row_id) >= _WHOLE
    events = [event for manifest in manifests for event in _events(store, manifest, row_id, exact)]
    if not events:
        return None
    whole = _identity(events[0].row)
    events = [event for event in events if _identity(event.row) == whole]
    parents = [_life(store, release, manifests, one, (*below, whole)) for one in _made_from(events[-1].row)]
    return Life(whole, release, tuple(events), tuple(parent for parent in parents if parent))


def _events(store: Store, manifest: Manifest, row_id: str, exact: bool) -> Iterator[Event]:
    for fate in ("kept", "rejected", "failed"):
        parts = manifest.tables[fate]
        names = store.columns(parts)
        if not names:
            continue
        ids = store.get(parts, pa.schema([(names[0], pa.string())])).column(0)
        hits = pc.indices_nonzero(pc.equal(ids, row_id) if exact else pc.starts_with(ids, row_id))
        if len(hits):
            for row in store.whole(parts).take(hits).to_pylist():
                yield Event(manifest.stage, manifest.key, manifest.written_at, fate, row)


def _identity(row: dict[str, Any]) -> str:
    return str(next(iter(row.values())))


def _made_from(row: dict[str, Any]) -> list[str]:
    """Ids of what a row was made from: its parent and the chunks of its evidence, or its document."""
    if "example_id" in row:
        chunks = [span["chunk_id"] for span in row.get("evidence") or []]
        return list(
            dict.fromkeys(parent for parent in (row["parent_id"], *chunks) if parent and parent != row["example_id"])
        )
    if "chunk_id" in row:
        return [row["document_id"]] if row["document_id"] != row["chunk_id"] else []
    return []
