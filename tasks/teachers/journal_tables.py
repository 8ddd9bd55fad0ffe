"""The journal of a store as tables: usage per model, and every attempt."""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from tasks.core.errors import BadInput, IntegrityError
from tasks.store.manifest import Manifest, read_record
from tasks.store.store import Store
from tasks.teachers import checksums
from tasks.teachers.journal_file import FILE_NAME

ATTEMPT: Final = pa.schema(
    [
        ("id", pa.int64()),
        ("build", pa.string()),
        ("request", pa.string()),
        ("attempt", pa.int32()),
        ("provider", pa.string()),
        ("model", pa.string()),
        ("status", pa.string()),
        ("text", pa.string()),
        ("finish", pa.string()),
        ("tokens_in", pa.int64()),
        ("tokens_out", pa.int64()),
        ("usd", pa.float64()),
        ("started", pa.timestamp("us", tz="UTC")),
        ("ended", pa.timestamp("us", tz="UTC")),
        ("error", pa.string()),
        ("batch", pa.string()),
    ]
)
"""One attempt at one call; `status` is sent (no answer yet, or killed while waiting), ok, or failed."""


@dataclass(frozen=True)
class ModelUsage:
    """Requests, tokens, cost and latency of one model, over all builds of a store."""

    provider: str
    model: str
    requests: int
    """Attempts sent."""
    answered: int
    repeats: int
    """Attempts at calls that had been sent before: after errors, rejections and kills."""
    tokens_in: int
    tokens_out: int
    usd: float | None
    """None where the price of an answer was not known."""
    p50_seconds: float | None
    """Between sending and answer, batches left out; None if nothing was answered."""
    p95_seconds: float | None


def summary(store_root: Path) -> list[ModelUsage]:
    """Usage per model, in the order of provider and model; empty if there is no journal."""
    sql = """SELECT provider, model, count(*), count(DISTINCT request), sum(status = 'ok'), total(tokens_in), total(tokens_out),
             sum(usd), sum(status = 'ok' AND usd IS NULL) FROM attempts GROUP BY provider, model ORDER BY provider, model"""
    durations = """SELECT ended - started FROM attempts
                   WHERE status = 'ok' AND batch IS NULL AND provider = ? AND model = ?"""
    found = []
    with _reading(store_root) as db:
        for provider, model, sent, different, ok, tokens_in, tokens_out, usd, unpriced in db.execute(sql) if db else ():
            seconds = [row[0] for row in db.execute(durations, (provider, model))] if db else []
            p50, p95 = map(float, np.percentile(seconds, [50, 95])) if seconds else (None, None)
            paid = None if unpriced else (usd or 0.0)
            found.append(
                ModelUsage(provider, model, sent, ok, sent - different, int(tokens_in), int(tokens_out), paid, p50, p95)
            )
    return found


def export(store_root: Path) -> pa.Table:
    """Every attempt, oldest first, as `ATTEMPT`; empty if there is no journal."""
    columns = ", ".join(ATTEMPT.names)
    with _reading(store_root) as db:
        rows = db.execute(f"SELECT {columns} FROM attempts ORDER BY id").fetchall() if db else []  # noqa: S608
    times = {ATTEMPT.get_field_index(name) for name in ("started", "ended")}
    arrays = []
    for i, field in enumerate(ATTEMPT):
        values = [row[i] for row in rows]
        if i in times:
            values = [None if value is None else round(value * 1_000_000) for value in values]
        arrays.append(pa.array(values, type=field.type))
    return pa.table(arrays, schema=ATTEMPT)


def damage(store_root: Path) -> list[str]:
    """One line for every answer in the journal that has changed since it was received."""
    with _reading(store_root) as db:
        return list(checksums.damaged(db)) if db else []


def lost(store: Store) -> str:
    """A line for a journal that is gone or empty although the last release of a dataset used a teacher; empty if all is well."""
    with _reading(store.root) as db:
        if db and db.execute("SELECT 1 FROM attempts LIMIT 1").fetchone():
            return ""
    if store.backend.is_shared and store.backend.files(store.root / "journals"):
        return ""  # whoever built it has uploaded its answers
    for dataset in store.datasets():
        release = store.release(dataset)
        for stage, key in release.stages:
            with contextlib.suppress(IntegrityError):  # `instructory verify` names damaged records
                store.backend.fetch(path := store.manifest_path(stage, key))
                spending = read_record(Manifest, path).spending
                if spending.requests or spending.replayed:
                    return (
                        f"{store.root / FILE_NAME} holds no answer, although {dataset}@{release.version} was made with a teacher "
                        f"({stage}): put the journal back from a backup, or every answer will be asked and paid for again"
                    )
    return ""


@contextlib.contextmanager
def _reading(store_root: Path) -> Iterator[sqlite3.Connection | None]:
    path = store_root / FILE_NAME
    if not path.exists():
        yield None
        return
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=60)) as db:
            begun = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'attempts'").fetchone()
            yield db if begun else None  # a process was killed before it made the table
    except sqlite3.OperationalError as error:
        raise BadInput(f"{path}: the journal cannot be opened ({error})") from None
    except sqlite3.DatabaseError as error:
        raise IntegrityError(f"{path}: the journal cannot be read ({error}); move it away or restore it") from None
