"""The parts of a page in the order in which they are read: columns from left to right between what spans them."""

from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import Final

from tasks.documents.readers.office.pdf.lines import lines_of
from tasks.documents.readers.office.pdf.runs import TextRun

_LEAST_LINES: Final = 4
"""On each side of a gutter."""
_LEAST_CHARACTERS: Final = 14
"""Of a typical line in a column. Cells of tables are shorter."""
_FILLED: Final = 0.7
"""Share of a column's width that a typical line of it fills; cells of tables fill less of theirs."""
_MOST_SPANNING: Final = 0.5
"""Share of a page's runs that may cross a gutter."""
_DEEPEST: Final = 3


def regions_of(runs: Sequence[TextRun], depth: int = 0) -> list[list[TextRun]]:
    """Parts of a page, each of one column, in reading order."""
    gutter = _gutter(runs) if depth < _DEEPEST else None
    if gutter is None:
        return [list(runs)] if runs else []
    regions: list[list[TextRun]] = []
    left: list[TextRun] = []
    right: list[TextRun] = []
    across: list[TextRun] = []

    def columns_end() -> None:
        if left and right:
            regions.extend([*regions_of(left, depth + 1), *regions_of(right, depth + 1)])
        else:  # the last, short line of a paragraph across the page
            across.extend([*left, *right])
        left.clear()
        right.clear()

    def across_ends() -> None:
        if across:
            regions.append(list(across))
            across.clear()

    for line in lines_of(runs):
        if any(_crosses(run, gutter) for run in line.runs):
            if left and right:
                across_ends()
            columns_end()
            across.extend(line.runs)
        else:
            for run in line.runs:
                (left if run.x1 <= gutter else right).append(run)
            if left and right:
                across_ends()
    columns_end()
    across_ends()
    return regions


def _crosses(run: TextRun, gutter: float) -> bool:
    return run.x0 < gutter - 1 and run.x1 > gutter


def _gutter(runs: Sequence[TextRun]) -> float | None:
    """Where the second of two columns begins, if there are two: most of its lines begin at one x, and those of the first end
    before it. Points."""
    if len(runs) < 2 * _LEAST_LINES:
        return None
    x0, x1 = min(run.x0 for run in runs), max(run.x1 for run in runs)
    starts = Counter(round(run.x0) for run in runs)
    found: tuple[int, float] | None = None
    for start, count in starts.items():
        if count >= _LEAST_LINES and x0 + 0.2 * (x1 - x0) < start < x0 + 0.8 * (x1 - x0):
            gutter = start - 1.0
            across = sum(_crosses(run, gutter) for run in runs)
            if across <= _MOST_SPANNING * len(runs) and (found is None or (across, gutter) < found):
                left = [run for run in runs if run.x1 <= gutter]
                right = [run for run in runs if run.x0 >= gutter - 1]
                if _is_column(left) and _is_column(right):
                    found = across, gutter
    return found[1] if found else None


def _is_column(runs: Sequence[TextRun]) -> bool:
    lines = lines_of(runs)
    if len(lines) < _LEAST_LINES:
        return False
    width = max(line.x1 for line in lines) - min(line.x0 for line in lines)
    filled = median(line.x1 - line.x0 for line in lines) >= _FILLED * width
    return filled and median(len(line.text) for line in lines) >= _LEAST_CHARACTERS
