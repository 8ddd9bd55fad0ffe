"""Upkeep of a store: `gc` removes files that nothing needs any more, `rollback` publishes the rows of an earlier release again.

`gc` is a mark-and-sweep garbage collector. Its roots are every release, what the latest build of every dataset made (released
or not, with the shards of its stages), and every record younger than the grace period. No build may run meanwhile. The journal
is never touched: what it holds was paid for.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pyarrow as pa

from tasks.core.errors import BadInput, IntegrityError
from tasks.store.backends import StoredFile
from tasks.store.files import TEMPORARY
from tasks.store.lease import exclusive
from tasks.store.manifest import BuildRecord, Manifest, Release, read_record
from tasks.store.store import Store

Record = tuple[str, str]
"""(stage, key) of a manifest or a verdict."""

KINDS: Final = ("manifests", "verdicts", "objects", "raw", "releases", "temporary")
"""In the order of removal: a kill in between leaves no record whose objects are gone."""


@dataclass
class Marked:
    """The files that are needed."""

    manifests: set[Record] = field(default_factory=set)
    verdicts: set[Record] = field(default_factory=set)
    objects: set[str] = field(default_factory=set)
    raw: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Swept:
    """How much was removed, or would be: files by kind, in the order of KINDS, and bytes."""

    files: Mapping[str, int]
    bytes: int
    """Freed on the disk; a file that has another name elsewhere frees nothing."""


def gc(store: Store, grace_seconds: float, dry_run: bool = False) -> Swept:
    """Remove what no release, no latest build and no record younger than the grace period needs.

    Raises InstructoryError while a build is running, and IntegrityError, with nothing removed, where a record that refers to
    other files cannot be read.
    """
    with exclusive(store.root):
        before = time.time() - grace_seconds
        marked = _marked(store, before)
        files, freed = dict.fromkeys(KINDS, 0), 0
        names_left: dict[int, int] = {}
        for kind, file in list(_unneeded(store, marked, before)):
            node, names = file.node
            files[kind] += 1
            left = (names_left.get(node, names) if node else 1) - 1
            names_left[node] = left
            freed += 0 if left else file.size
            if not dry_run:
                store.backend.delete(file.path)
        return Swept(files, freed)


def rollback(store: Store, dataset: str, version: int) -> Release:
    """A new version of `dataset` with the rows of an earlier one, to be published under the dataset's lease.

    BadInput if the latest version has those rows already; IntegrityError if they are damaged.
    """
    wanted, latest = store.release(dataset, version), store.release(dataset)
    if wanted.content == latest.content:
        raise BadInput(f"{dataset}@{latest.version} is the latest and holds the rows of {dataset}@{version} already")
    damage = list(store.damage([store.required(stage, key) for stage, key in wanted.stages]))
    if damage:
        raise IntegrityError(f"{dataset}@{version} cannot be published again: {damage[0]}")
    number = latest.version + 1
    folder = Path("releases") / dataset / str(number)
    return wanted.model_copy(
        update={
            "version": number,
            "restores": wanted.restores or version,
            "previous": latest.version,
            "build": "rollback",
            "published_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "report": str(folder / "report.html"),
            "card": str(folder / "README.md"),
        }
    )


def _marked(store: Store, before: float) -> Marked:
    marked = Marked()
    roots: list[tuple[Release | BuildRecord, bool]] = [(build, True) for build in store.build_records()]
    for dataset in store.datasets():
        versions = store.versions(dataset)
        roots += [(store.release(dataset, version), version == versions[-1]) for version in versions]
    for root, with_shards in roots:
        marked.verdicts.update(root.verdicts)
        for record in root.stages:
            _mark_manifest(store, marked, record, with_shards)
    for file in store.backend.files(store.root / "manifests"):
        if file.changed >= before:
            _mark_manifest(store, marked, _record(file), with_shards=True)
    return marked


def _mark_manifest(store: Store, marked: Marked, record: Record, with_shards: bool) -> None:
    stage, key = record
    path = store.manifest_path(stage, key)
    if not store.backend.fetch(path):
        return
    manifest = read_record(Manifest, path)
    if record not in marked.manifests:
        marked.manifests.add(record)
        marked.objects.update(part.sha256 for part in manifest.parts())
        if not manifest.inputs and not stage.endswith(".shards"):
            marked.raw.update(_raw_of(store, manifest))
        for one in manifest.inputs:
            _mark_manifest(store, marked, one, with_shards)
    if with_shards:
        for shard in manifest.shards:
            _mark_manifest(store, marked, (f"{stage}.shards", shard), with_shards=False)


def _raw_of(store: Store, manifest: Manifest) -> Iterator[str]:
    """The raw documents that the rows of a stage which reads files refer to; rows of later stages refer to no others."""
    for parts in manifest.tables.values():
        there = [part for part in parts if store.backend.has(store.object_path(part.sha256), part.size)]
        if "raw_sha256" in store.columns(there):
            column = store.get(there, pa.schema([("raw_sha256", pa.string())])).column(0)
            yield from (sha256 for sha256 in column.unique().to_pylist() if sha256)


def _unneeded(store: Store, marked: Marked, before: float) -> Iterator[tuple[str, StoredFile]]:
    """Every file that can be removed, in the order in which it must be."""
    root = store.root

    def old(kind: str) -> list[StoredFile]:
        return [file for file in store.backend.files(root / kind, strays=True) if file.changed < before]

    yield from (("manifests", file) for file in old("manifests") if _record(file) not in marked.manifests)
    yield from (("verdicts", file) for file in old("verdicts") if _record(file) not in marked.verdicts)
    yield from (("objects", file) for file in old("objects") if file.path.stem not in marked.objects)
    yield from (("raw", file) for file in old("raw") if file.path.name not in marked.raw)
    published = {(name, str(number)) for name in store.datasets() for number in store.versions(name)}
    yield from (("releases", file) for file in old("releases") if _release(root, file) not in published)
    for kind in ("manifests", "verdicts", "objects", "raw", "refs", "builds", "releases"):
        for path in sorted((root / kind).rglob(TEMPORARY)):
            if (facts := path.stat()).st_mtime < before:
                yield "temporary", StoredFile(path, facts.st_size, facts.st_mtime)


def _release(root: Path, file: StoredFile) -> tuple[str, ...]:
    """Dataset and version of the release in whose folder a file lies."""
    return file.path.relative_to(root / "releases").parts[:2]


def _record(file: StoredFile) -> Record:
    return file.path.parent.name, file.path.stem
