"""The journal's file: its tables, and how it is opened."""

import os
import sqlite3
from pathlib import Path
from typing import Final

from tasks.core.errors import BadInput, IntegrityError

FILE_NAME: Final = "journal.sqlite"

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS attempts (
  id INTEGER PRIMARY KEY,         -- rises with time
  build TEXT NOT NULL,            -- the build that sent it
  request TEXT NOT NULL,          -- hash of the call
  attempt INTEGER NOT NULL,       -- 1 for the first of this build
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  status TEXT NOT NULL,           -- sent: no answer yet, or killed while waiting; ok: answered; failed: no usable answer;
                                  -- damaged: no longer matches its checksum
  text TEXT,                      -- the answer as it came, reasoning included; of a failure, what could be read
  finish TEXT,
  refused INTEGER,
  tokens_in INTEGER,
  tokens_out INTEGER,
  usd REAL,                       -- paid, or at most paid where a call was cut off; null: the price is not known
  started REAL NOT NULL,          -- seconds since 1970
  ended REAL,
  error TEXT,
  seal TEXT,                      -- of an answer: a checksum over it, since SQLite has none
  batch TEXT,                     -- the vendor's id, for calls of a batch
  alternatives TEXT               -- JSON list of what the first word could have been, and how likely; null: not asked for
);
CREATE INDEX IF NOT EXISTS answered ON attempts (request) WHERE status = 'ok';
CREATE INDEX IF NOT EXISTS spent ON attempts (build);
CREATE TABLE IF NOT EXISTS batches (
  id TEXT PRIMARY KEY,            -- the vendor's
  build TEXT NOT NULL,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  state TEXT NOT NULL,            -- open, fetched, lost
  calls TEXT NOT NULL,            -- JSON list of the hashes in it
  submitted REAL NOT NULL
);
"""


def connect(path: Path) -> sqlite3.Connection:
    """A connection to the journal, which is made if absent; only the user can read its folder and file."""
    try:
        if not path.parent.exists():
            path.parent.mkdir(parents=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        db = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.executescript(SCHEMA)
        known = {column[1] for column in db.execute("PRAGMA table_info(attempts)")}
        for name in ("seal", "alternatives"):
            if name not in known:
                db.execute(f"ALTER TABLE attempts ADD COLUMN {name} TEXT")
    except (OSError, sqlite3.OperationalError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise BadInput(
            f"{path}: the journal cannot be opened ({why}); choose a store you may write to, with room on its disk"
        ) from None
    except sqlite3.DatabaseError as error:
        raise IntegrityError(f"{path}: the journal cannot be read ({error}); move it away or restore it") from None
    return db
