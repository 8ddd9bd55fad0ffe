"""Tables of a column of text: lines of several runs that stand under each other."""

from collections.abc import Sequence
from typing import Final

from tasks.documents.readers.office.pdf.lines import PrintedLine
from tasks.documents.readers.office.pdf.runs import TextRun

Rows = tuple[tuple[str, ...], ...]

_LEAST_ROWS: Final = 2
_MOST_COLUMNS: Final = 30
_ROW_GAP: Final = 3.0
"""Times a line's height: rows further apart belong to different tables."""
_WRAPPED: Final = 0.5
"""Times a line's height: a line that is nearer belongs to the cell above it."""
_NUMBERS: Final = frozenset("0123456789.()•◦▪‣●○■–*·- ")


def table_at(lines: Sequence[PrintedLine], start: int) -> tuple[int, Rows] | None:
    """The table that begins with line `start`: the line after its last, and its rows. A line of one run belongs to the row that is
    nearest. None if there is none."""
    if not _may_be_row(lines[start]):
        return None
    columns: list[tuple[float, float]] = []
    end = start
    for position in range(start, len(lines)):
        line, before = lines[position], lines[position - 1]
        height = line.bottom - line.top
        if position > start and line.top - before.bottom > _ROW_GAP * height:
            break
        wider = _merged([*columns, *((run.x0, run.x1) for run in line.runs)])
        if _may_be_row(line):
            if (
                not (_fits(lines[start], wider) and _fits(line, wider))
                or not len(columns) <= len(wider) <= _MOST_COLUMNS
            ):
                break
            end = position + 1
        elif len(wider) != len(columns) or line.top - before.bottom > height:
            break
        elif position == end and line.top - before.bottom < _WRAPPED * height:
            end = position + 1
        columns = wider
    rows = _rows(lines[start:end], columns)
    numbered = len(columns) == 2 and all(row[0] and _NUMBERS.issuperset(row[0]) for row in rows)
    return None if len(rows) < _LEAST_ROWS or len(columns) < 2 or numbered else (end, rows)


def _may_be_row(line: PrintedLine) -> bool:
    return len(line.runs) > 1 and not all(run.mono for run in line.runs)


def _merged(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Spans of x that overlap, as one."""
    found: list[tuple[float, float]] = []
    for x0, x1 in sorted(spans):
        if found and x0 <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], x1))
        else:
            found.append((x0, x1))
    return found


def _column(run: TextRun, columns: Sequence[tuple[float, float]]) -> int:
    return next(i for i, (x0, x1) in enumerate(columns) if x0 <= run.x0 <= x1)


def _fits(line: PrintedLine, columns: Sequence[tuple[float, float]]) -> bool:
    """Whether no two runs of a line stand in one column."""
    return len({_column(run, columns) for run in line.runs}) == len(line.runs)


def _rows(lines: Sequence[PrintedLine], columns: Sequence[tuple[float, float]]) -> Rows:
    anchors = [line for line in lines if _may_be_row(line)]
    cells: list[list[list[str]]] = [[[] for _ in columns] for _ in anchors]
    for line in lines:
        row = min(range(len(anchors)), key=lambda i: abs(anchors[i].top + anchors[i].bottom - line.top - line.bottom))
        for run in line.runs:
            cells[row][_column(run, columns)].append(run.text)
    return tuple(tuple(" ".join(cell) for cell in row) for row in cells)
