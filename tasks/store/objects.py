"""Immutable objects named by their hash: the bytes of source documents, and tables. `Store` adds the records to them."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.core.errors import IntegrityError
from tasks.core.params import sha256_file
from tasks.core.schema import FORMER_NAMES, conform
from tasks.store import bombs
from tasks.store.files import copy_once, private_folder, write_once
from tasks.store.locations import backend_of, store_folder
from tasks.store.manifest import Part

PART_ROWS: Final = 262_144
"""Most rows of one object: a part of rows of some 64 words stays near 100 MB in memory."""
PART_BYTES: Final = 256 << 20
"""Most bytes of one object's rows in memory, unless a single row is larger."""
PARTS_AT_ONCE: Final = 2
"""Parts that are written or read together: each is encoded, compressed and hashed on one core."""
LARGEST_PART: Final = 640 << 20
"""Bytes beyond which a part is not loaded (a file of 2 MB can unpack to 2 GB and more). Twice what we write, and room for one
large row."""


class Objects:
    """The files in raw/ and objects/ of a store."""

    def __init__(self, root: Path) -> None:
        self.root = private_folder(store_folder(root).absolute())
        self.backend = backend_of(self.root)
        self._checked_sizes: set[str] = set()
        """Objects whose unpacked size is known to be allowed: it was computed, or they were written by this process."""

    # raw bytes

    def keep_raw(self, data: bytes) -> str:
        """Store source bytes; returns their sha256."""
        sha256 = hashlib.sha256(data).hexdigest()
        if not (path := self._raw(sha256)).exists():
            write_once(path, data)
        self.backend.upload(path)
        return sha256

    def raw(self, sha256: str) -> bytes:
        """Source bytes by their sha256; IntegrityError if they are gone or no longer match it."""
        return self._bytes(self._raw(sha256), sha256)

    def keep_raw_file(self, file: Path) -> str:
        """Store the bytes of a source file of any size; returns their sha256. Raises OSError if it cannot be read."""
        sha256 = sha256_file(file)
        if not (path := self._raw(sha256)).exists():
            copy_once(file, path, sha256)
        self.backend.upload(path)
        return sha256

    def raw_path(self, sha256: str) -> Path:
        """The file with source bytes; IntegrityError if it is gone or its bytes no longer match their name."""
        path = self._raw(sha256)
        if not any(fetch(path) and sha256_file(path) == sha256 for fetch in (self.backend.fetch, self.backend.refresh)):
            raise IntegrityError(f"raw/{path.name} is gone or damaged; give the file to the build again")
        return path

    def scratch(self) -> IO[bytes]:
        """An empty file on the disk of the store, which is gone when nobody reads it any more, however the process ends."""
        return TemporaryFile(dir=self.root)

    # tables

    def put(self, table: pa.Table) -> tuple[Part, ...]:
        """Store a table as objects of at most PART_ROWS rows and PART_BYTES. Equal tables give equal bytes, so the same objects."""
        rows = min(PART_ROWS, max(1, PART_BYTES * table.num_rows // max(1, table.nbytes)))
        slices = [table.slice(start, rows) for start in range(0, table.num_rows, rows)]
        with ThreadPoolExecutor(PARTS_AT_ONCE) as pool:
            return tuple(pool.map(self._put_part, slices))

    def _put_part(self, table: pa.Table) -> Part:
        sink = pa.BufferOutputStream()
        pq.write_table(table.combine_chunks(), sink, compression="zstd", write_page_checksum=True, store_schema=True)
        data = sink.getvalue().to_pybytes()
        sha256 = hashlib.sha256(data).hexdigest()
        if not (path := self.object_path(sha256)).exists():
            write_once(path, data)
        self.backend.upload(path)
        self._checked_sizes.add(sha256)
        return Part(sha256=sha256, rows=table.num_rows, size=len(data))

    def get(self, parts: Sequence[Part], schema: pa.Schema, columns: Sequence[str] | None = None) -> pa.Table:
        """The rows of `parts`, whose bytes are all hashed first; IntegrityError if an object is gone, damaged or too large. Columns
        that an object of an earlier version lacks are null, or read under the name that they had."""
        wanted = schema if columns is None else pa.schema([schema.field(name) for name in columns])

        def read(part: Part) -> pa.Table:
            with self._opened(part) as file:
                there = {FORMER_NAMES.get(name, name): name for name in file.schema_arrow.names}
                table = file.read([there[name] for name in wanted.names if name in there])
            return conform(table.rename_columns([FORMER_NAMES.get(name, name) for name in table.column_names]), wanted)

        with ThreadPoolExecutor(PARTS_AT_ONCE) as pool:
            return pa.concat_tables([wanted.empty_table(), *pool.map(read, parts)])

    @contextmanager
    def _opened(self, part: Part) -> Iterator[pq.ParquetFile]:
        """A part ready to be read. Page checksums do not cover the footer, where one flipped bit in about 1,500 gave other rows
        without an error: so the whole object is hashed and compared with its name before Parquet reads it."""
        path = self.object_path(part.sha256)
        # a local copy with another size is downloaded again
        downloads = (self.backend.fetch, self.backend.refresh)
        if part.size > LARGEST_PART or not any(get(path) and path.stat().st_size == part.size for get in downloads):
            raise IntegrityError(
                f"object {path.name} is gone or does not have its {part.size:,} bytes; run `instructory verify`"
            )
        try:
            data = pa.py_buffer(self._bytes(path, part.sha256))
            with pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True) as file:
                claimed = bombs.unpacked_bytes(file.metadata)
                if claimed > LARGEST_PART or file.metadata.num_rows != part.rows:
                    raise IntegrityError(
                        f"{path.name} claims {claimed:,} bytes and {file.metadata.num_rows:,} rows where the manifest says "
                        f"{part.rows:,}; restore it from a backup or rebuild with the object removed"
                    )
                if part.sha256 not in self._checked_sizes and bombs.may_repeat_texts(file.metadata, LARGEST_PART):
                    if (texts := bombs.text_bytes(data)) > LARGEST_PART:
                        raise IntegrityError(
                            f"{path.name} unpacks to {texts:,} bytes of text; restore it from a backup or rebuild without it"
                        )
                    self._checked_sizes.add(part.sha256)
                yield file
        except (OSError, pa.ArrowException) as error:
            raise IntegrityError(f"object {path.name} cannot be read ({error}); run `instructory verify`") from error

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

    # paths

    def object_path(self, sha256: str) -> Path:
        """The path of an object. Objects are never changed; read them, or link to them."""
        return self.root / "objects" / _hex(sha256)[:2] / f"{sha256}.parquet"

    def _bytes(self, path: Path, sha256: str) -> bytes:
        """The bytes of a file, compared with its name; a local copy that no longer matches is downloaded again."""
        try:
            self.backend.fetch(path)
            return _checked(path, sha256)
        except IntegrityError:
            if not self.backend.refresh(path):
                raise
        return _checked(path, sha256)

    def _raw(self, sha256: str) -> Path:
        return self.root / "raw" / _hex(sha256)[:2] / sha256

    def _damage(self, path: Path, sha256: str) -> Iterator[str]:
        """A line if the bytes that the backend has are not those of `sha256`."""
        name = f"{path.parent.parent.name}/{path.name}"
        try:
            if (found := self.backend.sha256(path)) != sha256:
                yield f"{name} is {'damaged: its bytes no longer match its name' if found else 'gone'}"
        except OSError as error:
            yield f"{name} cannot be read: {error.strerror}"


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
