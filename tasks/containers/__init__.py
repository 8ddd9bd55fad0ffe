"""What holds records: JSON arrays, JSON Lines, CSV, TSV, Parquet. Each is read in blocks, so that memory stays flat."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tasks.containers.blocks import RecordBlock, UnreadableRecord
from tasks.containers.json_records import array, lines
from tasks.containers.streams import CutShort, head_of, opened
from tasks.containers.tabular import csv_rows, parquet_rows, tsv_rows

__all__ = ["SUFFIXES", "RecordBlock", "UnreadableRecord", "blocks", "container_of"]

SUFFIXES: Final = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet")
"""Of files that a folder is searched for; each may end in .gz or .zst as well."""
READERS: Final = {"json": array, "jsonl": lines, "csv": csv_rows, "tsv": tsv_rows}
"""Of text. Parquet is read from its end and stands apart."""


def suffix_of(path: Path) -> str:
    """The suffix that says what a file holds, without that of its packing."""
    plain = path.with_suffix("") if path.suffix.lower() in (".gz", ".zst", ".bz2") else path
    return plain.suffix.lower()


def container_of(path: Path) -> str:
    """json, jsonl, csv, tsv or parquet; empty for what is none of them. JSON and Parquet are known by their first bytes,
    tables by their suffix. Raises OSError."""
    head = head_of(path, 1 << 16)
    start = head.lstrip()
    if head.startswith(b"PAR1"):
        return "parquet"
    if suffix_of(path) in (".csv", ".tsv"):
        return suffix_of(path).removeprefix(".")
    if start.startswith(b"{"):
        first, newline, _ = start.partition(b"\n")
        alone = first.rstrip().endswith(b"}") or suffix_of(path) in (".jsonl", ".ndjson")
        return "jsonl" if alone or (not newline and len(start) > 60_000) else "json"
    return "json" if start.startswith(b"[") else ""


def blocks(path: Path, container: str, encoding: str = "") -> Iterator[RecordBlock]:
    """The records of a file, block by block. What cannot be read becomes an UnreadableRecord."""
    if container == "parquet":
        yield from parquet_rows(path)
        return
    number, line = 0, 1
    try:
        with opened(path, encoding) as stream:
            for block in READERS[container](stream):
                number = block.first + len(block.values)
                line = block.ends_at
                yield block
    except CutShort as error:
        yield RecordBlock(
            number, [UnreadableRecord(f"the packed file is damaged or cut off here ({error})")], line, lambda _: line
        )
