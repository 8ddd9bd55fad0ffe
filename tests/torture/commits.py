"""A release small enough to be committed hundreds of times, and a reader who looks on."""

import threading
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from tasks.store.manifest import BuildRecord, GateVerdict
from tasks.store.store import Store
from tests.store import records

ROWS = pa.schema([("id", pa.string()), ("text", pa.string())])


def texts(number: int) -> list[str]:
    return [f"row {i} of release {number}" for i in range(50)]


def commit(root: Path, number: int) -> None:
    """Everything a build writes, from the first byte to the reference: raw bytes, objects, manifest, verdict, release."""
    store = Store(root)
    store.keep_raw(f"document {number}".encode())
    rows = pa.table({"id": [str(i) for i in range(50)], "text": texts(number)}, schema=ROWS)
    manifest = records.manifest("mix", f"key{number}", store.put(rows))
    store.put_manifest(manifest)
    store.put_verdict(GateVerdict(stage="mix", key=f"key{number}", passed=True, checks=()))
    judged = (("mix", manifest.key),)
    store.put_build(BuildRecord(dataset="d", build="b", stages=judged, verdicts=judged))
    latest = max(store.versions("d"), default=0)
    if latest and store.release("d").content == manifest.content:
        return
    store.publish(records.release("d", manifest, verdicts=judged, previous=latest or None))


def read(root: Path) -> int:
    """The number of the release that a reader sees, every row of it read; 0 if there is none."""
    store = Store(root)
    if "d" not in store.datasets():
        return 0
    release = store.release("d")
    manifest = store.required(*release.stages[-1])
    assert store.verdict(*release.verdicts[-1])
    rows = store.table(manifest, "kept", ROWS)
    assert rows.column("text").to_pylist() == texts(release.version)
    return release.version


class Reader:
    """Reads for as long as the context lasts; `seen` are the releases in the order in which it saw them."""

    def __init__(self, root: Path) -> None:
        self.seen: list[int] = []
        self._root, self._over = root, threading.Event()
        self._trouble: BaseException | None = None
        self._thread = threading.Thread(target=self._read)

    def _read(self) -> None:
        try:
            while not self._over.is_set():
                self.seen.append(read(self._root))
        except BaseException as error:
            self._trouble = error

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        if self._trouble:
            raise self._trouble
