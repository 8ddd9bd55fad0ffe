"""Records come out of damaged files one by one: what is whole is read, what is not is named, nothing is lost."""

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.containers import UnreadableRecord, blocks, container_of
from tasks.containers.json_records import array, lines
from tasks.containers.tabular import csv_rows

WORDS = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ['}, {"instruction": "x"', "]", '\\"', "\\", '"', "a\nb", "\u2028", "{", "\x00", "é", "\\u0022"]
)
RECORD = st.fixed_dictionaries(
    {"instruction": WORDS, "output": WORDS},
    optional={"turns": st.lists(st.fixed_dictionaries({"instruction": WORDS}), max_size=2)},
)
RECORDS = st.lists(RECORD, min_size=1, max_size=6)


def read(reader: Any, data: bytes, at_once: int | None = None) -> list[Any]:
    found = reader(io.BytesIO(data), at_once) if at_once else reader(io.BytesIO(data))
    return [value for block in found for value in block.values]


def all_in(path: Path, encoding: str = "") -> list[tuple[int, Any]]:
    """Line and value of every record."""
    found = blocks(path, container_of(path), encoding)
    return [(block.line(place), value) for block in found for place, value in enumerate(block.values)]


@given(RECORDS, st.sampled_from([None, 0, 2]), st.booleans(), st.integers(10, 200))
@settings(max_examples=60)
def test_an_array_is_read_whole_whatever_its_blocks(
    records: list[Any], indent: int | None, ascii_only: bool, at_once: int
) -> None:
    data = json.dumps(records, indent=indent, ensure_ascii=ascii_only).encode()
    assert read(array, data, at_once) == records


@given(RECORDS, st.sampled_from([None, 2]), st.data(), st.integers(10, 200))
@settings(max_examples=60)
def test_an_array_cut_anywhere_yields_its_whole_records_and_at_most_one_problem(
    records: list[Any], indent: int | None, data: Any, at_once: int
) -> None:
    text = json.dumps(records, indent=indent, ensure_ascii=True)
    cut = data.draw(st.integers(1, len(text) - 1))
    decoder, position, whole = json.JSONDecoder(), 1, []
    try:
        while True:
            position += len(text[position:cut]) - len(text[position:cut].lstrip(", \n"))
            value, position = decoder.raw_decode(text[:cut], position)
            whole.append(value)
    except ValueError:
        pass
    found = read(array, text[:cut].encode(), at_once)
    problems = [value for value in found if isinstance(value, UnreadableRecord)]
    assert found[: len(whole)] == whole
    begun = text[position:cut].strip(", \n]")
    assert len(found) - len(whole) == len(problems) == bool(begun)
    assert all(problem.why == "the file ends inside this record" for problem in problems)


@given(RECORDS, st.integers(10, 200), st.sampled_from(["\n", "\r\n", "\n\n  \n"]), st.booleans())
@settings(max_examples=40)
def test_json_lines_are_read_whole_whatever_stands_between_them(
    records: list[Any], at_once: int, end: str, closed: bool
) -> None:
    data = end.join(json.dumps(record, ensure_ascii=False) for record in records) + (end if closed else "")
    assert read(lines, data.encode(), at_once) == records


@given(st.lists(st.lists(WORDS.filter(lambda w: "\x00" not in w), min_size=2, max_size=2), min_size=1, max_size=5))
@settings(max_examples=40)
def test_csv_is_read_as_it_was_written(rows: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["instruction", "output"], *rows])
    assert read(csv_rows, out.getvalue().encode()) == [
        {"instruction": a.replace("\r\n", "\n") if "\r\n" in a else a, "output": b} for a, b in rows
    ]


def test_bad_lines_are_named_and_the_others_read(tmp_path: Path) -> None:
    good = b'{"instruction": "a", "output": "b"}'
    bad = {
        b'{"instruction": "a", "output"}': "not JSON: expecting ':' delimiter",
        b'{"instruction": "\xff"}': "byte 17 of the line is not UTF-8",
        b'{"instruction": "\\ud800"}': "half a character",
        b'{"instruction": "a", "instruction": "b"}': "'instruction' stands twice",
        b'["a"]': "not a JSON object",
        b"[" * 100_000: "nested more than 250 levels deep",
        good + good: "something stands behind the record",
    }
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + good + b"\n\n" + b"\n".join([*bad, good]))
    found = all_in(path)
    assert [line for line, _ in found] == [1, *range(3, 3 + len(bad) + 1)]
    assert found[0][1] == found[-1][1] == {"instruction": "a", "output": "b"}
    for (_, problem), why in zip(found[1:-1], bad.values(), strict=True):
        assert isinstance(problem, UnreadableRecord)
        assert why in problem.why


