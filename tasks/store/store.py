"""The snapshot store: immutable objects named by their hash, manifests written last, releases published once. No server.

raw/ab/<sha256>               the bytes of source documents, never changed
objects/ab/<sha256>.parquet   tables, page checksums on
manifests/<stage>/<key>.json  what a stage made; its existence means the stage is done
verdicts/<stage>/<key>.json   the result of a gate
builds/<dataset>.json         what the latest build has made so far
refs/<dataset>/<n>.json       releases; the latest is the highest n, so there is no pointer to update
labels/<dataset>/<entry>.jsonl  what a judge was measured by, where its labels come from reviews
journal.sqlite                every answer of a model

The folder may be a working copy of a bucket with the same layout: its `backend` then downloads and uploads the files.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa

from tasks.core.errors import BadInput, InstructoryError, IntegrityError
from tasks.store.files import inside, write_once
from tasks.store.manifest import BuildRecord, GateVerdict, Manifest, Release, Which, read_record, record_bytes
from tasks.store.objects import Objects

DATASET_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
RECORD_NAME: Final = re.compile(r"[A-Za-z0-9][\w.-]{0,127}")
"""Names that stages and keys may have as files: they lead to no other folder."""


class Store(Objects):
    """A folder, or a bucket and its working copy in a folder, with everything that builds made.

    Any number of processes may read; a lease allows one to write per dataset.
    """

    # manifests and verdicts

    def manifest(self, stage: str, key: str) -> Manifest | None:
        """The manifest of `stage` under `key`; None unless the stage finished and all its objects exist with the sizes it wrote."""
        path = self.manifest_path(stage, key)
        if not self.backend.fetch(path):
            return None
        manifest = read_record(Manifest, path)
        present = all(self.backend.has(self.object_path(part.sha256), part.size) for part in manifest.parts())
        return manifest if present else None

    def required(self, stage: str, key: str) -> Manifest:
        """The manifest of `stage` under `key`; IntegrityError if it or one of its objects is gone."""
        manifest = self.manifest(stage, key)
        if manifest is None:
            raise IntegrityError(
                f"{stage}/{key} or one of its objects is gone from {self.backend.address}; run `instructory verify`"
            )
        return manifest

    def put_manifest(self, manifest: Manifest) -> None:
        """Record that a stage is done. Written after every object that it names."""
        path = self.manifest_path(manifest.stage, manifest.key)
        write_once(path, record_bytes(manifest))
        self.backend.upload(path)

    def put_or_get(self, manifest: Manifest) -> Manifest:
        """Record that a stage is done, and return when the record is safe.

        If another run recorded the same key before, and its objects exist, its manifest is returned instead and holds.
        """
        path, data = self.manifest_path(manifest.stage, manifest.key), record_bytes(manifest)
        if self.backend.create(path, data):
            return manifest
        self.backend.refresh(path)
        if (earlier := self.manifest(manifest.stage, manifest.key)) is not None:
            return earlier
        self.backend.replace(path, data)
        return manifest

    def table(
        self, manifest: Manifest, which: Which, schema: pa.Schema, columns: Sequence[str] | None = None
    ) -> pa.Table:
        """The kept, rejected or failed rows of a stage."""
        return self.get(manifest.tables[which], schema, columns)

    def verdict(self, stage: str, key: str) -> GateVerdict | None:
        """The result of the gate after `stage` under `key`; None if there is none."""
        path = self._record("verdicts", stage, key)
        return read_record(GateVerdict, path) if self.backend.fetch(path) else None

    def put_verdict(self, verdict: GateVerdict) -> None:
        """Store the result of a gate."""
        path = self._record("verdicts", verdict.stage, verdict.key)
        write_once(path, record_bytes(verdict))
        self.backend.upload(path)

    # builds

    def put_build(self, record: BuildRecord) -> None:
        """Store what the latest build of a dataset has made so far, in place of the earlier record."""
        self.backend.replace(self.root / "builds" / f"{dataset_name(record.dataset)}.json", record_bytes(record))

    def build_records(self) -> list[BuildRecord]:
        """The record of the latest build of every dataset."""
        files = [found.path for found in self.backend.files(self.root / "builds")]
        return [read_record(BuildRecord, path) for path in files if self.backend.refresh(path)]

    def has_build(self, dataset: str) -> bool:
        """Whether there is a record of a build of `dataset`."""
        return self.backend.refresh(self.root / "builds" / f"{dataset_name(dataset)}.json")

    def draft(self, dataset: str) -> Release:
        """What the latest build of `dataset` made, released or not, as a release numbered 0. BadInput if it made nothing."""
        path = self.root / "builds" / f"{dataset_name(dataset)}.json"
        record = read_record(BuildRecord, path) if self.backend.refresh(path) else None
        if record is None or not record.stages:
            raise BadInput(f"no build of {dataset} in {self.backend.address} has finished a stage")
        last = self.required(*record.stages[-1])
        return Release(
            dataset=dataset,
            version=0,
            stages=record.stages,
            verdicts=record.verdicts,
            rows=last.ledger.kept,
            content=last.content,
            recipe=record.recipe,
            build=record.build,
            published_at=last.written_at,
            previous=max(self.versions(dataset), default=None),
        )

    # releases

    def datasets(self) -> list[str]:
        """Names of datasets with a release."""
        return sorted({found.path.parent.name for found in self.backend.files(self.root / "refs")})

    def versions(self, dataset: str) -> list[int]:
        """Version numbers of a dataset, ascending."""
        folder = inside(self.root, self.root / "refs" / dataset_name(dataset))
        return sorted(int(found.path.stem) for found in self.backend.files(folder))

    def release(self, dataset: str, version: int | None = None) -> Release:
        """A release, by default the latest. BadInput if there is none, naming those that exist."""
        versions = self.versions(dataset)
        if not versions:
            known = ", ".join(self.datasets()) or "none yet"
            raise BadInput(f"no release of {dataset!r} in {self.backend.address}; datasets there: {known}")
        if version is not None and version not in versions:
            raise BadInput(f"{dataset}@{version} does not exist; versions: {', '.join(map(str, versions))}")
        self.backend.fetch(path := self.root / "refs" / dataset / f"{version or versions[-1]}.json")
        return read_record(Release, path)

    def publish(self, release: Release, check_lease: Callable[[], None] = lambda: None) -> Release:
        """Publish under the next free number; from then on readers see it as the latest.

        A release that was given its number before, for the name of its folder, gets no other: InstructoryError if it is taken.
        `check_lease` is called before each attempt and raises if this process may no longer write.
        """
        # upload everything that a release refers to, whichever build made it: objects before records
        for stage, key in release.stages:
            for part in self.required(stage, key).parts():
                self.backend.upload(self.object_path(part.sha256))
            self.backend.upload(self.manifest_path(stage, key))
        for stage, key in release.verdicts:
            self.backend.upload(self._record("verdicts", stage, key))
        while True:
            version = max(self.versions(release.dataset), default=0) + 1
            if release.version not in (0, version):
                raise InstructoryError(
                    f"{release.dataset}@{release.version} was published by another run meanwhile; run again, what is "
                    "finished is kept"
                )
            numbered = release.model_copy(update={"version": version})
            path = inside(self.root, self.root / "refs" / dataset_name(release.dataset) / f"{version}.json")
            check_lease()
            if self.backend.create(path, record_bytes(numbered)):
                return numbered

    # integrity

    def damage(self, manifests: Sequence[Manifest]) -> Iterator[str]:
        """One line for every object of `manifests` that is gone or whose bytes do not match its name."""
        for sha256 in sorted({part.sha256 for manifest in manifests for part in manifest.parts()}):
            yield from self._damage(self.object_path(sha256), sha256)

    def raw_damage(self) -> Iterator[str]:
        """One line for every raw document whose bytes no longer match its name."""
        for found in self.backend.files(self.root / "raw"):
            yield from self._damage(found.path, found.path.name)

    def manifest_path(self, stage: str, key: str) -> Path:
        """The path of a manifest, which need not exist."""
        return self._record("manifests", stage, key)

    def _record(self, kind: str, stage: str, key: str) -> Path:
        """The path of a record. Names are checked: they come from releases, which may have been copied from another store."""
        for name in (stage, key):
            if not RECORD_NAME.fullmatch(name):
                raise IntegrityError(f"{name!r} is not the name of a record; restore the release that names it")
        return inside(self.root, self.root / kind / stage / f"{key}.json")


def dataset_name(name: str) -> str:
    """`name`, if it is a valid name of a dataset (and so of a folder); BadInput otherwise."""
    if not DATASET_NAME.fullmatch(name):
        raise BadInput(
            f"dataset name {name!r} must match ^{DATASET_NAME.pattern}$: lower case, digits, - and _, at most 64"
        )
    return name
