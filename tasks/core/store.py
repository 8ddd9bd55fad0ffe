"""The snapshot store: immutable objects named by their hash, manifests written last, releases published once. No server.

raw/ab/<sha256>               the bytes of source documents, never changed
objects/ab/<sha256>.parquet   tables, page checksums on
manifests/<stage>/<key>.json  what a stage made; its existence means the stage is done
verdicts/<stage>/<key>.json   what a gate said
builds/<dataset>.json         what the latest build made so far
refs/<dataset>/<n>.json       releases; the latest is the highest n, so no mutable pointer can tear
journal.sqlite                every answer of a model

The folder may be a working copy of a bucket that has the same layout: then `place` brings and sends what lies in it.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.core import bombs
from tasks.core.errors import BadInput, InstructoryError, IntegrityError
from tasks.core.files import copy_once, inside, private_folder, write_once
from tasks.core.manifest import BuildRecord, Manifest, Part, Release, Verdict, Which, sealed, unsealed
from tasks.core.params import sha256_file
from tasks.core.places import located, place_of

DATASET_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
RECORD_NAME: Final = re.compile(r"[A-Za-z0-9][\w.-]{0,127}")
"""Stages and keys, as files may be named: no way up or down from there."""
PART_ROWS: Final = 262_144
"""Rows of one object at most: a part of ~64-word rows stays near 100 MB in memory."""
PART_BYTES: Final = 256 << 20
"""Bytes of one object's rows in memory at most, unless a single row is larger."""
LARGEST_PART: Final = 640 << 20
"""Bytes a part may unpack to, by its footer, before we refuse to load it (a 2 MB file can claim 2 GB and more). Twice what
we write, and room for one large row."""


