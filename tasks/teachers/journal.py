"""The record of every call to a model: written before an answer is used, read before a request is sent.

One SQLite file beside the store, in WAL mode with synchronous=FULL, so that a committed answer survives a power cut. All
writes of a process go through one thread, which commits together whatever was written while the last commit was on its way to
the disk: at 64 requests in flight that is a fraction of an fsync per request. Several processes may share the file.

A row is one attempt at one call. A call is identified by a hash of everything that can change its answer; the second call of a
request (a larger `max_tokens`, a correction) has a hash of its own, so each answer is replayed for the call that it answered.
Prompts and secrets are not stored, only hashes and answers. An answer that no longer matches its checksum is never used: it is
marked, asked for again, and named by `instructory verify`.
"""

import asyncio
import contextlib
import functools
import json
import queue
import secrets
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from tasks.core.errors import InstructoryError, IntegrityError
from tasks.teachers import checksums
from tasks.teachers.journal_file import FILE_NAME, connect
from tasks.teachers.provider import Answer

T = TypeVar("T")

BEGUN_SECONDS: Final = 0.1
"""Seconds after which calls that were sent are on the disk, also where none was answered meanwhile."""

_INSERT: Final = """INSERT INTO attempts (id, build, request, attempt, provider, model, status, started, batch)
                    VALUES (?,?,?,?,?,?,?,?,?)"""

_Job = tuple[Callable[[sqlite3.Connection], Any], asyncio.Future[Any] | None]
"""What is to be done in a transaction, and who waits for its result."""


@dataclass(frozen=True)
class Sent:
    """One attempt that was sent."""

    id: int
    request: str
    started: float


@dataclass
class Spent:
    """What calls have used: requests, tokens, USD."""

    requests: int = 0
    tokens: int = 0
    usd: float = 0.0


@dataclass(frozen=True)
class Writer:
    """The columns that all rows of one teacher share."""

    build: str
    provider: str
    model: str


