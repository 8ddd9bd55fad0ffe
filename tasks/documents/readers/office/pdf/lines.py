"""Runs that stand beside each other are a line."""

from collections.abc import Sequence
from typing import NamedTuple

from tasks.documents.readers.office.pdf.runs import TextRun


class PrintedLine(NamedTuple):
    """Runs from left to right, and the box around them."""

    runs: tuple[TextRun, ...]
    x0: float
    x1: float
    top: float
    bottom: float

    @property
    def text(self) -> str:
        """Its text, a blank between two runs."""
        return " ".join(run.text for run in self.runs)

    @property
    def main(self) -> TextRun:
        """Its longest run: that which has the line's size and font."""
        return max(self.runs, key=lambda run: len(run.text))


def line_of(runs: Sequence[TextRun]) -> PrintedLine:
    """The line that `runs` make."""
    ordered = tuple(sorted(runs, key=lambda run: run.x0))
    main = max(ordered, key=lambda run: len(run.text))
    return PrintedLine(ordered, ordered[0].x0, max(run.x1 for run in ordered), main.top, main.bottom)


def lines_of(runs: Sequence[TextRun]) -> list[PrintedLine]:
    """The lines of `runs`, from top to bottom. A run belongs to the line before it if its middle lies within that line."""
    groups: list[list[TextRun]] = []
    for run in sorted(runs, key=lambda one: (one.middle, one.x0)):
        if groups and abs(run.middle - groups[-1][0].middle) < 0.45 * max(run.size, groups[-1][0].size):
            groups[-1].append(run)
        else:
            groups.append([run])
    return [line_of(group) for group in groups]