class Store:
    """A folder, or a bucket and the working copy of it in a folder, that holds everything a build made. Safe for many readers
    and, through a lease, one writer per dataset."""

    def __init__(self, root: Path) -> None:
        self.root = private_folder(located(root).absolute())
        self.place = place_of(self.root)
        self._harmless: set[str] = set()
        """Objects whose texts were added up, or that were put here from memory."""

    # raw bytes

    def keep_raw(self, data: bytes) -> str:
        """Keep source bytes; returns their sha256."""
        sha256 = hashlib.sha256(data).hexdigest()
        if not (path := self._raw(sha256)).exists():
            write_once(path, data)
        self.place.send(path)
        return sha256

    def raw(self, sha256: str) -> bytes:
        """Source bytes; IntegrityError if they are gone or no longer match their name."""
        return self._bytes(self._raw(sha256), sha256)

    def keep_raw_file(self, file: Path) -> str:
        """Keep the bytes of a source file of any size; returns their sha256. Raises OSError if it cannot be read."""
        sha256 = sha256_file(file)
        if not (path := self._raw(sha256)).exists():
            copy_once(file, path, sha256)
        self.place.send(path)
        return sha256

    def raw_path(self, sha256: str) -> Path:
        """Where source bytes lie, to be read a piece at a time; IntegrityError if they are gone or no longer match their name."""
        path = self._raw(sha256)
        if not any(bring(path) and sha256_file(path) == sha256 for bring in (self.place.bring, self.place.renew)):
            raise IntegrityError(f"raw/{path.name} is gone or damaged; give the file to the build again")
        return path

    # tables

    def put(self, table: pa.Table) -> tuple[Part, ...]:
        """Keep a table as objects of PART_ROWS rows or PART_BYTES at most. Equal tables give equal bytes, so the same objects."""
        rows = min(PART_ROWS, max(1, PART_BYTES * table.num_rows // max(1, table.nbytes)))
        slices = [table.slice(start, rows) for start in range(0, table.num_rows, rows)]
        return tuple(self._put_part(part.combine_chunks()) for part in slices)

    def _put_part(self, table: pa.Table) -> Part:
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd", write_page_checksum=True, store_schema=True)
        data = sink.getvalue().to_pybytes()
        sha256 = hashlib.sha256(data).hexdigest()
        if not (path := self.object_path(sha256)).exists():
            write_once(path, data)
        self.place.send(path)
        self._harmless.add(sha256)
        return Part(sha256=sha256, rows=table.num_rows, size=len(data))

    def get(self, parts: Sequence[Part], schema: pa.Schema, columns: Sequence[str] | None = None) -> pa.Table:
        """The rows of `parts`, every byte hashed first; IntegrityError if an object is gone, damaged or oversized."""
        wanted = schema if columns is None else pa.schema([schema.field(name) for name in columns])
        tables = [self._get_part(part, list(wanted.names)) for part in parts]
        return pa.concat_tables([wanted.empty_table(), *tables]).cast(wanted)

    def _get_part(self, part: Part, columns: list[str]) -> pa.Table:
        with self._opened(part) as file:
            table: pa.Table = file.read(columns)
        return table

    @contextmanager
    def _opened(self, part: Part) -> Iterator[pq.ParquetFile]:
        """A part ready to be read. Page checksums do not cover the footer, where one flipped bit in about 1,500 gave other rows
        without an error: so the whole object is held against its name before Parquet sees it."""
        path = self.object_path(part.sha256)
        if part.size > LARGEST_PART or not self._present(path, part.size):
            raise IntegrityError(
                f"object {path.name} is gone or has not its {part.size:,} bytes; run `instructory verify`"
            )
        try:
            data = pa.py_buffer(self._bytes(path, part.sha256))
            with pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True) as file:
                claimed = bombs.unpacked(file.metadata)
                if claimed > LARGEST_PART or file.metadata.num_rows != part.rows:
                    raise IntegrityError(
                        f"{path.name} claims {claimed:,} bytes and {file.metadata.num_rows:,} rows where the manifest says "
                        f"{part.rows:,}; restore it from a backup or rebuild with the object removed"
                    )
                if part.sha256 not in self._harmless and bombs.may_hide(file.metadata, LARGEST_PART):
                    if (hidden := bombs.hidden(data)) > LARGEST_PART:
                        raise IntegrityError(
                            f"{path.name} unpacks to {hidden:,} bytes of text; restore it from a backup or rebuild without it"
                        )
                    self._harmless.add(part.sha256)
                yield file
        except (OSError, pa.ArrowException) as error:
            raise IntegrityError(f"object {path.name} cannot be read ({error}); run `instructory verify`") from error

    def _present(self, path: Path, size: int) -> bool:
        """Whether a file is in the folder with so many bytes; a copy that has not is brought anew."""
        return any(bring(path) and path.stat().st_size == size for bring in (self.place.bring, self.place.renew))

    def whole(self, parts: Sequence[Part]) -> pa.Table:
        """All columns of a table that has rows, by the schema it was written with."""
        with self._opened(parts[0]) as file:
            schema = file.schema_arrow
        return self.get(parts, schema)

    def columns(self, parts: Sequence[Part]) -> list[str]:
        """Names of the columns of a table; none for a table without rows."""
        if not parts:
            return []
        with self._opened(parts[0]) as file:
            return list(file.schema_arrow.names)

    # manifests and verdicts

    def manifest(self, stage: str, key: str) -> Manifest | None:
        """What `stage` made under `key`, if it finished and all its objects are there with the sizes it wrote."""
        path = self.manifest_path(stage, key)
        if not self.place.bring(path):
            return None
        manifest = unsealed(Manifest, path)
        present = all(self.place.has(self.object_path(part.sha256), part.size) for part in manifest.parts())
        return manifest if present else None

    def required(self, stage: str, key: str) -> Manifest:
        """A manifest that must be there; IntegrityError otherwise."""
        manifest = self.manifest(stage, key)
        if manifest is None:
            raise IntegrityError(
                f"{stage}/{key} or one of its objects is gone from {self.place.address}; run `instructory verify`"
            )
        return manifest

    def put_manifest(self, manifest: Manifest) -> None:
        """Say that a stage is done. Written after every object it names."""
        path = self.manifest_path(manifest.stage, manifest.key)
        write_once(path, sealed(manifest))
        self.place.send(path)

    def agreed(self, manifest: Manifest) -> Manifest:
        """Say that a stage is done, and wait until that is kept. If another run said so before under the same key, and what it
        made is there, that stands: what follows is made from it."""
        path, data = self.manifest_path(manifest.stage, manifest.key), sealed(manifest)
        if self.place.claim(path, data):
            return manifest
        self.place.renew(path)
        if (standing := self.manifest(manifest.stage, manifest.key)) is not None:
            return standing
        self.place.replace(path, data)
        return manifest

    def table(
        self, manifest: Manifest, which: Which, schema: pa.Schema, columns: Sequence[str] | None = None
    ) -> pa.Table:
        """The kept, rejected or failed rows of a stage."""
        return self.get(manifest.tables[which], schema, columns)

    def verdict(self, stage: str, key: str) -> Verdict | None:
        """What the gate after `stage` said under `key`."""
        path = self._record("verdicts", stage, key)
        return unsealed(Verdict, path) if self.place.bring(path) else None

    def put_verdict(self, verdict: Verdict) -> None:
        """Keep what a gate said."""
        path = self._record("verdicts", verdict.stage, verdict.key)
        write_once(path, sealed(verdict))
        self.place.send(path)

    # builds

    def put_build(self, record: BuildRecord) -> None:
        """Keep what the latest build of a dataset has made so far, in place of what was said before."""
        self.place.replace(self.root / "builds" / f"{dataset_name(record.dataset)}.json", sealed(record))

    def build_records(self) -> list[BuildRecord]:
        """What the latest build of every dataset has made."""
        files = [found.path for found in self.place.found(self.root / "builds")]
        return [unsealed(BuildRecord, path) for path in files if self.place.renew(path)]

    # releases

    def datasets(self) -> list[str]:
        """Names of datasets with a release."""
        return sorted({found.path.parent.name for found in self.place.found(self.root / "refs")})

    def versions(self, dataset: str) -> list[int]:
        """Version numbers of a dataset, ascending."""
        folder = inside(self.root, self.root / "refs" / dataset_name(dataset))
        return sorted(int(found.path.stem) for found in self.place.found(folder))

    def release(self, dataset: str, version: int | None = None) -> Release:
        """A release, the latest by default; BadInput names what there is."""
        versions = self.versions(dataset)
        if not versions:
            known = ", ".join(self.datasets()) or "none yet"
            raise BadInput(f"no release of {dataset!r} in {self.place.address}; datasets there: {known}")
        if version is not None and version not in versions:
            raise BadInput(f"{dataset}@{version} does not exist; versions: {', '.join(map(str, versions))}")
        self.place.bring(path := self.root / "refs" / dataset / f"{version or versions[-1]}.json")
        return unsealed(Release, path)

    def publish(self, release: Release, fence: Callable[[], None] = lambda: None) -> Release:
        """Publish under the next free number; what a reader sees as latest changes in that instant.

        A release that has its number already, by which its folder is called, gets no other: InstructoryError if that is taken.
        `fence` raises if we may no longer write; it is asked before each attempt.
        """
        self._send_all(release)
        while True:
            version = max(self.versions(release.dataset), default=0) + 1
            if release.version not in (0, version):
                raise InstructoryError(
                    f"{release.dataset}@{release.version} was published by another run meanwhile; run again, what is "
                    "finished is kept"
                )
            numbered = release.model_copy(update={"version": version})
            path = inside(self.root, self.root / "refs" / dataset_name(release.dataset) / f"{version}.json")
            fence()
            if self.place.claim(path, sealed(numbered)):
                return numbered

    def _send_all(self, release: Release) -> None:
        """Have the place keep all that a release stands on, whoever made it and when: objects before what names them."""
        for stage, key in release.stages:
            for part in self.required(stage, key).parts():
                self.place.send(self.object_path(part.sha256))
            self.place.send(self.manifest_path(stage, key))
        for stage, key in release.verdicts:
            self.place.send(self._record("verdicts", stage, key))

    # integrity

    def damage(self, manifests: Sequence[Manifest]) -> Iterator[str]:
        """One line for every object of `manifests` that is gone or does not match its name."""
        for sha256 in sorted({part.sha256 for manifest in manifests for part in manifest.parts()}):
            yield from self._told(self.object_path(sha256), sha256)

    def raw_damage(self) -> Iterator[str]:
        """One line for every raw document that no longer matches its name."""
        for found in self.place.found(self.root / "raw"):
            yield from self._told(found.path, found.path.name)

    def _told(self, path: Path, sha256: str) -> Iterator[str]:
        """A line if the bytes that the place keeps are not those of `sha256`."""
        name = f"{path.parent.parent.name}/{path.name}"
        try:
            if (read := self.place.sha256(path)) != sha256:
                yield f"{name} is {'damaged: its bytes no longer match its name' if read else 'gone'}"
        except OSError as error:
            yield f"{name} cannot be read: {error.strerror}"

    def manifest_path(self, stage: str, key: str) -> Path:
        """Where a manifest lies, or would."""
        return self._record("manifests", stage, key)

    def _record(self, kind: str, stage: str, key: str) -> Path:
        """Where a record lies. A release names the stages and keys it stands on, and may come from elsewhere."""
        for name in (stage, key):
            if not RECORD_NAME.fullmatch(name):
                raise IntegrityError(f"{name!r} is not the name of a record; restore the release that names it")
        return inside(self.root, self.root / kind / stage / f"{key}.json")

    def object_path(self, sha256: str) -> Path:
        """Where an object lies. Objects are never changed; read them, or link to them."""
        return self.root / "objects" / _hex(sha256)[:2] / f"{sha256}.parquet"

    def _bytes(self, path: Path, sha256: str) -> bytes:
        """The bytes of a file, held against its name; a copy that no longer matches is brought anew."""
        try:
            self.place.bring(path)
            return _checked(path, sha256)
        except IntegrityError:
            if not self.place.renew(path):
                raise
        return _checked(path, sha256)

    def _raw(self, sha256: str) -> Path:
        return self.root / "raw" / _hex(sha256)[:2] / sha256


def dataset_name(name: str) -> str:
    """`name` if it may name a dataset (and so a folder); BadInput otherwise."""
    if not DATASET_NAME.fullmatch(name):
        raise BadInput(
            f"dataset name {name!r} must match ^{DATASET_NAME.pattern}$: lower case, digits, - and _, at most 64"
        )
    return name


def _hex(sha256: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise IntegrityError(f"{sha256!r} is not the name of an object")
    return sha256


def _checked(path: Path, sha256: str) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise IntegrityError(f"{path.parent.parent.name}/{path.name} cannot be read: {error.strerror}") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise IntegrityError(f"{path.parent.parent.name}/{path.name} is damaged: its bytes no longer match its name")
    return data