class Journal:
    """The journal of one store in this process. Get it from `opened`; every method but `close` runs on the teachers' event loop."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._broken: Exception | None = None
        self._begun: deque[tuple[Any, ...]] = deque()
        self._last_id, self._own = 0, secrets.randbits(10)
        self._answered = set[int]()
        self._connection = connect(path)
        self._thread = threading.Thread(target=self._write, name="journal", daemon=True)
        self._thread.start()

    def sent(self, by: Writer, request: str, attempt: int, batch: str | None = None) -> Sent:
        """Record that a call is about to be sent, with the next answer or within BEGUN_SECONDS. Not waited for: if the process dies
        before, nothing was received."""
        if self._broken:
            raise self._error(self._broken)
        self._last_id = max(self._last_id + 1, (time.time_ns() // 1000 << 10) + self._own)
        sent = Sent(self._last_id, request, time.time())
        self._begun.append((sent.id, by.build, request, attempt, by.provider, by.model, "sent", sent.started, batch))
        return sent

    async def answered(self, sent: Sent, answer: Answer, usd: float | None) -> None:
        """Record an answer; returns when it is on the disk."""
        await self.run(functools.partial(_answer, sent, answer, usd))
        self._answered.add(hash(sent.request))

    def may_have_answered(self, request: str) -> bool:
        """Whether a call was answered since this process opened the journal; now and then also of one that was not."""
        return hash(request) in self._answered

    def received(self, sent: Sent, answer: Answer, usd: float | None) -> None:
        """Record an answer without waiting; it is on the disk when the next method that waits returns."""
        self._post(functools.partial(_answer, sent, answer, usd))
        self._answered.add(hash(sent.request))

    def failed(self, sent: Sent, error: str, usd: float | None = None, text: str | None = None) -> None:
        """Record that an attempt got no usable answer."""
        sql = "UPDATE attempts SET status = 'failed', error = ?, usd = ?, text = ?, ended = ? WHERE id = ?"
        row = (error, usd, text, time.time(), sent.id)
        self._post(lambda db: db.execute(sql, row))

    async def find(self, requests: Iterable[str]) -> dict[str, tuple[Answer, float | None]]:
        """The answers in the journal, with their price, by the hash of the call; where there are several, the first."""
        hashes = list(requests)
        rows: list[tuple[Any, ...]] = []
        for start in range(0, len(hashes), 500):
            rows += await self.run(functools.partial(_find, hashes[start : start + 500]))
        found: dict[str, tuple[Answer, float | None]] = {}
        for request, text, finish, tokens_in, tokens_out, refused, usd, others in rows:
            alternatives = tuple((token, float(logarithm)) for token, logarithm in json.loads(others or "[]"))
            found.setdefault(request, (Answer(text, finish, tokens_in, tokens_out, bool(refused), alternatives), usd))
        return found

    async def spent(self, build: str) -> Spent:
        """What a build has used so far, in this process and in earlier ones."""
        sql = "SELECT count(*), total(tokens_in) + total(tokens_out), total(usd) FROM attempts WHERE build = ? AND ended > 0"
        requests, tokens, usd = await self.run(lambda db: db.execute(sql, (build,)).fetchone())
        return Spent(requests, int(tokens), usd)

    async def submitted(self, by: Writer, batch: str, calls: list[str]) -> None:
        """Record the id of a batch; returns when it is on the disk."""
        row = (batch, by.build, by.provider, by.model, "open", json.dumps(calls), time.time())
        await self.run(lambda db: db.execute("INSERT OR REPLACE INTO batches VALUES (?,?,?,?,?,?,?)", row))

    async def open_batches(self, by: Writer) -> dict[str, list[str]]:
        """The batches of this model that have not been fetched, oldest first: id → hashes of their calls."""
        sql = "SELECT id, calls FROM batches WHERE state = 'open' AND provider = ? AND model = ? ORDER BY submitted"
        rows = await self.run(lambda db: db.execute(sql, (by.provider, by.model)).fetchall())
        return {batch: json.loads(calls) for batch, calls in rows}

    async def close_batch(self, batch: str, state: str) -> None:
        """Mark a batch as fetched or lost."""
        await self.run(lambda db: db.execute("UPDATE batches SET state = ? WHERE id = ?", (state, batch)))

    async def run(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """The result of `job`, once it is committed together with everything written before it."""
        if self._broken:
            raise self._error(self._broken)
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.put((job, future))
        try:
            return await future
        except Exception as error:
            raise self._error(error) from None

    def close(self) -> None:
        """Commit what is waiting and close the file."""
        self._queue.put(None)
        self._thread.join()

    def _post(self, job: Callable[[sqlite3.Connection], Any]) -> None:
        if self._broken:
            raise self._error(self._broken)
        self._queue.put((job, None))

    def _error(self, error: Exception) -> InstructoryError:
        if type(error) is sqlite3.DatabaseError:  # the file is not a database, or no longer a whole one
            return IntegrityError(f"{self.path}: the journal cannot be read ({error}); move it away or restore it")
        if isinstance(error, sqlite3.OperationalError):
            return InstructoryError(
                f"{self.path}: the journal cannot be written ({error}); what it holds is safe, free the disk and run again"
            )
        return InstructoryError(
            f"{self.path}: a value cannot be written to the journal ({type(error).__name__}: {error}); the journal is whole: "
            "leave it where it is, run again, and report this"
        )

    def _write(self) -> None:
        try:
            last = False
            while not last:
                jobs: list[_Job] = []
                with contextlib.suppress(queue.Empty):
                    while not last and len(jobs) < 1000:
                        job = self._queue.get(not jobs, BEGUN_SECONDS)
                        last = job is None
                        jobs += [job] if job is not None else []
                if jobs or self._begun:
                    self._commit(jobs)
        finally:
            self._connection.close()

    def _commit(self, jobs: list[_Job]) -> None:
        results: list[Any] = []
        failure: Exception | None = None
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(_INSERT, [self._begun.popleft() for _ in range(len(self._begun))])
            results = [job(self._connection) for job, _ in jobs]
            self._connection.execute("COMMIT")
        except Exception as error:  # whatever it is, the callers that wait must get it
            failure = self._broken = error
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        waiting = [(future, i) for i, (_, future) in enumerate(jobs) if future is not None]
        if not waiting:
            return

        def resolve() -> None:
            for future, i in waiting:
                if not future.done():
                    future.set_exception(failure) if failure else future.set_result(results[i])

        waiting[0][0].get_loop().call_soon_threadsafe(resolve)


def _answer(sent: Sent, answer: Answer, usd: float | None, db: sqlite3.Connection) -> None:
    others = json.dumps(answer.alternatives) if answer.alternatives else None
    values = (answer.text, answer.finish, answer.tokens_in, answer.tokens_out, int(answer.refused), usd, others)
    sql = """UPDATE attempts SET status = 'ok', text = ?, finish = ?, tokens_in = ?, tokens_out = ?, refused = ?, usd = ?,
             alternatives = ?, ended = ?, seal = ? WHERE id = ?"""
    db.execute(sql, (*values, time.time(), checksums.checksum(sent.request, *values), sent.id))


def _find(hashes: list[str], db: sqlite3.Connection) -> list[tuple[Any, ...]]:
    marks = ",".join("?" * len(hashes))
    sql = f"""SELECT id, seal, {checksums.COLUMNS} FROM attempts WHERE status = 'ok' AND request IN ({marks}) ORDER BY id"""  # noqa: S608
    rows = db.execute(sql, hashes).fetchall()
    broken = [(id_,) for id_, seal, *values in rows if not checksums.matches(seal, values)]
    db.executemany("UPDATE attempts SET status = 'damaged', error = 'no longer what was received' WHERE id = ?", broken)
    return [tuple(values) for _, seal, *values in rows if checksums.matches(seal, values)]


_open: dict[Path, tuple[Journal, int]] = {}
_lock: Final = threading.Lock()


def opened(store_root: Path) -> Journal:
    """The journal of a store, shared by all teachers of this process. Call `released` once for each call of this."""
    path = store_root.resolve() / FILE_NAME
    with _lock:
        journal, users = _open.get(path, (None, 0))
        if journal is None or not journal._thread.is_alive():
            journal, users = Journal(path), 0
        _open[path] = journal, users + 1
        return journal


def released(journal: Journal) -> None:
    """Close the journal if nothing else uses it."""
    with _lock:
        held, users = _open[journal.path]
        if users > 1:
            _open[journal.path] = held, users - 1
            return
        del _open[journal.path]
    journal.close()
