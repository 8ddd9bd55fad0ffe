"""One writer per dataset among machines: an object in the bucket that only one of them can have put there.

    leases/<dataset>.json   who holds it, on which machine, the fence (a number that rises with every holder), how long it lasts

Taken and kept by conditional puts: whoever replaces it must name the tag of what it replaces, so of two that try one is told
no. The holder puts it again every quarter of its time. Whoever meets it compares the time of the last put with the time of a
put of its own, both by the server's clock, so no two machines' clocks need agree. What a holder left behind when it was killed
is taken over at once by the same machine, where the kernel's lock tells that it is gone, and by others when its time is over.
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
from tasks.store.files import publish_once
from tasks.store.s3.bucket import Bucket, Kept

SECONDS: Final = 60.0
"""How long the lease of a machine that died lasts, unless INSTRUCTORY_LEASE_SECONDS says otherwise where it is taken."""
BEATS: Final = 4
"""Signs of life within that time: three may be lost."""
GRAIN: Final = 2.0
"""Seconds added before a lease counts as over: servers tell times in whole seconds."""
CLEARING_SECONDS: Final = 30.0
"""A build that meets somebody clearing up waits this long for the end of that."""
_CLEARING: Final = "leases/.clearing.json"


class S3Lease:
    """What a writer holds; `check` before anything is published."""

    def __init__(
        self, bucket: Bucket, key: str, record: dict[str, Any], tag: str, heartbeat: Callable[[], None]
    ) -> None:
        self.fencing_token: int = record["fence"]
        self._bucket, self._key, self._record, self._tag = bucket, key, record, tag
        self._heartbeat = heartbeat
        self._lost = ""
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._live, name="lease", daemon=True)
        self._thread.start()

    def check(self) -> None:
        """The fence before a release: put once more, which fails if anyone else has taken it since."""
        self._renew()
        if self._lost:
            raise InstructoryError(
                f"the lease on {self._name} was taken over by {self._lost}; nothing was published, run again"
            )

    def end(self) -> None:
        """Let go. Where that cannot be said, the time of the lease ends it."""
        self._over.set()
        self._thread.join()
        with suppress(InstructoryError):
            self._put({**self._record, "token": ""})

    @property
    def _name(self) -> str:
        return self._key.removeprefix("leases/").removesuffix(".json")

    def _live(self) -> None:
        while not self._over.wait(self._record["seconds"] / BEATS) and not self._lost:
            with suppress(InstructoryError):  # away for a moment; if for long, `check` tells
                self._renew()
                self._heartbeat()

    def _renew(self) -> None:
        with self._lock:
            self._record["beats"] += 1
            self._put(self._record)

    def _put(self, record: dict[str, Any]) -> None:
        if self._lost:
            return
        if (tag := self._bucket.swap(self._key, _said(record), self._tag)) is None:
            found = _read(self._bucket, self._key)
            if found is None or found[0]["token"] != self._record["token"]:
                self._lost = _holder(found[0]) if found else "somebody who removed it"
                return
            tag = found[1].tag  # the last put was ours, and only its answer got lost
        self._tag = tag


@contextmanager
def lease(bucket: Bucket, root: Path, dataset: str, holder: str, heartbeat: Callable[[], None]) -> Iterator[S3Lease]:
    """Hold the lease on `dataset`, or InstructoryError naming who holds it, where, and when it ends at the latest.

    To be called under the kernel's lock for the same dataset: what this machine holds by then was left behind.
    """
    taken = _taken(bucket, root, f"leases/{dataset}.json", f"{dataset} is being built", holder, heartbeat)
    try:
        _await_clearing(bucket, root)
        yield taken
    finally:
        taken.end()


@contextmanager
def exclusive(bucket: Bucket, root: Path) -> Iterator[None]:
    """Be the only one who writes to a store, or InstructoryError naming who does.

    Whoever clears up says so and then looks for builds; a build takes its lease and then looks for whoever clears up. One sees
    the other.
    """
    taken = _taken(bucket, root, _CLEARING, f"{bucket.address} is being cleared up", "gc", lambda: None)
    try:
        others = [
            _read(bucket, kept.key)
            for kept in bucket.list("leases/")
            if kept.key != _CLEARING and kept.key.endswith(".json")
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
    """What tells this working copy from all others: drawn once, and the host's name, should the folder have been copied."""
    if not (file := root / "machine").exists():
        publish_once(file, secrets.token_hex(8).encode())
    return f"{file.read_text('utf-8').strip()}-{platform.node()}"


def lasting() -> float:
    """Seconds that a lease taken here lasts without a sign of life."""
    said = os.environ.get("INSTRUCTORY_LEASE_SECONDS", str(SECONDS))
    try:
        seconds = float(said)
    except ValueError:
        seconds = 0.0
    if not 2 <= seconds <= 86_400:
        raise BadInput(f"INSTRUCTORY_LEASE_SECONDS={said}: write seconds between 2 and 86400, e.g. {SECONDS:g}")
    return seconds


def _taken(bucket: Bucket, root: Path, key: str, what: str, holder: str, heartbeat: Callable[[], None]) -> S3Lease:
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
            "seconds": lasting(),
            "beats": 0,
            "token": token,
        }
        tag = bucket.swap(key, _said(record), found[1].tag) if found else bucket.create(key, _said(record))
        if tag is not None:
            return S3Lease(bucket, key, record, tag, heartbeat)


def _is_alive(bucket: Bucket, root: Path, record: dict[str, Any], kept: Kept) -> bool:
    if not record["token"] or record["machine"] == machine(root):
        return False
    return _clock(bucket, root) - kept.changed <= float(record["seconds"]) + GRAIN


def _clock(bucket: Bucket, root: Path) -> float:
    """The server's time: that of a put."""
    key = f"leases/.clock-{machine(root)}"
    bucket.put(key, b"")
    kept = bucket.look(key)
    return kept.changed if kept else 0.0


def _await_clearing(bucket: Bucket, root: Path) -> None:
    deadline = time.monotonic() + CLEARING_SECONDS
    while (found := _read(bucket, _CLEARING)) and _is_alive(bucket, root, *found):
        if time.monotonic() >= deadline:
            raise InstructoryError(f"{bucket.address} is being cleared up by {_holder(found[0])}; wait for that to end")
        time.sleep(0.5)


def _read(bucket: Bucket, key: str) -> tuple[dict[str, Any], Kept] | None:
    found = bucket.read(key)
    if found is None:
        return None
    try:
        record: dict[str, Any] = json.loads(found[0])
        _holder(record), int(record["fence"]), float(record["seconds"]), str(record["token"]), str(record["machine"])
    except (ValueError, TypeError, KeyError) as error:
        raise InstructoryError(f"{bucket.address}/{key} is no lease of ours; remove it there and run again") from error
    return record, found[1]


def _said(record: dict[str, Any]) -> bytes:
    return json.dumps(record).encode()


def _holder(record: dict[str, Any]) -> str:
    return f"run {record['holder']} on {record['host']} (process {record['pid']}, since {record['since']})"
