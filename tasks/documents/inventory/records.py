"""CSV and JSONL files: one document a record, its text in one column."""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

CSV: Final = "text/csv"
JSONL: Final = "application/jsonl"

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its number from 0, the line it begins on from 1, and its text, or what is wrong with it."""

    number: int
    line: int
    text: str
    problem: str = ""


class NoColumn(Exception):
    """The file has no column of that name; `columns` are those it has."""

    def __init__(self, columns: list[str]) -> None:
        super().__init__(columns)
        self.columns = columns


@lru_cache(maxsize=4)
def records_of(raw: bytes, encoding: str, media_type: str, column: str) -> tuple[Record, ...]:
    """The records of a file, in order, malformed ones with their problem. Raises NoColumn (CSV: by its header; JSONL: if
    no record has the key)."""
    text = raw.decode(encoding)
    return tuple(_csv(text, column) if media_type == CSV else _jsonl(text, column))


def record_text(raw: bytes, encoding: str, media_type: str, column: str, number: int) -> str:
    """The text of one record. Raises IndexError if there is none of that number."""
    return records_of(raw, encoding, media_type, column)[number].text


def _csv(text: str, column: str) -> Iterator[Record]:
    csv.field_size_limit(2**31 - 1)  # a document may be longer than the module's 131,072 characters
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = next(reader, [])
    if column not in header:
        raise NoColumn(header)
    position, number, line = header.index(column), 0, reader.line_num + 1
    while True:
        problem, row = "", [""] * len(header)
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            problem = str(error)
        if row:  # a blank line is no record
            if len(row) != len(header):
                problem = f"{len(row)} fields where the header has {len(header)}"
            yield Record(number, line, "" if problem else row[position], problem)
            number += 1
        line = reader.line_num + 1


def _jsonl(text: str, column: str) -> list[Record]:
    lines = [(i, line) for i, line in enumerate(text.split("\n"), start=1) if line.strip()]
    records = [_jsonl_record(number, i, line, column) for number, (i, line) in enumerate(lines)]
    missing = f"no key {column!r}"
    if records and all(record.problem == missing for record in records):
        raise NoColumn(sorted(json.loads(lines[0][1])))
    return records


def _jsonl_record(number: int, line_number: int, line: str, column: str) -> Record:
    try:
        value = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        problem = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
        return Record(number, line_number, "", problem)
    if not isinstance(value, dict):
        return Record(number, line_number, "", "not a JSON object")
    if column not in value:
        return Record(number, line_number, "", f"no key {column!r}")
    if not isinstance(value[column], str):
        return Record(number, line_number, "", f"{column!r} is not text")
    if _SURROGATE.search(value[column]):
        return Record(number, line_number, "", f"{column!r} holds half a character (a lone surrogate)")
    return Record(number, line_number, value[column])
