"""A seal on every answer of the journal: SQLite has no checksums, and an answer could change by a letter on the disk."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, Final

COLUMNS: Final = "request, text, finish, tokens_in, tokens_out, refused, usd"
"""What is sealed, in this order."""


def checksum(*said: Any) -> str:
    """A hash of the values of COLUMNS."""
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


def matches(stored_checksum: str | None, said: Sequence[Any]) -> bool:
    """Whether the values of COLUMNS are still what was sealed; answers from before there were seals have none."""
    return stored_checksum is None or stored_checksum == checksum(*said)


def damaged(db: sqlite3.Connection) -> Iterator[str]:
    """One line for every answer of a journal that is no longer what was received."""
    if "seal" not in {column[1] for column in db.execute("PRAGMA table_info(attempts)")}:
        return
    sql = f"SELECT status, seal, model, {COLUMNS} FROM attempts WHERE status IN ('ok', 'damaged')"  # noqa: S608
    for status, stored_checksum, model, *said in db.execute(sql):
        if status == "damaged" or not matches(stored_checksum, said):
            yield f"journal.sqlite: an answer of {model} (call {said[0][:12]}) is damaged; the next build asks for it again"
