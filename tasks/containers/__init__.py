"""What holds records: JSON arrays, JSON Lines, CSV, TSV, Parquet, Arrow. Each is read in blocks within bounds, so that memory
stays flat whatever a file says.

streams      bytes: unpacked, as UTF-8
bounds       how large and how deep a record may be
blocks       what readers give
json_records, json_one_by_one, tabular, columnar: the readers
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tasks.containers.blocks import RecordBlock, UnreadableRecord
from tasks.containers.columnar import arrow_rows, parquet_rows
from tasks.containers.json_records import array, lines
from tasks.containers.streams import CutShort, Stream, head_of, most_records, opened
from tasks.containers.tabular import csv_rows, tsv_rows

__all__ = [
    "METADATA",
    "PACKED",
    "SUFFIXES",
    "RecordBlock",
    "UnreadableRecord",
    "blocks",
    "container_of",
    "passed_over",
    "records_in",
    "suffix_of",
]

SUFFIXES: Final = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet", ".arrow", ".feather")
"""Of files that a folder is searched for; each may end in one of PACKED as well."""
PACKED: Final = (".gz", ".zst", ".bz2")
METADATA: Final = frozenset(
    (
        "dataset_infos.json", "dataset_info.json", "dataset_dict.json", "state.json", "croissant.json", "datapackage.json",
        "metrics.json", "recipe.json", "openlineage.jsonl", "published.json",
    )
)  # fmt: skip
"""Files that tell tools about the dataset they lie beside; the last four are those of our own releases."""
READERS: Final = {"json": array, "jsonl": lines, "csv": csv_rows, "tsv": tsv_rows}
"""Of text."""
COLUMNAR: Final = {"parquet": parquet_rows, "arrow": arrow_rows}
"""Of files that are not read from front to back."""
_FIRST_BYTES: Final = {b"PAR1": "parquet", b"ARROW1": "arrow", b"\xff\xff\xff\xff": "arrow"}
_FIRST_LINE: Final = re.compile(rb"\{.*\}[ \t\r]*")


def passed_over(source: str, names: list[str]) -> str:
    """The sentence that names the files of a folder which are not read; of very many, the first dozen."""
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return f"{source}: passed over, as nothing that is read: {', '.join(names[:12])}{more}"


def suffix_of(path: Path) -> str:
    """The suffix that says what a file holds, without that of its packing."""
    plain = path.with_suffix("") if path.suffix.lower() in PACKED else path
    return plain.suffix.lower()


def container_of(path: Path, encoding: str = "") -> str:
    """json, jsonl, csv, tsv, parquet or arrow; empty for what is none of them. JSON, Parquet and Arrow are known by their first
    bytes, tables by their suffix. Raises OSError."""
    with path.open("rb") as file:
        first = file.read(6)
    columnar = next((name for magic, name in _FIRST_BYTES.items() if first.startswith(magic)), "")
    if columnar or suffix_of(path) in (".csv", ".tsv"):
        return columnar or suffix_of(path).removeprefix(".")
    start = head_of(path, 1 << 16, encoding).lstrip()
    if start.startswith(b"{"):
        alone = suffix_of(path) in (".jsonl", ".ndjson") or (
            b"\n" in start and _FIRST_LINE.match(start.partition(b"\n")[0])
        )
        return "jsonl" if alone or (len(start) < 1 << 16 and b"\n" not in start) else "json"
    return "json" if start.startswith(b"[") else ""


def blocks(path: Path, container: str, encoding: str = "") -> Iterator[RecordBlock]:
    """The records of a file, block by block. What cannot be read becomes an UnreadableRecord, and so does what lies behind more
    records than a packed file may have. Raises BadInput for two columns of one name, and for an encoding nobody knows."""
    most = most_records(path)
    for block in _all_blocks(path, container, encoding):
        yield block
        end = block.first + len(block.values)
        if most is not None and end > most:
            why = UnreadableRecord(
                f"a packed file of its size has at most {most:,} records; if more are right, unpack it yourself"
            )
            yield RecordBlock(end, [why], block.ends_at, lambda _, line=block.ends_at: line)  # type: ignore[misc]
            return


def _all_blocks(path: Path, container: str, encoding: str) -> Iterator[RecordBlock]:
    if container in COLUMNAR:
        yield from COLUMNAR[container](path)
        return
    with opened(path, encoding) as stream:
        yield from records_in(stream, container)


def records_in(stream: Stream, container: str) -> Iterator[RecordBlock]:
    """The records of a text that is read from front to back."""
    number, line = 0, 1
    try:
        for block in READERS[container](stream):
            number = block.first + len(block.values)
            line = block.ends_at
            yield block
    except CutShort as error:
        problem = UnreadableRecord(f"the packed file is damaged or cut off here ({error})")
        yield RecordBlock(number, [problem], line, lambda _: line)
