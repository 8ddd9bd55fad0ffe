"""Publishes into a folder: a new one is made ready beside it and takes its name when it is whole.

An older version in the folder goes only then. What a killed run left beside it is gone on with; files that both versions have are
linked rather than copied, where the file system can.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tasks.core.errors import BadInput, InstructoryError
from tasks.core.params import sha256_file
from tasks.release.publishing.listing import MANIFEST, FileToPublish, ListedFile, Publication, PublishedFiles, read_list
from tasks.store.files import copy_once, sync_folder, write_once


def to_folder(publication: Publication, folder: Path) -> PublishedFiles:
    """Make `folder` hold exactly what is published. BadInput if it holds something else, or another dataset."""
    folder = folder.resolve()
    files = publication.files
    try:
        there = _published_before(publication, folder)
        ready = folder.with_name(f".{folder.name}.publishing")
        with _alone(ready):
            if there and _is_whole(publication, folder):
                for left in (ready, _before(folder)):
                    shutil.rmtree(left, ignore_errors=True)
                return PublishedFiles(str(folder), 0, 0, len(files))
            copied = [one for one in files if _prepare(one, ready, folder)]
            _remove_others(publication, ready)
            write_once(ready / MANIFEST, publication.manifest)
            _exchange(ready, folder)
    except OSError as error:
        raise InstructoryError(f"cannot publish to {folder}: {error.strerror}; the same command goes on") from error
    return PublishedFiles(str(folder), len(copied), sum(one.listed.size for one in copied), len(files) - len(copied))


def _published_before(publication: Publication, folder: Path) -> bool:
    """Whether the folder holds a version of the dataset and nothing else; False where it is empty or not there."""
    if not folder.exists():
        return False
    if not folder.is_dir():
        raise BadInput(f"{folder} is a file; name a folder")
    manifest = folder / MANIFEST
    listed = read_list(manifest.read_bytes() if manifest.is_file() else None, str(folder), publication.listed.dataset)
    known = listed.names | {MANIFEST} if listed else set()
    if others := sorted(_names(folder) - known):
        raise BadInput(f"{folder} holds {others[0]}, which `publish` did not write; name a new folder, or move it away")
    return listed is not None


def _is_whole(publication: Publication, folder: Path) -> bool:
    """Whether the folder holds just this version, byte by byte."""
    same = (folder / MANIFEST).read_bytes() == publication.manifest
    return same and all(_is(folder / file.name, file.listed) for file in publication.files)


def _prepare(file: FileToPublish, ready: Path, folder: Path) -> bool:
    """Have a file in the folder that is made ready; returns whether it was copied there."""
    target = ready / file.name
    if _is(target, file.listed):
        return False
    target.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    if _is(folder / file.name, file.listed):
        try:
            os.link(folder / file.name, target)
        except OSError:  # a file system without links
            pass
        else:
            return False
    if isinstance(file.content, bytes):
        write_once(target, file.content)
    else:
        copy_once(file.content, target, file.listed.sha256)
    return True


def _is(path: Path, listed: ListedFile) -> bool:
    return path.is_file() and path.stat().st_size == listed.size and sha256_file(path) == listed.sha256


def _names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}


def _remove_others(publication: Publication, ready: Path) -> None:
    """What a killed run made ready for another version."""
    for name in _names(ready) - publication.listed.names:
        (ready / name).unlink()


def _exchange(ready: Path, folder: Path) -> None:
    """Give the folder that is ready its name. Killed between the two steps, there is none by that name until the next run."""
    before = _before(folder)
    shutil.rmtree(before, ignore_errors=True)
    if folder.exists():
        shutil.copymode(folder, ready)
        folder.rename(before)
    try:
        ready.rename(folder)
    except OSError:
        if before.exists():
            before.rename(folder)
        raise
    sync_folder(folder.parent)
    shutil.rmtree(before, ignore_errors=True)


def _before(folder: Path) -> Path:
    """The name of an older version for the time of the exchange."""
    return folder.with_name(f".{folder.name}.before")


@contextmanager
def _alone(ready: Path) -> Iterator[None]:
    """The folder that is made ready, while no other process has it."""
    ready.mkdir(parents=True, exist_ok=True)
    handle = os.open(ready, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise InstructoryError(f"another process publishes to {ready}; run again when it has ended") from None
    finally:
        os.close(handle)
