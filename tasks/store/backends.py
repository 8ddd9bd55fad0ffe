"""Where the authoritative copy of a store's files is: in a folder, or in a bucket of which the folder is a working copy.

`Backend` is the folder itself; `tasks.store.s3.backend` has that of a bucket.
"""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from tasks.core.errors import IntegrityError
from tasks.core.params import sha256_file
from tasks.store.files import publish_once, write_once


@dataclass(frozen=True)
class StoredFile:
    """A finished file of a store."""

    path: Path
    """Where it is in the folder, or would be."""
    size: int
    """Bytes."""
    changed: float
    """Seconds since 1970, by the clock of the backend."""
    node: tuple[int, int] = (0, 1)
    """Its inode and how many names that has; (0, 1) where that has no meaning."""


class HeldLease:
    """A lease that a build holds, asked once more before the build publishes. That of a folder: only this machine writes to it,
    so the kernel's lock, taken in `tasks.store.lease`, is enough."""

    def check(self) -> None:
        """InstructoryError if the lease is no longer ours, which one of a folder always is."""


class Backend:
    """Where the authoritative copy of a store's files is: the folder itself, so what is written there needs no upload. A subclass
    is a bucket, of which the folder is a working copy. Paths are always those of the folder."""

    is_shared = False
    """Whether other machines use the store too."""

    def __init__(self, root: Path, address: str = "") -> None:
        self.root = root
        self.address = address or str(root)
        """The store's name in messages: its folder, or s3://…"""

    def fetch(self, path: Path) -> bool:
        """Have the file in the folder; False if it does not exist. A file that never changes is downloaded once."""
        return path.is_file()

    def refresh(self, path: Path) -> bool:
        """Have the file in the folder as the backend has it now; False if it does not exist."""
        return path.is_file()

    def has(self, path: Path, size: int) -> bool:
        """Whether the file exists with so many bytes; nothing is downloaded."""
        return path.is_file() and path.stat().st_size == size

    def upload(self, path: Path) -> None:
        """Start to upload a file that never changes, after everything uploaded before; `flush` waits for it."""

    def replace(self, path: Path, data: bytes) -> None:
        """Put `data` at `path` in place of what was there; returns when that and every earlier upload is complete."""
        write_once(path, data)

    def create(self, path: Path, data: bytes) -> bool:
        """Put `data` at `path` unless something is there. Of all processes that try, on any machine, one gets True."""
        return publish_once(path, data)

    def link(self, path: Path, name: Path) -> None:
        """Give a file that never changes a second name, which may be there already; IntegrityError if it does not exist."""
        try:
            os.link(path, name)
        except FileExistsError:
            return
        except FileNotFoundError as error:
            raise IntegrityError(f"{path} is gone; run `instructory verify`") from error

    def files(self, folder: Path, strays: bool = False) -> list[StoredFile]:
        """The finished files below a folder, by name; with `strays`, also local copies of files that the backend has no more."""
        del strays
        found = []
        for path in files_below(folder):
            facts = path.stat()
            found.append(StoredFile(path, facts.st_size, facts.st_mtime, (facts.st_ino, facts.st_nlink)))
        return found

    def delete(self, path: Path) -> None:
        """Remove a file."""
        path.unlink()

    def flush(self) -> None:
        """Return when every upload is complete; raises the first error that one met."""

    def sha256(self, path: Path) -> str | None:
        """The hash of the file's bytes, read anew from the backend; None if it does not exist."""
        return sha256_file(path) if path.is_file() else None

    def lease(self, dataset: str, holder: str, heartbeat: Callable[[], None]) -> AbstractContextManager[HeldLease]:
        """A lease on `dataset` among all machines; `heartbeat` is called each time the lease is renewed."""
        del dataset, holder, heartbeat
        return nullcontext(HeldLease())

    def exclusive(self) -> AbstractContextManager[object]:
        """A lease on the whole store among all machines."""
        return nullcontext()


def files_below(folder: Path) -> list[Path]:
    """The finished files below a folder, by name."""
    return sorted(path for path in folder.rglob("*") if not path.name.startswith(".") and path.is_file())
