"""Tables as text: CSV and TSV, each row a dict by the names of its columns.

What spreadsheets and data frames write is read as they meant it: a first line `sep=;`, semicolons, tabs or bars for commas, blanks
around names, cells in quotation marks in CSV and, where a file's marks show that it quotes, in TSV.
"""

import csv
import re
from collections import deque
from collections.abc import Iterator
from itertools import chain
from typing import Any, Final

from tasks.containers.blocks import RecordBlock, UnreadableRecord
from tasks.containers.bounds import LARGEST_RECORD, TOO_LONG
from tasks.containers.streams import Stream, whole_lines
from tasks.core.errors import BadInput

ROWS: Final = 4096
"""Rows of a block."""
LARGEST_BLOCK: Final = 8 << 20
"""Characters of a block."""
LONGEST_CELL: Final = 10_000
"""Lines a quoted cell may have: a quotation mark that is never closed must not swallow the rest of the file."""
MOST_COLUMNS: Final = 10_000
DELIMITERS: Final = (",", ";", "\t", "|")
_NAME: Final = re.compile(r"[\w .#/()-]{1,40}")
_SURROGATE: Final = re.compile("[\udc80-\udcff]")
_SEPARATOR: Final = re.compile(r"\"?sep=(.)\"?\s*", re.IGNORECASE)
_QUOTED_CELL: Final = re.compile(r"(?:^|(?<=\t))\"(?:[^\"]|\"\")*+(?:\"(?=\t|\r?$)|\Z)", re.MULTILINE)

_UNCLOSED: Final = UnreadableRecord("a quotation mark is never closed")

Cells = tuple[int, list[str] | UnreadableRecord]
"""The line on which a row begins, and its cells."""


def csv_rows(stream: Stream) -> Iterator[RecordBlock]:
    """Separated by whichever of DELIMITERS the header has most; quoted cells may hold line breaks. The first row names the
    columns. Raises BadInput for two columns of one name."""
    yield from _blocks(_separated(chain.from_iterable(_text_lines(stream)), ""), named=True)


def tsv_rows(stream: Stream) -> Iterator[RecordBlock]:
    """Separated by tabs; quoted if the first megabyte with a quotation mark in it says so. Columns are named by the first row
    if that holds short names, otherwise "column 1" … Raises BadInput for two columns of one name."""
    yield from _blocks(_tabbed(_text_lines(stream)), named=None)


def _blocks(rows: Iterator[Cells], named: bool | None) -> Iterator[RecordBlock]:
    number = held = 0
    header: list[str] = []
    values: list[Any] = []
    at: list[int] = []
    for line, cells in rows:
        if not header:
            problem, header, is_data = _header(cells, named)
            if problem:
                yield RecordBlock(0, [problem], line + 1, lambda _, line=line: line)  # type: ignore[misc]
                return
            if not is_data:
                continue
        at.append(line)
        values.append(_record(header, cells))
        held += sum(map(len, cells))
        if len(values) == ROWS or held > LARGEST_BLOCK:
            yield RecordBlock(number, values, line + 1, at.__getitem__)
            number, values, at, held = number + len(values), [], [], 0
    if values:
        yield RecordBlock(number, values, at[-1] + 1, at.__getitem__)


def _header(cells: list[str] | UnreadableRecord, named: bool | None) -> tuple[UnreadableRecord | None, list[str], bool]:
    """What is wrong with the first row, the names of the columns, and whether the row holds data. If `named` is not known:
    names are short, different words without the end of a sentence."""
    if isinstance(cells, UnreadableRecord):
        return UnreadableRecord(f"the names of the columns cannot be read, and so nothing else: {cells.why}"), [], False
    if len(cells) > MOST_COLUMNS:
        return UnreadableRecord(f"it has more than {MOST_COLUMNS:,} columns"), [], False
    names = [cell.strip("\ufeff \t\xa0") for cell in cells]
    numbered = [f"column {number}" for number in range(1, len(cells) + 1)]
    different = len(set(names)) == len(names)
    if named is None and not (different and all(_NAME.fullmatch(name) and not name[0].isdigit() for name in names)):
        return None, numbered, True
    if names.count("") > 1:  # separators at the end of every line
        names = [name or other for name, other in zip(names, numbered, strict=True)]
    unique_names(names)
    return None, names, False


def unique_names(names: list[str]) -> None:
    """Raises BadInput if two columns have one name."""
    if len(set(names)) < len(names):
        twice = next(name for i, name in enumerate(names) if name in names[:i])
        raise BadInput(f"two columns are called {twice!r}; rename one of them")


