"""Tables: CSV, TSV and Parquet, each row a dict by the names of its columns."""

import csv
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tasks.containers.blocks import RecordBlock, UnreadableRecord
from tasks.containers.streams import Stream

ROWS: Final = 4096
"""Rows of a block."""
LONGEST_CELL: Final = 10_000
"""Lines a quoted cell may have: a quotation mark that is never closed must not swallow the rest of the file."""
_NAME: Final = re.compile(r"[\w .#/()-]{1,40}")
_SURROGATE: Final = re.compile("[\udc80-\udcff]")

Cells = tuple[int, list[str] | UnreadableRecord]
"""The line on which a row begins, and its cells."""


def csv_rows(stream: Stream) -> Iterator[RecordBlock]:
    """Comma-separated, or separated by semicolons if the header is; quoted cells may hold line breaks. The first row names
    the columns."""
    csv.field_size_limit(2**31 - 1)
    yield from _blocks(_csv(stream), named=True)


def tsv_rows(stream: Stream) -> Iterator[RecordBlock]:
    """Separated by tabs, nothing quoted. Columns are named by the first row if that holds short names, otherwise "column 1" …"""
    yield from _blocks(_tsv(stream), named=None)


def parquet_rows(path: Path) -> Iterator[RecordBlock]:
    """The rows of a Parquet file. A file that cannot be read, or not to its end, is one UnreadableRecord."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=ROWS):
                first = number
                number += batch.num_rows
                yield RecordBlock(first, batch.to_pylist(), number + 1, lambda index, first=first: first + index + 1)  # type: ignore[misc]
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        why = f"cannot be read as Parquet: {str(error).splitlines()[0][:120]}"
        yield RecordBlock(number, [UnreadableRecord(why)], number + 1, lambda _: number + 1)


def _blocks(rows: Iterator[Cells], named: bool | None) -> Iterator[RecordBlock]:
    number = 0
    header: list[str] = []
    values: list[Any] = []
    at: list[int] = []
    for line, cells in rows:
        if not header and not isinstance(cells, UnreadableRecord):
            if named is None:  # names are short, different words without the end of a sentence
                different = len(set(cells)) == len(cells)
                named = different and all(_NAME.fullmatch(cell) and not cell[0].isdigit() for cell in cells)
            if named:
                header = cells
                continue
            header = [f"column {number}" for number in range(1, len(cells) + 1)]
        at.append(line)
        values.append(_record(header, cells))
        if len(values) == ROWS:
            yield RecordBlock(number, values, line + 1, at.__getitem__)
            number, values, at = number + ROWS, [], []
    if values:
        yield RecordBlock(number, values, at[-1] + 1, at.__getitem__)


def _record(header: list[str], cells: list[str] | UnreadableRecord) -> Any:
    if isinstance(cells, UnreadableRecord):
        return cells
    if len(cells) != len(header):
        return UnreadableRecord(f"{len(cells)} cells where the header has {len(header)}")
    if any(_SURROGATE.search(cell) for cell in cells if not cell.isascii()):
        return UnreadableRecord("not UTF-8")
    return dict(zip(header, cells, strict=True))


def _tsv(stream: Stream) -> Iterator[Cells]:
    for number, line in enumerate(_lines(stream), start=1):
        if line.strip():
            yield number, line.rstrip("\r\n").split("\t")


def _csv(stream: Stream) -> Iterator[Cells]:
    """Rows in order. One whose quotation mark is never closed is an UnreadableRecord; the line after it is read next."""
    pending: deque[str] = deque()
    source, line, delimiter = _lines(stream), 1, ""
    while True:
        held: list[str] = []

        def fed(held: list[str] = held) -> Iterator[str]:
            while (text := pending.popleft() if pending else next(source, None)) is not None:
                held.append(text)
                if len(held) > LONGEST_CELL:
                    return
                yield text

        feed = fed()
        if not delimiter:
            first = next(feed, "")
            delimiter = ";" if first.count(";") > first.count(",") else ","
            pending.extendleft(reversed(held))
            held.clear()
            feed = fed()
        try:
            for cells in csv.reader(feed, delimiter=delimiter, strict=True):
                if cells:
                    yield line, cells
                line += len(held)
                held.clear()
            if not held:
                return
            why = "a quotation mark is never closed"
        except csv.Error as error:
            why = "a quotation mark is never closed" if "unexpected end" in str(error) else str(error)
        yield line, UnreadableRecord(why)
        pending.extendleft(reversed(held[1:]))
        line += 1


def _lines(stream: Stream) -> Iterator[str]:
    """Lines with their ends. Bytes that are no UTF-8 stay recognisable, as surrogates."""
    rest = b""
    while data := stream.read(1 << 20):
        *whole, rest = (rest + data).split(b"\n")
        for line in whole:
            yield line.decode("utf-8", "surrogateescape") + "\n"
    if rest:
        yield rest.decode("utf-8", "surrogateescape")
