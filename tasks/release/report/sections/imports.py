"""The open datasets that rows were taken from."""

from tasks.release.lookup import number, part
from tasks.release.report.blocks import Cell, Grid, Line, Section
from tasks.release.report.formatting import count, plural
from tasks.release.report_data import ReportData

SHOWN = 40


def section(data: ReportData) -> Section | None:
    """Every file with its format, its licence and what that allows, and its rows."""
    facts = next((stage.facts for stage in data.stages if stage.stage == "imports"), {})
    files = part(facts, "files")
    if not files:
        return None
    lines: list[Line] = []
    for name in list(files)[:SHOWN]:
        entry = part(files, name)
        use = str(entry.get("use"))
        told = [str(entry.get("path") or name), str(entry.get("format")), str(entry.get("licence"))]
        lines.append(
            [
                *told,
                Cell(use, tone="good" if use == "commercial" else "warn"),
                *(count(number(entry, n)) for n in ("rows", "refused")),
            ]
        )
    rows = sum(int(number(files, name, "rows") or 0) for name in files)
    lead = f"{plural(rows, 'row')} were read from {plural(len(files), 'file')}."
    columns = ("File", "Format", "Licence", "Use", "Rows", "Refused")
    return Section("imports", "Datasets it was made from", lead, [Grid("Files that were read", columns, lines, (4, 5))])
