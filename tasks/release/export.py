"""Rows as files for trainers and spreadsheets, written in a stream and put in place whole or not at all.

alpaca, sharegpt and messages are formats for supervised fine-tuning: they hold the winning response; the losing one of a
preference pair and the score of a reward row are in parquet, jsonl and csv, which keep every column. Rows with `weight: 0` count
nothing in training, and so are not in those three: their readers know no weights, and would learn a deliberately wrong answer.
"""

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.errors import BadInput
from tasks.release.conversations import COLUMNS, CONVERSATIONS
from tasks.store.files import replaced
from tasks.text.spreadsheet_cells import LINE_BREAKS, guarded

BATCH: Final = 1024
"""Rows that are Python objects at a time."""


def export(rows: pa.Table, format: str, out: Path) -> int:
    """Write `rows` (EXAMPLE's columns, and more if there are) to `out` in `format`; returns how many were written.

    A file that is there is replaced in one step at the end. Raises BadInput for an unknown format, and for a row that the
    format cannot hold; InstructoryError where `out` cannot be written.
    """
    write = FORMATS.get(format)
    if write is None:
        raise BadInput(f"unknown format {format!r}; choose one of {', '.join(FORMATS)}")
    if format in CONVERSATIONS and "weight" in rows.column_names:
        rows = rows.filter(pc.not_equal(pc.fill_null(rows["weight"], 1.0), 0.0))
    with replaced(out) as temporary:
        write(rows, temporary)
    return int(rows.num_rows)


def _array(name: str) -> Callable[[pa.Table, Path], None]:
    """A writer of one JSON array, a row to a line."""

    def write(rows: pa.Table, path: Path) -> None:
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write("[")
            for number, row in enumerate(_rows(rows.select(COLUMNS))):
                file.write((",\n" if number else "\n") + _json(CONVERSATIONS[name](row)))
            file.write("\n]\n")

    return write


def _lines(path: Path, values: Iterator[dict[str, Any]]) -> None:
    with path.open("x", encoding="utf-8", newline="") as file:
        file.writelines(_json(value) + "\n" for value in values)


def _csv(rows: pa.Table, path: Path) -> None:
    """Comma-separated, every column; lists as JSON text, null as an empty cell.

    A text cell that a spreadsheet would run as a formula (it begins with = + - @, their full-width forms, tab or carriage
    return) gets an apostrophe before it, and so does one that begins with apostrophes and then one of these, so that dropping one
    apostrophe from every cell that FORMULA matches after an apostrophe gives back the text.
    """
    with path.open("x", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(rows.column_names)
        writer.writerows([_cell(value) for value in row.values()] for row in _rows(rows))


def _parquet(rows: pa.Table, path: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(rows, path, compression="zstd", write_page_checksum=True)


FORMATS: Final[dict[str, Callable[[pa.Table, Path], None]]] = {
    "alpaca": _array("alpaca"),
    "sharegpt": _array("sharegpt"),
    "messages": lambda rows, path: _lines(path, map(CONVERSATIONS["messages"], _rows(rows.select(COLUMNS)))),
    "parquet": _parquet,
    "jsonl": lambda rows, path: _lines(path, _rows(_finite(rows))),
    "csv": _csv,
}


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=BATCH):
        yield from batch.to_pylist()


def _finite(table: pa.Table) -> pa.Table:
    """`table` with null for NaN and infinities, which JSON cannot say."""
    for number, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            column = table.column(number)
            table = table.set_column(number, field, pc.if_else(pc.is_finite(column), column, None))
    return table


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=str).translate(LINE_BREAKS)


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return guarded(value)
    return _json(value) if isinstance(value, list | dict) else value
