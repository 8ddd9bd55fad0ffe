"""Files that ask for far more than they have are refused within bounds; the forms that take minutes are in tests/torture."""

import gzip
import json
from pathlib import Path

import pytest

from tasks.containers import blocks, container_of, streams
from tasks.containers.blocks import UnreadableRecord
from tests.torture import hostile_files
from tests.torture.hostile_files import FILES, MEGABYTE

SLOW = ("rows.jsonl.gz", "cells.csv.gz", "nothing.jsonl.gz", "wrapped.json", "broken.json", "one cell.csv")
REFUSED = ("nothings.parquet", "one page.parquet", "packed.arrow")


@pytest.mark.parametrize("name", [name for name in FILES if name not in SLOW and not name.startswith("deep")])
def test_a_record_that_is_too_large_costs_itself_only(tmp_path: Path, name: str) -> None:
    """Each file asks for 20 MB, more than a record may have, in one record or in many."""
    path = tmp_path / name
    FILES[name](path, 20 * MEGABYTE)
    values = [value for block in blocks(path, container_of(path)) for value in block.values]
    refused = [value.why for value in values if isinstance(value, UnreadableRecord)]
    if name.startswith(("one text", "prefixes", "turns", "glaive")):
        assert refused == []
    else:
        assert 0 < len(refused) < 30
    assert len(values) - len(refused) <= 600


@pytest.mark.parametrize("name", ["one text.parquet", "prefixes.parquet", "turns.parquet", "one text.arrow"])
def test_texts_that_are_kept_once_and_repeated_are_counted(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    FILES[name](path, streams.LARGEST_UNPACKED + 20 * MEGABYTE)
    read, why = 0, ""
    for block in blocks(path, container_of(path)):
        read += sum(len(str(value)) for value in block.values)
        why = block.values[-1].why if isinstance(block.values[-1], UnreadableRecord) else ""
    assert read <= streams.LARGEST_UNPACKED
    assert "unpacks to more than 100 times its size" in why


def test_a_packed_file_ends_where_it_unpacks_to_too_much(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl.gz"
    line = json.dumps({"a": "b" * 1000}).encode() + b"\n"
    hostile_files.packed(hostile_files.between(b"", line, b""))(path, streams.LARGEST_UNPACKED + 9 * MEGABYTE)
    *_, last = blocks(path, "jsonl")
    assert isinstance(last.values[-1], UnreadableRecord)
    assert sum(len(block.values) for block in blocks(path, "jsonl")) <= streams.LARGEST_UNPACKED // len(line) + 1


def test_a_packed_file_has_no_more_records_than_its_size_allows(tmp_path: Path) -> None:
    path = tmp_path / "cells.csv.gz"
    most = streams.LARGEST_UNPACKED // streams.SMALLEST_RECORD
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b"instruction,output\n" + b"q,a\n" * (8 * most))
    assert streams.most_records(path) == most
    *_, last = blocks(path, "csv")
    assert last.first < 7 * most
    assert "has at most" in last.values[-1].why


@pytest.mark.parametrize("end", [b'], "rows": 2}', b"]}", b"]\n}\n", b"]"])
def test_a_long_object_that_holds_the_records_is_read(tmp_path: Path, end: bytes) -> None:
    path = tmp_path / "rows.json"
    row = {"instruction": "q", "output": "word " * 20_000}
    head = b'{"version": "1, \\"a\\"", "made": 1.5, "data": ['
    path.write_bytes(head + b",\n".join([json.dumps(row).encode()] * 300) + end)
    values = [value for block in blocks(path, container_of(path)) for value in block.values]
    assert values == [row] * 300


@pytest.mark.parametrize("depth", [240, 300, 2000, 100_000])
@pytest.mark.parametrize("name", ["rows.jsonl", "rows.json"])
def test_depth_is_bounded(tmp_path: Path, name: str, depth: int) -> None:
    path = tmp_path / name
    deep = '{"a": ' + "[" * depth + "]" * depth + "}"
    path.write_text("\n".join(['{"a": 1}', deep, '{"a": 2}']))
    values = [value for block in blocks(path, container_of(path)) for value in block.values]
    assert (values[0], values[-1]) == ({"a": 1}, {"a": 2})
    assert isinstance(values[1], UnreadableRecord) == (depth > 250)