def test_a_key_that_stands_twice_with_one_value_is_no_problem(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text('[{"a": "x", "a": "x"}, {"a": 1, "b": {"c": 1, "c": 2}}, {"a": "\\u0022"}]')
    first, second, third = (value for _, value in all_in(path))
    assert (first, third) == ({"a": "x"}, {"a": '"'})
    assert second == UnreadableRecord("the key 'c' stands twice, with different values")


def test_a_malformed_record_of_an_array_costs_itself_only(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    rows = [
        '{"instruction": "a"}', '{"instruction": b}', '{"instruction": "c\xff"}', '{"instruction": "d"}', "7",
        '{"instruction": "e"}',
    ]  # fmt: skip
    path.write_bytes(("[\n" + ",\n".join(rows) + "\n]\n").encode("latin-1"))
    found = all_in(path)
    assert [line for line, _ in found] == [2, 3, 4, 5, 6, 7]
    assert [isinstance(value, UnreadableRecord) for _, value in found] == [False, True, True, False, True, False]
    assert "not UTF-8" in found[2][1].why


@pytest.mark.parametrize("packing", ["gz", "zst"])
def test_packed_files_are_read_and_a_cut_one_as_far_as_it_goes(tmp_path: Path, packing: str) -> None:
    rows = [{"instruction": f"question {n} {n * n}", "output": "answer"} for n in range(60_000)]
    data = "\n".join(map(json.dumps, rows)).encode()
    packed = gzip.compress(data) if packing == "gz" else pa.compress(data, "zstd", asbytes=True)
    path = tmp_path / f"rows.jsonl.{packing}"
    path.write_bytes(packed)
    assert [value for _, value in all_in(path)] == rows
    if packing == "gz":
        path.write_bytes(packed[: len(packed) // 2])
        *whole, last = (value for _, value in all_in(path))
        assert isinstance(last, UnreadableRecord)
        assert "cut off" in last.why
        assert [value for value in whole if not isinstance(value, UnreadableRecord)] == rows[: len(whole)][: len(whole)]


def test_other_encodings_by_their_mark_or_by_name(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes('{"a": "é"}\n'.encode("utf-16"))
    assert all_in(path) == [(1, {"a": "é"})]
    path.write_bytes('{"a": "é"}\n'.encode("cp1252"))
    assert all_in(path, "cp1252") == [(1, {"a": "é"})]
    assert isinstance(all_in(path)[0][1], UnreadableRecord)


def test_a_line_of_fifteen_megabytes_is_a_record(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    long = "word " * 3_000_000
    path.write_text(json.dumps({"a": long}) + '\n{"a": "b"}\n')
    assert [(line, len(value["a"])) for line, value in all_in(path)] == [(1, len(long)), (2, 1)]


def test_an_unclosed_quotation_mark_costs_one_row_of_a_csv(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('q,a\n1,x\n2,"y\n3,z\n4,"two\nlines"\n5\n6,w\n')
    found = all_in(path)
    good = [value for _, value in found if isinstance(value, dict)]
    assert good == [{"q": q, "a": a} for q, a in (("1", "x"), ("3", "z"), ("4", "two\nlines"), ("6", "w"))]
    problems = [(line, value.why) for line, value in found if isinstance(value, UnreadableRecord)]
    assert problems == [(3, "',' expected after '\"'"), (7, "1 cells where the header has 2")]


def test_parquet_and_a_damaged_one(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"q": ["a", "b"]}), path)
    assert all_in(path) == [(1, {"q": "a"}), (2, {"q": "b"})]
    path.write_bytes(path.read_bytes()[:-10])
    ((_, problem),) = all_in(path)
    assert isinstance(problem, UnreadableRecord)
    assert "cannot be read as Parquet" in problem.why
