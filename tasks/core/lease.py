"""One writer per dataset: a lease that ends with the process that holds it, however that process ends."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tasks.core.errors import InstructoryError
from tasks.core.files import private_folder


@contextmanager
def lease(root: Path, dataset: str, holder: str) -> Iterator[None]:
    """Hold the lease on `dataset`, or InstructoryError naming who holds it and since when.

    The kernel drops the lock when the holder dies, even by kill -9, so no lease is ever left behind; and while it is
    held no other process can have it, so nothing that a dead holder began can be published by two.
    """
    path = private_folder(root / "leases") / f"{dataset}.lock"
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InstructoryError(
                f"{dataset} is being built by {_holder(path)}; wait for it, or stop it first"
            ) from None
        file.truncate(0)
        since = datetime.now(UTC).isoformat(timespec="seconds")
        file.write(json.dumps({"holder": holder, "pid": os.getpid(), "since": since}))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def _holder(path: Path) -> str:
    try:
        said = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return "another run"
    return f"run {said['holder']} (process {said['pid']}, since {said['since']})"
