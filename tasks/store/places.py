"""Where a store's files are true: this folder, or a bucket of which the folder is a working copy.

`s3://bucket/prefix` has the layout of the folder and is the truth; the folder holds copies of what was read and what was
made here. The file `address` in a folder says which bucket it is a copy of, so a path is all that need be passed around.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from tasks.core.errors import BadInput, IntegrityError
from tasks.core.params import sha256_file
from tasks.store.files import private_folder, publish_once, write_once

_MARK: Final = "address"
_ADDRESS: Final = re.compile(
    r"s3:/{1,2}([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:/(?!\.{1,2}(?:/|$))[\w.=-]+)*)/*", re.ASCII
)
"""One slash will do: a Path made of an address has lost the other."""


@dataclass(frozen=True)
class Found:
    """A finished file of a store."""

    path: Path
    """Where it lies in the folder, or would."""
    size: int
    changed: float
    """Seconds since 1970, by the clock of the place."""
    node: tuple[int, int] = (0, 1)
    """Its inode and how many names that has; (0, 1) where that has no meaning."""


class Fence(Protocol):
    """What the holder of a lease is asked before it publishes."""

    def check(self) -> None:
        """InstructoryError if the lease is no longer ours."""


class Place(Protocol):
    """What a store asks of the place where its files are true. Paths are always those of the folder."""

    @property
    def address(self) -> str:
        """What a person calls the place."""

    def bring(self, path: Path) -> bool:
        """Have the file in the folder; False if there is none. What never changes is not asked for twice."""

    def renew(self, path: Path) -> bool:
        """Have the file in the folder as the place has it now; False if it has none."""

    def has(self, path: Path, size: int) -> bool:
        """Whether the file is there with so many bytes, without bringing it."""

    def send(self, path: Path) -> None:
        """Have the place keep a file that never changes, after all that was sent before; waited for by `settle`."""

    def replace(self, path: Path, data: bytes) -> None:
        """Put `data` at `path` in place of what was there; returns when everything sent before is kept too."""

    def claim(self, path: Path, data: bytes) -> bool:
        """Put `data` at `path` unless something is there. Of all who try, on whatever machine, one is told True."""

    def link(self, path: Path, name: Path) -> None:
        """Give a file that never changes a second name."""

    def found(self, folder: Path, strays: bool = False) -> list[Found]:
        """The finished files below a folder, by name; with `strays`, also copies of what the place no longer has."""

    def drop(self, path: Path) -> None:
        """Remove a file."""

    def settle(self) -> None:
        """Return when everything sent is kept; raise what went wrong with it."""

    def sha256(self, path: Path) -> str | None:
        """The hash of the bytes that the place keeps, read anew; None if there are none."""

    def held(self, dataset: str, holder: str, beat: Callable[[], None]) -> AbstractContextManager[Fence]:
        """A lease on `dataset` among all machines; `beat` is called now and then while it is held."""

    def alone(self) -> AbstractContextManager[object]:
        """Be the only machine that writes."""


class _Free:
    """The lease of a place that no other machine writes to: the kernel's lock is all there is to hold."""

    def check(self) -> None:
        """Nothing."""


class Here:
    """The folder itself."""

    def __init__(self, root: Path) -> None:
        self.address = str(root)

    def bring(self, path: Path) -> bool:
        """Whether it is there."""
        return path.is_file()

    renew = bring

    def has(self, path: Path, size: int) -> bool:
        """Whether it is there with so many bytes."""
        return path.is_file() and path.stat().st_size == size

    def send(self, path: Path) -> None:
        """Nothing: it is where it belongs."""

    def replace(self, path: Path, data: bytes) -> None:
        """Write it."""
        write_once(path, data)

    def claim(self, path: Path, data: bytes) -> bool:
        """A link that fails if the name exists."""
        return publish_once(path, data)

    def link(self, path: Path, name: Path) -> None:
        """A hard link."""
        link(path, name)

    def found(self, folder: Path, strays: bool = False) -> list[Found]:
        """What lies there; names that begin with a dot were being written."""
        del strays
        return [_facts(path) for path in files_below(folder)]

    def drop(self, path: Path) -> None:
        """Remove it."""
        path.unlink()

    def settle(self) -> None:
        """Nothing: what is written is kept."""

    def sha256(self, path: Path) -> str | None:
        """The hash of the file."""
        return sha256_file(path) if path.is_file() else None

    def held(self, dataset: str, holder: str, beat: Callable[[], None]) -> AbstractContextManager[Fence]:
        """Nothing to hold."""
        del dataset, holder, beat
        return nullcontext(_Free())

    def alone(self) -> AbstractContextManager[object]:
        """Nothing to hold."""
        return nullcontext()


def place_of(root: Path) -> Place:
    """Where the files of the folder `root` are true."""
    if (mark := root / _MARK).is_file():
        from tasks.store.remote.place import Remote

        said = json.loads(mark.read_text("utf-8"))
        return Remote(root, said["address"], said["endpoint"])
    return Here(root)


def located(store: Path | str) -> Path:
    """The folder of a store: itself, or the working copy of an address, made if absent. BadInput for an address that is none."""
    said = str(store)
    if not re.match(r"\w+:/", said):
        return Path(store)
    if not (match := _ADDRESS.fullmatch(said)):
        raise BadInput(
            "--store: an address is s3://bucket/prefix, of letters, digits and . _ - =; keys come from the environment"
        )
    address = f"s3://{match[1]}{match[2]}"
    mark = json.dumps({"address": address, "endpoint": endpoint()})
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    root = private_folder(cache.absolute() / "instructory" / hashlib.sha256(mark.encode()).hexdigest()[:16])
    if not (root / _MARK).exists():
        publish_once(root / _MARK, mark.encode())
    return root


def another_copy(root: Path, folder: Path) -> Path:
    """`folder`, made a second, empty working copy of what `root` is a copy of; `root` itself if that is the truth."""
    if not (mark := root / _MARK).is_file():
        return root
    write_once(folder / _MARK, mark.read_bytes())
    return folder


def endpoint() -> str:
    """The server that the environment names; empty for Amazon's."""
    names = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
    return next((value.rstrip("/") for name in names if (value := os.environ.get(name))), "")


def shown(root: Path) -> str:
    """What a person calls the store in the folder `root`: its address, or the folder."""
    mark = root / _MARK
    return str(json.loads(mark.read_text("utf-8"))["address"]) if mark.is_file() else str(root)


def files_below(folder: Path) -> list[Path]:
    """Finished files, by name."""
    return sorted(path for path in folder.rglob("*") if not path.name.startswith(".") and path.is_file())


def link(path: Path, name: Path) -> None:
    """A hard link; one that is there already stays."""
    try:
        os.link(path, name)
    except FileExistsError:
        return
    except FileNotFoundError as error:
        raise IntegrityError(f"{path} is gone; run `instructory verify`") from error


def _facts(path: Path) -> Found:
    facts = path.stat()
    return Found(path, facts.st_size, facts.st_mtime, (facts.st_ino, facts.st_nlink))
