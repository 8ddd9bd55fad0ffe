"""One writer per dataset among machines: an object in the bucket that only one of them can have put there.

    leases/<dataset>.json   which run holds it, on which machine, a fencing number that rises with every holder, how long it lasts

Taken and renewed by conditional puts: whoever replaces the object must name its tag, so of two that try, one fails. The holder
puts it again every quarter of its time. Another machine compares the time of the last put with the time of a put of its own,
both by the server's clock, so machines' clocks need not agree. A lease that a killed process left behind is taken over at once
by the same machine, whose kernel's lock shows that the process is gone, and by others when its time is over.
"""

import json
import os
import platform
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tasks.core.errors import BadInput, InstructoryError
from tasks.store.backends import HeldLease
from tasks.store.files import publish_once
from tasks.store.s3.bucket import Bucket, S3Object

SECONDS: Final = 60.0
"""How long a lease lasts when its machine dies, unless INSTRUCTORY_LEASE_SECONDS is set where it is taken."""
RENEWALS: Final = 4
"""Renewals within that time: three of them may fail."""
GRAIN: Final = 2.0
"""Seconds added before a lease counts as over: servers give times in whole seconds."""
CLEARING_SECONDS: Final = 30.0
"""How long a build waits while `instructory gc` is running."""
_CLEARING: Final = "leases/.clearing.json"


class S3Lease(HeldLease):
    """A lease that this process holds and a thread renews; `check` before anything is published."""

    def __init__(
        self, bucket: Bucket, key: str, record: dict[str, Any], tag: str, heartbeat: Callable[[], None]
    ) -> None:
        self.fencing_number: int = record["fence"]
        self._bucket, self._key, self._record, self._tag = bucket, key, record, tag
        self._heartbeat = heartbeat
        self._lost_to = ""
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep_renewing, name="lease", daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Renew the lease; InstructoryError if another process has taken it. Called before a release."""
        self._renew()
        if self._lost_to:
            name = self._key.removeprefix("leases/").removesuffix(".json")
            raise InstructoryError(
                f"the lease on {name} was taken over by {self._lost_to}; nothing was published, run again"
            )

    def end(self) -> None:
        """Give the lease up. Where the bucket cannot be reached, it ends by its time."""
        self._ended.set()
        self._thread.join()
        with suppress(InstructoryError):
            self._put({**self._record, "token": ""})

    def _keep_renewing(self) -> None:
        while not self._ended.wait(self._record["seconds"] / RENEWALS) and not self._lost_to:
            with suppress(InstructoryError):  # the bucket is away; if it stays away, `check` raises
                self._renew()
                self._heartbeat()

    def _renew(self) -> None:
        with self._lock:
            self._record["beats"] += 1
            self._put(self._record)

    def _put(self, record: dict[str, Any]) -> None:
        if self._lost_to:
            return
        if (tag := self._bucket.swap(self._key, json.dumps(record).encode(), self._tag)) is None:
            found = _read(self._bucket, self._key)
            if found is None or found[0]["token"] != self._record["token"]:
                self._lost_to = _holder(found[0]) if found else "somebody who removed it"
                return
            tag = found[1].tag  # the last put succeeded, and only its answer was lost
        self._tag = tag


@contextmanager
def lease(bucket: Bucket, root: Path, dataset: str, holder: str, heartbeat: Callable[[], None]) -> Iterator[S3Lease]:
    """Hold the lease on `dataset`, or InstructoryError naming its holder, the machine, and when it ends at the latest.

    To be called under the kernel's lock for the same dataset: a lease of this machine was then left behind.
    """
    taken = _take(bucket, root, f"leases/{dataset}.json", f"{dataset} is being built", holder, heartbeat)
    try:
        deadline = time.monotonic() + CLEARING_SECONDS
        while (clearing := _read(bucket, _CLEARING)) and _is_alive(bucket, root, *clearing):
            if time.monotonic() >= deadline:
                raise InstructoryError(
                    f"{bucket.address} is being cleared up by {_holder(clearing[0])}; wait for that to end"
                )
            time.sleep(0.5)
        yield taken
    finally:
        taken.end()


@contextmanager
def exclusive(bucket: Bucket, root: Path) -> Iterator[None]:
    """Keep every build out of a store, or InstructoryError naming the runs that are using it.

    `gc` puts its own lease and then looks for those of builds; a build takes its lease and then looks for that of `gc`. So
    whichever is second sees the other.
    """
    taken = _take(bucket, root, _CLEARING, f"{bucket.address} is being cleared up", "gc", lambda: None)
    try:
        others = [
            _read(bucket, found.key)
            for found in bucket.list("leases/")
            if found.key != _CLEARING and found.key.endswith(".json")
        ]
        alive = [_holder(found[0]) for found in others if found and _is_alive(bucket, root, *found)]
        if alive:
            raise InstructoryError(
                f"{bucket.address} is in use by {' and '.join(alive)}; try again when that has ended"
            )
        yield
        taken.check()
    finally:
        taken.end()


def machine(root: Path) -> str:
    """A name for this working copy: drawn once and stored in it, and the host's name, in case the folder is copied."""
    if not (file := root / "machine").exists():
        publish_once(file, secrets.token_hex(8).encode())
    return f"{file.read_text('utf-8').strip()}-{platform.node()}"


