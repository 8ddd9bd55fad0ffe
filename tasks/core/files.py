"""Writing so that a crash at any instant leaves the old state or the new, never a mixture."""

import os
import secrets
from pathlib import Path

from tasks.core.errors import InstructoryError


def private_folder(path: Path) -> Path:
    """`path` as a folder only its owner can enter, made if absent."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise InstructoryError(f"cannot write to {path}: {error.strerror}; name another folder with --store") from error
    return path


def write_once(path: Path, data: bytes) -> None:
    """Put `data` at `path`: temporary name, fsync, rename, fsync of the folder. Equal names must mean equal bytes."""
    temporary = _written(path, data)
    temporary.replace(path)
    _sync_folder(path.parent)


def publish_once(path: Path, data: bytes) -> bool:
    """Put `data` at `path` unless something is there: a link that fails if it exists. Tells whether it was published."""
    temporary = _written(path, data)
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    finally:
        temporary.unlink()
    _sync_folder(path.parent)
    return True


def _written(path: Path, data: bytes) -> Path:
    private_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise InstructoryError(f"cannot write {path}: {error.strerror}; nothing was published, run again") from error
    return temporary


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
