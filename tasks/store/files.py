"""Writing files so that a crash at any moment leaves the old content or the new, never a mixture."""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from tasks.core.errors import BadInput, InstructoryError, IntegrityError

TEMPORARY: Final = ".*.tmp"
"""Names of files that are being written. A killed process may leave them behind; they are never read."""


def private_folder(path: Path) -> Path:
    """`path`, made a folder that only its owner can enter, if absent, and written to disk before it is used."""
    try:
        _make(path)
    except OSError as error:
        raise InstructoryError(f"cannot write to {path}: {error.strerror}; name another folder with --store") from error
    return path


def inside(root: Path, path: Path) -> Path:
    """`path`, if it is below `root` once all symbolic links are followed; IntegrityError otherwise."""
    if not path.resolve().is_relative_to(root.resolve()):
        raise IntegrityError(f"{path} leads out of {root}; remove the link, or the record that names it")
    return path


def write_once(path: Path, data: bytes) -> None:
    """Write `data` to `path`: temporary name, fsync, rename, fsync of the folder."""
    with _written(path, data) as temporary:
        temporary.replace(path)
        sync_folder(path.parent)


def copy_once(source: Path, path: Path, sha256: str) -> None:
    """Copy the file `source` to `path` as `write_once` does, a megabyte at a time.

    InstructoryError if its bytes no longer have the hash `sha256`.
    """
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
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def publish_once(path: Path, data: bytes) -> bool:
    """Write `data` to `path` with a link that fails if `path` exists; returns whether it was written."""
    with _written(path, data) as temporary:
        try:
            os.link(temporary, path)
        except FileExistsError:
            return False
        try:
            sync_folder(path.parent)
        except OSError:  # perhaps not on disk, so not published
            path.unlink()
            raise
    return True


_UNUSABLE: Final = (FileExistsError, FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError)
"""What the system says of a path at which a file of this user can't be."""


@contextmanager
def replaced(out: Path) -> Iterator[Path]:
    """A temporary path beside `out`, for a file that a person asked for: what is written there takes the place of `out` at the end
    of the block, on disk, whole or not at all. BadInput where `out` is no place for a file of this user, InstructoryError where it
    cannot be written for another reason, such as a full disk."""
    temporary = out.with_name(f".{out.name}.{secrets.token_hex(6)}.tmp")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
            temporary.replace(out)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        kind = BadInput if isinstance(error, _UNUSABLE) else InstructoryError
        raise kind(f"cannot write {out}: {error.strerror or error}; name another file with --out") from error


@contextmanager
def _written(path: Path, data: bytes) -> Iterator[Path]:
    """`data` on disk under a temporary name beside `path`, which is removed at the end of the block."""
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
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
