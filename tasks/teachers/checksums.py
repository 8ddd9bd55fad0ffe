"""A checksum for every answer in the journal: SQLite has none, and a byte of an answer could change on the disk.

The column that holds it is called `seal`.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, Final

COLUMNS: Final = "request, text, finish, tokens_in, tokens_out, refused, usd, alternatives"
"""The columns that the checksum covers, in this order."""


def checksum(*values: Any) -> str:
    """A hash of the values of COLUMNS; of an answer without alternatives, of the others only, as in journals that had none."""
    values = values[:-1] if values[-1] is None else values
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:32]


def matches(stored_checksum: str | None, values: Sequence[Any]) -> bool:
    """Whether the values of COLUMNS still have their checksum. The answers of old journals have none, and pass."""
    return stored_checksum is None or stored_checksum == checksum(*values)


def damaged(db: sqlite3.Connection) -> Iterator[str]:
    """One line for every answer of a journal that has changed since it was received."""
    known = {column[1] for column in db.execute("PRAGMA table_info(attempts)")}
    if "seal" not in known:
        return
    columns = COLUMNS if "alternatives" in known else COLUMNS.replace("alternatives", "NULL")
    sql = f"SELECT status, seal, model, {columns} FROM attempts WHERE status IN ('ok', 'damaged')"  # noqa: S608
    for status, stored_checksum, model, *values in db.execute(sql):
        if status == "damaged" or not matches(stored_checksum, values):
            yield f"journal.sqlite: an answer of {model} (call {values[0][:12]}) is damaged; the next build asks for it again"
