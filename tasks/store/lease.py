"""One writer per dataset: a lease that ends with the process that holds it, also when that process is killed."""

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
"""How long a build waits while `instructory gc` is running."""

_STORE_LOCK: Final = ".store.lock"
"""Locked shared by every build and exclusively by `gc`; no dataset's name begins with a dot."""


@dataclass(frozen=True)
class Lease:
    """The lease that a build holds on its dataset."""

    path: Path
    file: IO[str]
    shared: HeldLease
    """The lease among machines, where they share a store in a bucket."""

    def check(self) -> None:
        """InstructoryError if the lock's file was removed or replaced, so that another may hold it. Called before a release."""
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
    """Hold the lease on `dataset`, or InstructoryError naming the run that holds it and since when.

    It is a lock of the kernel, which drops it when the process dies, even by kill -9: no lease is left behind. Where machines
    share a store in a bucket, a lease in the bucket is held as well; a thread renews it and calls `heartbeat` each time.
    """
    folder = private_folder(root / "leases")
    own, store = folder / f"{dataset}.lock", folder / _STORE_LOCK
    with (
        _locked(store, fcntl.LOCK_SH, lambda: f"{root} is being cleared up; wait for that to end", CLEARING_SECONDS),
        _locked(
            own, fcntl.LOCK_EX, lambda: f"{dataset} is being built by {_holder(own)}; wait for it, or stop it first"
        ) as file,
    ):
        since = datetime.now(UTC).isoformat(timespec="seconds")
        try:  # unbuffered, so that no write is left to fail when the file is closed
            os.ftruncate(file.fileno(), 0)
            os.write(file.fileno(), json.dumps({"holder": holder, "pid": os.getpid(), "since": since}).encode())
        except OSError as error:
            raise InstructoryError(f"cannot write {own}: {error.strerror}; nothing was begun, run again") from error
        try:
            with backend_of(root).lease(dataset, holder, heartbeat) as shared:
                yield Lease(own, file, shared)
        finally:
            with suppress(OSError):  # the next holder overwrites a name that stays because the disk is full
                file.truncate(0)


@contextmanager
def exclusive(root: Path) -> Iterator[None]:
    """Keep every build out of a store, or InstructoryError naming the runs that are using it."""
    folder = private_folder(root / "leases")
    with (
        _locked(
            folder / _STORE_LOCK,
            fcntl.LOCK_EX,
            lambda: f"{root} is in use by {_holders(folder)}; try again when that has ended",
        ),
        backend_of(root).exclusive(),
    ):
        yield


@contextmanager
def _locked(path: Path, mode: int, refusal: Callable[[], str], seconds: float = 0.0) -> Iterator[IO[str]]:
    """Hold a lock of the kernel on a file; InstructoryError with `refusal` if another holds it for longer than `seconds`."""
    deadline = time.monotonic() + seconds
    try:
        opened = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise InstructoryError(f"cannot write {path}: {error.strerror}; name another folder with --store") from error
    with opened as file:
        while True:
            try:
                fcntl.flock(file, mode | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise InstructoryError(refusal()) from None
            time.sleep(0.1)
        yield file


def _holders(folder: Path) -> str:
    holders = [_holder(path) for path in sorted(folder.glob("[!.]*.lock")) if path.stat().st_size]
    return " and ".join(holders) or "another run"


def _holder(path: Path) -> str:
    for _ in range(10):
        time.sleep(0.05)  # a process that has just taken the lock has yet to write its name
        try:
            record = json.loads(path.read_text("utf-8"))
            return f"run {record['holder']} (process {record['pid']}, since {record['since']})"
        except (OSError, ValueError):
            continue
    return "another run"
