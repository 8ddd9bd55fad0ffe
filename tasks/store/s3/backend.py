"""A store in a bucket; the folder is a working copy, as on every other machine that shares the store.

What a build makes is written to the folder first and uploaded in the background. A record is uploaded after everything before
it, and a release is created after all of that is complete: so a crash leaves no record in the bucket whose objects are missing.
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
from tasks.store.backends import Backend, HeldLease, StoredFile, files_below
from tasks.store.files import private_folder, write_once
from tasks.store.manifest import checksum_holds
from tasks.store.s3 import lease as s3_lease
from tasks.store.s3.bucket import AT_ONCE, Bucket

UPLOADS_AT_ONCE: Final = 8
SMALL: Final = 64 << 10
"""Bytes up to which a file is uploaded without asking first whether it exists: both requests cost the same."""
NAMED_BY_HASH: Final = ("raw", "objects", "journals")
"""Folders whose files are named by the sha256 of their bytes."""


class S3Backend(Backend):
    """A `Backend` for a bucket and the folder `root`, its working copy."""

    is_shared = True

    def __init__(self, root: Path, address: str, endpoint: str) -> None:
        super().__init__(root, address)
        self._bucket = Bucket(address, endpoint)
        self._lock = Lock()
        self._uploaded: set[Path] = set()
        """Files that the bucket is known to have, since this process uploaded or downloaded them."""
        self._pending: list[Future[None]] = []
        self._pool: ThreadPoolExecutor | None = None

    def fetch(self, path: Path) -> bool:
        """Have the file in the folder; a download is checked by its name, or by the checksum in it."""
        return path.is_file() or self.refresh(path)

    def refresh(self, path: Path) -> bool:
        """Download the file as the bucket has it now. IntegrityError if that is damaged."""
        pieces = self._bucket.pieces(self._key(path))
        if pieces is None:
            return False
        with _download_name(path) as temporary:
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
            self._uploaded.add(path)
        return True

    def has(self, path: Path, size: int) -> bool:
        """Whether the local copy or the object in the bucket has so many bytes."""
        if path.is_file() and path.stat().st_size == size:
            return True
        found = self._bucket.look(self._key(path))
        return found is not None and found.size == size

    def upload(self, path: Path) -> None:
        """Upload a file in the background; a record waits for everything uploaded before it."""
        with self._lock:
            if path in self._uploaded:
                return
            self._uploaded.add(path)
            if self._pool is None:
                self._pool = ThreadPoolExecutor(UPLOADS_AT_ONCE, thread_name_prefix="s3")
            # uploads start in the order of submission, so one that waits for others never blocks them
            before = list(self._pending) if path.suffix == ".json" else []
            self._pending = [one for one in self._pending if not one.done() or one.exception()]
            self._pending.append(self._pool.submit(self._send, path, before))

    def _send(self, path: Path, before: list[Future[None]]) -> None:
        for one in before:
            one.result()
        key = self._key(path)
        if not path.is_file() or path.stat().st_size > SMALL:
            if (found := self._bucket.look(key)) is not None:
                if path.is_file() and path.stat().st_size != found.size:
                    raise IntegrityError(
                        f"{self.address}/{key} has {found.size:,} bytes where it was made with {path.stat().st_size:,}; remove "
                        "it there and run again"
                    )
                return
            if not path.is_file():
                raise IntegrityError(
                    f"{key} is gone from {self.address} and from this machine; run again to make it anew"
                )
        if path.stat().st_size > AT_ONCE:
            self._bucket.put(key, path)
        else:
            self._bucket.create(key, path)

    def replace(self, path: Path, data: bytes) -> None:
        """Put `data` into the bucket and the folder, after every earlier upload is complete."""
        self.flush()
        self._bucket.put(self._key(path), data)
        write_once(path, data)

    def create(self, path: Path, data: bytes) -> bool:
        """Put `data` into the bucket if nothing is there, once every earlier upload is complete; the first machine wins."""
        self.flush()
        if self._bucket.create(self._key(path), data) is None:
            return False
        write_once(path, data)
        return True

    def link(self, path: Path, name: Path) -> None:
        """A hard link in the folder and a copy inside the bucket."""
        self.flush()
        if not self.fetch(path):
            raise IntegrityError(f"{self.address}/{self._key(path)} is gone; run `instructory verify`")
        self._bucket.copy(self._key(path), self._key(name))
        super().link(path, name)

    def files(self, folder: Path, strays: bool = False) -> list[StoredFile]:
        """The objects that the bucket has below a folder; with `strays`, also files that only the folder has."""
        found = {
            self.root / one.key: StoredFile(self.root / one.key, one.size, one.changed)
            for one in self._bucket.list(f"{self._key(folder)}/")
            if not any(part.startswith(".") for part in one.key.split("/"))
        }
        for path in files_below(folder) if strays else ():
            found.setdefault(path, StoredFile(path, path.stat().st_size, path.stat().st_mtime))
        return [found[path] for path in sorted(found)]

    def delete(self, path: Path) -> None:
        """Remove the object and the local copy."""
        self._bucket.delete(self._key(path))
        path.unlink(missing_ok=True)
        with self._lock:
            self._uploaded.discard(path)

    def flush(self) -> None:
        """Return when every upload is complete; raises the first error. A failed upload is tried again by the next `upload`."""
        with self._lock:
            pending, self._pending = self._pending, []
        wait(pending)
        failures = [error for one in pending if (error := one.exception())]
        if failures:
            with self._lock:
                self._uploaded.clear()
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
        self._require_conditional_puts()
        return s3_lease.lease(self._bucket, self.root, dataset, holder, heartbeat)

    def exclusive(self) -> AbstractContextManager[object]:
        """A lease on the whole store among all machines."""
        self._require_conditional_puts()
        return s3_lease.exclusive(self._bucket, self.root)

    def _require_conditional_puts(self) -> None:
        """InstructoryError for a server that ignores conditions: it would let two machines publish one version."""
        self._bucket.create("id", secrets.token_hex(8).encode())
        if self._bucket.create("id", secrets.token_hex(8).encode()) is not None:
            raise InstructoryError(
                f"{self._bucket.server} replaces objects that it was asked to leave (If-None-Match); a store there would "
                "not be safe, use a server that honours conditional writes"
            )

    def _key(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()


@contextmanager
def _download_name(path: Path) -> Iterator[Path]:
    """A temporary name beside `path`, for a file that is being downloaded."""
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
    """Whether the bytes downloaded are those that were uploaded: by their name, or by the checksum at their end."""
    folder, _, rest = key.partition("/")
    if folder in NAMED_BY_HASH:
        return sha256_file(file) == Path(rest).name.partition(".")[0]
    return folder == "releases" or not key.endswith(".json") or checksum_holds(file.read_bytes())
