"""The journal among machines that share a store: each uploads the answers that it received and reads those of the others.

    journals/<machine>/<sha256>.json.gz   attempts that have ended and batches, as rows; named by the hash of its bytes

The journal itself stays a SQLite file on each machine. New attempts are uploaded at the end of every stage and, while models are
asked, once a minute; those of other machines are put into the journal before a build begins.
"""

import gzip
import hashlib
import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from tasks.core.errors import InstructoryError, IntegrityError
from tasks.store.files import write_once
from tasks.store.s3.lease import machine
from tasks.store.store import Store
from tasks.teachers.journal_file import FILE_NAME, connect

PAUSE_SECONDS: Final = 60.0
"""Between two uploads while models are asked. What a machine received since the last is lost if its disk is."""
ROWS: Final = 20_000
"""The most attempts in one file: some 20 MB of answers."""
ATTEMPT: Final = (
    *("id", "build", "request", "attempt", "provider", "model", "status", "text", "finish", "refused", "tokens_in"),
    *("tokens_out", "usd", "started", "ended", "error", "seal", "batch", "alternatives"),
)
"""The columns of an attempt, in the order of the rows in a file, which leaves the last out where it is null; `seal` is the answer's
checksum."""
_PROGRESS_TABLES: Final = """
CREATE TABLE IF NOT EXISTS sent_attempts (id INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS sent_batches (id TEXT, state TEXT, PRIMARY KEY (id, state));
CREATE TABLE IF NOT EXISTS read_files (name TEXT PRIMARY KEY);
"""
"""Which attempts and batches this machine has uploaded or read, and which files of other machines it has read."""


class SharedJournal:
    """Exchanges the journal of a store with other machines. Does nothing where the store is a folder of this machine."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._last = time.monotonic()

    @contextmanager
    def synchronised(self) -> Iterator[None]:
        """Import what other machines received before the block, and upload what this one received after it."""
        self.import_others()
        try:
            yield
        finally:
            self.upload()

    def import_others(self) -> None:
        """Put into the journal what other machines have uploaded since the last time."""
        if not self._store.backend.is_shared:
            return
        folder = self._store.root / "journals"
        names = {
            found.path
            for found in self._store.backend.files(folder)
            if found.path.parent.name != machine(self._store.root)
        }
        if names:
            with self._lock, self._open() as db:
                known = {name for (name,) in db.execute("SELECT name FROM read_files")}
                for path in sorted(path for path in names if path.name not in known):
                    self._read(db, path)

    def upload_if_due(self) -> None:
        """Upload, if the last time was a minute ago."""
        if time.monotonic() - self._last >= PAUSE_SECONDS:
            self.upload()

    def upload(self) -> None:
        """Upload what was received since the last time; returns when that is complete."""
        if not self._store.backend.is_shared or not (self._store.root / FILE_NAME).exists():
            return
        with self._lock, self._open() as db:
            while self._upload(db):
                pass
        self._last = time.monotonic()

    def _upload(self, db: sqlite3.Connection) -> bool:
        """Upload at most ROWS attempts; returns whether there were any."""
        attempts = db.execute(
            f"SELECT {', '.join(ATTEMPT)} FROM attempts WHERE ended IS NOT NULL AND status != 'damaged' "  # noqa: S608
            "AND id NOT IN (SELECT id FROM sent_attempts) ORDER BY id LIMIT ?",
            (ROWS,),
        ).fetchall()
        batches = db.execute(
            "SELECT * FROM batches b WHERE NOT EXISTS (SELECT 1 FROM sent_batches s WHERE s.id = b.id AND s.state = b.state)"
        ).fetchall()
        if not (attempts or batches):
            return False
        rows = [row if row[-1] is not None else row[:-1] for row in attempts]
        data = gzip.compress(json.dumps({"attempts": rows, "batches": batches}).encode(), 6, mtime=0)
        path = self._store.root / "journals" / machine(self._store.root) / f"{hashlib.sha256(data).hexdigest()}.json.gz"
        write_once(path, data)
        self._store.backend.upload(path)
        self._store.backend.flush()  # recorded below only once it is uploaded
        path.unlink()  # the journal has it
        with _committed(db):
            db.executemany("INSERT OR IGNORE INTO sent_attempts VALUES (?)", [(row[0],) for row in attempts])
            db.executemany("INSERT OR IGNORE INTO sent_batches VALUES (?, ?)", [(row[0], row[4]) for row in batches])
        return True

    def _read(self, db: sqlite3.Connection, path: Path) -> None:
        self._store.backend.fetch(path)
        try:
            rows: dict[str, list[list[Any]]] = json.loads(gzip.decompress(path.read_bytes()))
            with _committed(db):
                columns, marks = ", ".join(ATTEMPT), ",".join("?" * len(ATTEMPT))
                attempts = [row if len(row) == len(ATTEMPT) else [*row, None] for row in rows["attempts"]]
                db.executemany(f"INSERT OR IGNORE INTO attempts ({columns}) VALUES ({marks})", attempts)  # noqa: S608
                db.executemany(
                    "INSERT OR IGNORE INTO sent_attempts VALUES (?)", [(row[0],) for row in rows["attempts"]]
                )
                for row in rows["batches"]:
                    db.execute("INSERT OR IGNORE INTO batches VALUES (?,?,?,?,?,?,?)", row)
                    db.execute("UPDATE batches SET state = ? WHERE id = ? AND state = 'open'", (row[4], row[0]))
                    db.execute("INSERT OR IGNORE INTO sent_batches VALUES (?, ?)", (row[0], row[4]))
                db.execute("INSERT OR IGNORE INTO read_files VALUES (?)", (path.name,))
        except (OSError, ValueError, KeyError, sqlite3.ProgrammingError) as error:
            raise IntegrityError(
                f"{path.parent.name}/{path.name} is no journal of ours ({error}); remove it from the store"
            ) from error
        path.unlink()  # its rows are in the journal now

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(connect(self._store.root / FILE_NAME)) as db:
                db.executescript(_PROGRESS_TABLES)
                yield db
        except sqlite3.OperationalError as error:
            raise InstructoryError(
                f"{self._store.root / FILE_NAME}: {error}; what it holds is safe, run again"
            ) from error


@contextmanager
def _committed(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")