def lease_seconds() -> float:
    """Seconds that a lease taken by this process lasts without a renewal. BadInput for an invalid setting."""
    setting = os.environ.get("INSTRUCTORY_LEASE_SECONDS", str(SECONDS))
    try:
        seconds = float(setting)
    except ValueError:
        seconds = 0.0
    if not 2 <= seconds <= 86_400:
        raise BadInput(f"INSTRUCTORY_LEASE_SECONDS={setting}: write seconds between 2 and 86400, e.g. {SECONDS:g}")
    return seconds


def _take(bucket: Bucket, root: Path, key: str, what: str, holder: str, heartbeat: Callable[[], None]) -> S3Lease:
    token = secrets.token_hex(8)
    while True:
        found = _read(bucket, key)
        if found and found[0]["token"] != token and _is_alive(bucket, root, *found):
            raise InstructoryError(
                f"{what} by {_holder(found[0])}; wait for it, or stop it first (should that machine have died, "
                f"its lease ends within {found[0]['seconds'] + GRAIN:g} s)"
            )
        record = {
            "holder": holder,
            "machine": machine(root),
            "host": platform.node(),
            "pid": os.getpid(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
            "fence": found[0]["fence"] + 1 if found else 1,
            "seconds": lease_seconds(),
            "beats": 0,
            "token": token,
        }
        data = json.dumps(record).encode()
        tag = bucket.swap(key, data, found[1].tag) if found else bucket.create(key, data)
        if tag is not None:
            return S3Lease(bucket, key, record, tag, heartbeat)


def _is_alive(bucket: Bucket, root: Path, record: dict[str, Any], found: S3Object) -> bool:
    """Whether a lease holds: it was not given up, belongs to another machine, and its time is not over."""
    if not record["token"] or record["machine"] == machine(root):
        return False
    key = f"leases/.clock-{machine(root)}"
    bucket.put(key, b"")
    now = bucket.look(key)  # the time of a put is the server's time
    return (now.changed if now else 0.0) - found.changed <= float(record["seconds"]) + GRAIN


def _read(bucket: Bucket, key: str) -> tuple[dict[str, Any], S3Object] | None:
    found = bucket.read(key)
    if found is None:
        return None
    try:
        record: dict[str, Any] = json.loads(found[0])
        _holder(record), int(record["fence"]), float(record["seconds"]), str(record["token"]), str(record["machine"])
    except (ValueError, TypeError, KeyError) as error:
        raise InstructoryError(f"{bucket.address}/{key} is no lease of ours; remove it there and run again") from error
    return record, found[1]


def _holder(record: dict[str, Any]) -> str:
    return f"run {record['holder']} on {record['host']} (process {record['pid']}, since {record['since']})"
