"""Writing so that a crash at any instant leaves the old state or the new, never a mixture."""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from tasks.core.errors import InstructoryError, IntegrityError

TEMPORARY: Final = ".*.tmp"
"""Names of files that were being written; what a kill left of them is never read."""


def private_folder(path: Path) -> Path:
    """`path` as a folder only its owner can enter, made if absent, and on disk before anything is put into it."""
    try:
        _make(path)
    except OSError as error:
        raise InstructoryError(f"cannot write to {path}: {error.strerror}; name another folder with --store") from error
    return path


def inside(root: Path, path: Path) -> Path:
    """`path`, if it lies below `root` however many links stand between; IntegrityError if it leads out."""
    if not path.resolve().is_relative_to(root.resolve()):
        raise IntegrityError(f"{path} leads out of {root}; remove the link, or the record that names it")
    return path


def write_once(path: Path, data: bytes) -> None:
    """Put `data` at `path`: temporary name, fsync, rename, fsync of the folder. Equal names must mean equal bytes."""
    with _written(path, data) as temporary:
        temporary.replace(path)
        _sync_folder(path.parent)


def copy_once(source: Path, path: Path, sha256: str) -> None:
    """Put a copy of the file `source` at `path`, like `write_once` but a piece at a time; InstructoryError if its bytes are no
    longer those of `sha256`."""
    private_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    digest = hashlib.sha256()
    try:
        with source.open("rb") as old, temporary.open("xb") as new:
            while piece := old.read(1 << 20):
                digest.update(piece)
                new.write(piece)
            new.flush()
            os.fsync(new.fileno())
        if digest.hexdigest() != sha256:
            raise InstructoryError(f"{source} changed while it was read; run again")
        temporary.replace(path)
        _sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def publish_once(path: Path, data: bytes) -> bool:
    """Put `data` at `path` unless something is there: a link that fails if it exists. Tells whether it was published."""
    with _written(path, data) as temporary:
        try:
            os.link(temporary, path)
        except FileExistsError:
            return False
        try:
            _sync_folder(path.parent)
        except OSError:  # not known to be on disk, so not published
            path.unlink()
            raise
    return True


@contextmanager
def _written(path: Path, data: bytes) -> Iterator[Path]:
    """`data` on disk under a temporary name beside `path`, for as long as the context lasts."""
    private_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    except OSError as error:
        raise InstructoryError(f"cannot write {path}: {error.strerror}; nothing was published, run again") from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def _make(path: Path) -> None:
    if not path.is_dir():
        _make(path.parent)
        path.mkdir(exist_ok=True, mode=0o700)
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