def _record(header: list[str], cells: list[str] | UnreadableRecord) -> Any:
    if isinstance(cells, UnreadableRecord):
        return cells
    if len(cells) != len(header):
        return UnreadableRecord(f"{len(cells)} cells where the header has {len(header)}")
    if any(_SURROGATE.search(cell) for cell in cells if not cell.isascii()):
        return UnreadableRecord("not UTF-8")
    return dict(zip(header, cells, strict=True))


def _tabbed(chunks: Iterator[list[str | None]]) -> Iterator[Cells]:
    """Rows of cells between tabs, up to the first lines with a quotation mark; these decide how they and the rest are read."""
    line, decided = 1, False
    for chunk in chunks:
        if line == 1 and chunk[0] is not None and _SEPARATOR.fullmatch(chunk[0]):
            yield from _separated(chain(chunk, chain.from_iterable(chunks)), "")
            return
        if not decided and any(text is not None and '"' in text for text in chunk):
            if decided := _is_quoted(chunk):
                yield from _separated(chain(chunk, chain.from_iterable(chunks)), "\t", line)
                return
            decided = True
        for number, text in enumerate(chunk, start=line):
            if text is None:
                yield number, TOO_LONG
            elif text.strip():
                yield number, text.rstrip("\r\n").split("\t")
        line += len(chunk)


def _is_quoted(chunk: list[str | None]) -> bool:
    """Whether quotation marks stand around cells, those inside doubled, and nowhere else, as Excel and pandas write them; and
    whether rows read so are as long as each other, at least as often as lines are."""
    lines = [line for line in chunk if line is not None]
    if '"' in _QUOTED_CELL.sub("", "".join(lines)):
        return False
    rows = [len(row) for row in csv.reader(lines, delimiter="\t") if row][:-1]
    return _even(rows) >= _even([line.count("\t") + 1 for line in lines if line.strip()])


def _even(lengths: list[int]) -> float:
    """The share of rows that are as long as the first; of none, all."""
    return lengths.count(lengths[0]) / len(lengths) if lengths else 1.0


def _separated(source: Iterator[str | None], delimiter: str, line: int = 1) -> Iterator[Cells]:
    """Rows in order. One whose quotation mark is never closed is an UnreadableRecord; the line after it is read next,
    if there are several columns.
    `delimiter`: empty if the first line decides; `line`: the number of the first."""
    csv.field_size_limit(LARGEST_RECORD)
    pending: deque[str | None] = deque()
    blanks, width = False, 0
    if not delimiter:
        first = next(source, "")
        if first and (stated := _SEPARATOR.fullmatch(first)):
            delimiter, line = stated[1], line + 1
        else:
            delimiter = max(DELIMITERS, key=(first or "").count)
            blanks = f"{delimiter} " in (first or "")  # the file sets blanks behind separators
            pending.append(first and first.replace(f'" {delimiter}', f'"{delimiter}'))
    while True:
        held: list[str | None] = []
        try:
            for cells in csv.reader(
                _fed(pending, source, held), delimiter=delimiter, strict=True, skipinitialspace=blanks
            ):
                if cells:
                    width = width or len(cells)
                    yield line, cells
                line += len(held)
                held.clear()
            if not held:
                return
            problem = TOO_LONG if held[0] is None else _UNCLOSED
        except csv.Error as error:
            problem = _UNCLOSED if "unexpected end" in str(error) else UnreadableRecord(str(error))
        yield line, problem
        if width != 1:  # in a single column, the lines of a broken cell look like cells
            pending.extendleft(reversed(held[1:]))
        line += len(held) if width == 1 else 1


def _fed(pending: deque[str | None], source: Iterator[str | None], held: list[str | None]) -> Iterator[str]:
    """Lines, noted in `held`, until there are none, one is too long, or those of one row are more than a row may have."""
    size = 0
    for text in chain(iter(lambda: pending.popleft() if pending else "", ""), source):
        size = len(text or "") + (size if held else 0)
        held.append(text)
        if text is None or len(held) > LONGEST_CELL or size > LARGEST_RECORD:
            return
        yield text


def _text_lines(stream: Stream) -> Iterator[list[str | None]]:
    """Lists of lines with their ends, None for one that is too long. Bytes that are no UTF-8 stay recognisable, as
    surrogates."""
    for chunk in whole_lines(stream):
        yield [line if line is None else line.decode("utf-8", "surrogateescape") + "\n" for line in chunk]
