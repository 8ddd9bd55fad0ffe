"""A store whose files are true in a bucket; the folder is a working copy, as on every other machine that shares it.

What a build makes is written to the folder first and sent in the background. A record is sent after everything sent before it,
and a release is claimed after all of that has arrived: so a crash leaves no record in the bucket whose objects are missing.
"""

import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Final

from tasks.core.errors import InstructoryError, IntegrityError
from tasks.core.params import sha256_file
from tasks.store.backends import HeldLease, StoredFile, files_below, link
from tasks.store.files import private_folder, write_once
from tasks.store.manifest import checksum_holds
from tasks.store.s3 import lease as s3_lease
from tasks.store.s3.bucket import AT_ONCE, Bucket, Kept

SENDERS: Final = 8
"""Requests on their way at once."""
SMALL: Final = 64 << 10
"""Bytes up to which a file is sent without a look whether it is there: the request costs the same."""
NAMED_BY_HASH: Final = ("raw", "objects", "journals")
"""Folders whose files are called by the sha256 of their bytes."""


class S3Backend:
    """The bucket as a `Backend`."""

    def __init__(self, root: Path, address: str, endpoint: str) -> None:
        self.root = root
        self.address = address
        self._bucket = Bucket(address, endpoint)
        self._lock = Lock()
        self._kept: set[Path] = set()
        """What the bucket is known to have, since this process sent it or found it there."""
        self._pending: list[Future[None]] = []
        self._pool: ThreadPoolExecutor | None = None

    def fetch(self, path: Path) -> bool:
        """Have the file in the folder; a copy is held against its name, or its seal, before it counts."""
        return path.is_file() or self.refresh(path)

    def refresh(self, path: Path) -> bool:
        """Have the file as the bucket has it now. IntegrityError if that is damaged."""
        pieces = self._bucket.pieces(self._key(path))
        if pieces is None:
            return False
        with _arriving(path) as temporary:
            with temporary.open("xb") as file:
                for piece in pieces:
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            if not _is_whole(self._key(path), temporary):
                raise IntegrityError(
                    f"{self.address}/{self._key(path)} is damaged; restore it there, or remove it there and build again"
                )
            temporary.replace(path)
        with self._lock:
            self._kept.add(path)
        return True

    def has(self, path: Path, size: int) -> bool:
        """Whether a copy is here, or the object there, with so many bytes."""
        if path.is_file() and path.stat().st_size == size:
            return True
        there = self._bucket.look(self._key(path))
        return there is not None and there.size == size

    def upload(self, path: Path) -> None:
        """Have the bucket keep a file, in the background; a record waits for what was sent before it."""
        with self._lock:
            if path in self._kept:
                return
            self._kept.add(path)
            if self._pool is None:
                self._pool = ThreadPoolExecutor(SENDERS, thread_name_prefix="s3")
            # started in the order of submission, so that what is waited for never stands behind who waits
            before = list(self._pending) if path.suffix == ".json" else []
            self._pending = [one for one in self._pending if not one.done() or one.exception()]
            self._pending.append(self._pool.submit(self._send, path, before))

    def _send(self, path: Path, before: list[Future[None]]) -> None:
        for one in before:
            one.result()
        key = self._key(path)
        if not path.is_file() or path.stat().st_size > SMALL:
            if (there := self._bucket.look(key)) is not None:
                return self._same_size(path, there)
            if not path.is_file():
                raise IntegrityError(
                    f"{key} is gone from {self.address} and from this machine; run again to make it anew"
                )
        if path.stat().st_size > AT_ONCE:
            self._bucket.put(key, path)
        else:
            self._bucket.create(key, path)
        return None

    def _same_size(self, path: Path, there: Kept) -> None:
        if path.is_file() and path.stat().st_size != there.size:
            raise IntegrityError(
                f"{self.address}/{there.key} has {there.size:,} bytes where it was made with {path.stat().st_size:,}; remove "
                "it there and run again"
            )

    def replace(self, path: Path, data: bytes) -> None:
        """Put `data` there and here, after everything sent before."""
        self.flush()
        self._bucket.put(self._key(path), data)
        write_once(path, data)

    def create(self, path: Path, data: bytes) -> bool:
        """Put `data` there if nothing is; the first of all machines wins. Everything sent before is kept by then."""
        self.flush()
        if self._bucket.create(self._key(path), data) is None:
            return False
        write_once(path, data)
        return True

    def link(self, path: Path, name: Path) -> None:
        """A hard link here and a copy inside the bucket."""
        self.flush()
        if not self.fetch(path):
            raise IntegrityError(f"{self.address}/{self._key(path)} is gone; run `instructory verify`")
        self._bucket.copy(self._key(path), self._key(name))
        link(path, name)

    def files(self, folder: Path, strays: bool = False) -> list[StoredFile]:
        """What the bucket has below a folder."""
        there = {
            self.root / kept.key: StoredFile(self.root / kept.key, kept.size, kept.changed)
            for kept in self._bucket.list(f"{self._key(folder)}/")
            if not any(part.startswith(".") for part in kept.key.split("/"))
        }
        for path in files_below(folder) if strays else ():
            there.setdefault(path, StoredFile(path, path.stat().st_size, path.stat().st_mtime))
        return [there[path] for path in sorted(there)]

    def delete(self, path: Path) -> None:
        """Remove the object and the copy."""
        self._bucket.delete(self._key(path))
        path.unlink(missing_ok=True)
        with self._lock:
            self._kept.discard(path)

    def flush(self) -> None:
        """Return when everything sent is kept; raise what went wrong first. What failed is sent again when asked for again."""
        with self._lock:
            pending, self._pending = self._pending, []
        wait(pending)
        failures = [error for one in pending if (error := one.exception())]
        if failures:
            with self._lock:
                self._kept.clear()
            raise failures[0]

    def sha256(self, path: Path) -> str | None:
        """The hash of the object's bytes, read from the bucket."""
        pieces = self._bucket.pieces(self._key(path))
        if pieces is None:
            return None
        digest = hashlib.sha256()
        for piece in pieces:
            digest.update(piece)
        return digest.hexdigest()

    def lease(self, dataset: str, holder: str, heartbeat: Callable[[], None]) -> AbstractContextManager[HeldLease]:
        """A lease on `dataset` among all machines."""
        self._require_conditions()
        return s3_lease.lease(self._bucket, self.root, dataset, holder, heartbeat)

    def exclusive(self) -> AbstractContextManager[object]:
        """Be the only machine that writes."""
        self._require_conditions()
        return s3_lease.exclusive(self._bucket, self.root)

    def _require_conditions(self) -> None:
        """A server that takes no notice of conditions would let two machines publish one version."""
        self._bucket.create("id", secrets.token_hex(8).encode())
        if self._bucket.create("id", secrets.token_hex(8).encode()) is not None:
            raise InstructoryError(
                f"{self._bucket.server} replaces objects that it was asked to leave (If-None-Match); a store there would "
                "not be safe, use a server that honours conditional writes"
            )

    def _key(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()


@contextmanager
def _arriving(path: Path) -> Iterator[Path]:
    """A temporary name beside `path`, for a file that is on its way."""
    private_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        yield temporary
    except OSError as error:
        raise InstructoryError(f"cannot write {path}: {error.strerror}; free the disk and run again") from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def _is_whole(key: str, file: Path) -> bool:
    """Whether the bytes that arrived are those that were sent: by their name, or by the seal they end in."""
    folder, _, rest = key.partition("/")
    if folder in NAMED_BY_HASH:
        return sha256_file(file) == Path(rest).name.partition(".")[0]
    return folder == "releases" or not key.endswith(".json") or checksum_holds(file.read_bytes())
