"""Prints the chunks of a file or folder, as a build would cut them: `python -m tasks.documents PATH [COLUMN]`."""

import hashlib
import sys
from pathlib import Path

from tasks.core.errors import InstructoryError
from tasks.core.outcome import Tools
from tasks.documents import stage as ingest
from tasks.documents.inventory import stage as inventory
from tasks.documents.params import Chunking, Source


def main(path: str, column: str = "") -> int:
    """Prints kept chunks, then what was rejected; returns the exit code."""
    raw: dict[str, bytes] = {}

    def keep(data: bytes) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        raw[sha256] = data
        return sha256

    tools = Tools("", Path(), read_raw=raw.__getitem__, keep_raw=keep)
    try:
        found = inventory.compute([Source(path=path, column=column)], None, tools)
    except InstructoryError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    chunks = ingest.compute(found.kept, Chunking(), tools)
    for row in chunks.kept.to_pylist():
        print(f"── {row['path']} {row['position']} · {row['kind']} · {' › '.join(row['headings'])}\n{row['text']}\n")
    for row in [*found.rejected.to_pylist(), *chunks.rejected.to_pylist()]:
        print(f"── {row['path']}: {row['reason']} {row['detail']}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
