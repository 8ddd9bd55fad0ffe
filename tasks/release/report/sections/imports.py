"""The open datasets that rows were taken from."""

from collections.abc import Mapping
from typing import Any

from tasks.release.formatting import count, joined, plural
from tasks.release.lookup import number, part
from tasks.release.report.blocks import Cell, Grid, Line, Section
from tasks.release.report_data import ReportData

SHOWN = 40


def section(data: ReportData) -> Section | None:
    """Every file with its format, its licence and what that allows, and its rows."""
    files = next((found for stage in data.stages if (found := part(stage.facts, "files"))), {})
    if not files:
        return None
    rows = sum(int(number(files, name, "rows") or 0) for name in files)
    lead = f"{plural(rows, 'row')} were read from {plural(len(files), 'file')}."
    if unread := {column for name in files for column in part(files, name).get("unread") or ()}:
        lead += f" Not read: {plural(len(unread), 'column')}, {joined(sorted(map(str, unread))[:SHOWN])}."
    columns = ("File", "Format", "Licence", "Use", "Rows", "Refused", "Columns not read")
    lines = [_line(name, part(files, name)) for name in list(files)[:SHOWN]]
    return Section("imports", "Datasets it was made from", lead, [Grid("Files that were read", columns, lines, (4, 5))])


def _line(name: str, entry: Mapping[str, Any]) -> Line:
    use = str(entry.get("use"))
    return [
        str(entry.get("path") or name),
        str(entry.get("format")),
        str(entry.get("licence")),
        Cell(use, tone="good" if use == "commercial" else "warn"),
        *(count(number(entry, column)) for column in ("rows", "refused")),
        ", ".join(map(str, entry.get("unread") or ())) or "none",
    ]
