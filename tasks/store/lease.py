"""One writer per dataset: a lease that ends with the process that holds it, however that process ends."""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from tasks.core.errors import InstructoryError
from tasks.store.backends import HeldLease
from tasks.store.files import private_folder
from tasks.store.locations import backend_of

CLEARING_SECONDS: Final = 30.0
"""A build that meets somebody clearing up waits this long for the end of that."""

_STORE: Final = ".store.lock"
"""Shared by every lease, alone for whoever clears up; no dataset's name begins with a dot."""


@dataclass(frozen=True)
class Lease:
    """What a writer holds."""

    path: Path
    file: IO[str]
    shared: HeldLease
    """The same among machines, where they share a store."""

    def check(self) -> None:
        """The fence before a release: InstructoryError if the lock's file was removed or replaced, and so another may write."""
        self.shared.check()
        try:
            ours = os.path.samestat(os.fstat(self.file.fileno()), self.path.stat())
        except OSError:
            ours = False
        if not ours:
            raise InstructoryError(
                f"the lease {self.path} was taken away while it was held; nothing was published, run again"
            )


@contextmanager
def lease(root: Path, dataset: str, holder: str, heartbeat: Callable[[], None] = lambda: None) -> Iterator[Lease]:
    """Hold the lease on `dataset`, or InstructoryError naming who holds it and since when.

    The kernel drops the lock when the holder dies, even by kill -9, so no lease is ever left behind; and while it is
    held no other process can have it, so nothing that a dead holder began can be published by two. Where machines share a
    store in a bucket, the lease there is held as well, and `heartbeat` is called from a thread at each of its signs of life.
    """
    folder = private_folder(root / "leases")
    own, store = folder / f"{dataset}.lock", folder / _STORE
    with (
        _locked(store, fcntl.LOCK_SH, lambda: f"{root} is being cleared up; wait for that to end", CLEARING_SECONDS),
        _locked(
            own, fcntl.LOCK_EX, lambda: f"{dataset} is being built by {_holder(own)}; wait for it, or stop it first"
        ) as file,
    ):
        since = datetime.now(UTC).isoformat(timespec="seconds")
        _say(own, file, json.dumps({"holder": holder, "pid": os.getpid(), "since": since}))
        try:
            with backend_of(root).lease(dataset, holder, heartbeat) as shared:
                yield Lease(own, file, shared)
        finally:
            with suppress(OSError):  # a name left behind by a full disk is overwritten by the next holder
                file.truncate(0)


@contextmanager
def exclusive(root: Path) -> Iterator[None]:
    """Be the only one who writes to a store, or InstructoryError naming who does."""
    folder = private_folder(root / "leases")
    with (
        _locked(
            folder / _STORE,
            fcntl.LOCK_EX,
            lambda: f"{root} is in use by {_holders(folder)}; try again when that has ended",
        ),
        backend_of(root).exclusive(),
    ):
        yield


@contextmanager
def _locked(path: Path, how: int, refusal: Callable[[], str], patience: float = 0.0) -> Iterator[IO[str]]:
    deadline = time.monotonic() + patience
    with _open(path) as file:
        while True:
            try:
                fcntl.flock(file, how | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise InstructoryError(refusal()) from None
            time.sleep(0.1)
        yield file


def _open(path: Path) -> IO[str]:
    try:
        return path.open("a+", encoding="utf-8")
    except OSError as error:
        raise InstructoryError(f"cannot write {path}: {error.strerror}; name another folder with --store") from error


def _say(path: Path, file: IO[str], text: str) -> None:
    """Put `text` into a lock's file, in place of what stood there. Unbuffered, so that nothing is left to fail on closing."""
    try:
        os.ftruncate(file.fileno(), 0)
        os.write(file.fileno(), text.encode())
    except OSError as error:
        raise InstructoryError(f"cannot write {path}: {error.strerror}; nothing was begun, run again") from error


def _holders(folder: Path) -> str:
    said = [_holder(path) for path in sorted(folder.glob("[!.]*.lock")) if path.stat().st_size]
    return " and ".join(said) or "another run"


def _holder(path: Path) -> str:
    for _ in range(10):
        time.sleep(0.05)  # whoever took the lock this instant has yet to write its name
        try:
            said = json.loads(path.read_text("utf-8"))
            return f"run {said['holder']} (process {said['pid']}, since {said['since']})"
        except (OSError, ValueError):
            continue
    return "another run"
