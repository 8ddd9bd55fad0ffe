"""The filters one by one, in the order in which they ran."""

from collections.abc import Mapping
from typing import Any

from tasks.release.formatting import as_text, count, in_words, plural, share
from tasks.release.lookup import counts, number, part, records
from tasks.release.report.blocks import Block, Cell, Grid, Line, Note, Section
from tasks.release.report_data import ReportData


def section(data: ReportData) -> Section | None:
    """What each filter saw, rejected and changed."""
    ran = next((found for stage in data.stages if (found := records(stage.facts, "filters"))), None)
    if ran is None:
        return None
    active = [record for record in ran if _rejected(record) or number(record, "changed")]
    idle = [str(record.get("filter")) for record in ran if record not in active]
    rejecting = sum(bool(_rejected(record)) for record in active)
    most = max((_rejected(record) for record in active), default=0) or 1
    columns = ("Filter", "Rows in", "Rejected", "Share", "Why", "Changed")
    caption = "Filters that rejected or changed rows, in the order in which they ran"
    table = Grid(caption, columns, [_line(record, most) for record in active], (1, 3, 5), code=True)
    blocks: list[Block] = [table] if active else []
    blocks += [Note(f"Ran and found nothing: {', '.join(idle)}.")] if idle else []
    blocks += _measured(ran)
    lead = f"{plural(len(ran), 'filter')} checked the rows; {count(rejecting)} of them rejected some."
    return Section("filters", "Filters", lead, blocks)


def _measured(ran: list[Mapping[str, Any]]) -> list[Block]:
    """Figures of the filters that measure: outliers, and whether a classifier distinguishes people's responses from models'."""
    lines: list[Line] = [
        [str(record.get("filter")), in_words(name), as_text(value)]
        for record in ran
        for name, value in part(record, "measured").items()
    ]
    caption = "What filters measured; an AUC near 0.5 means that models' responses read like people's, near 1 that they do not"
    return [Grid(caption, ("Filter", "Figure", "Value"), lines, code=True, wide=False)] if lines else []


def _line(record: Mapping[str, Any], most: int) -> Line:
    rejected, rows = _rejected(record), int(number(record, "rows_in") or 0)
    why = ", ".join(f"{reason.replace('_', ' ')} {count(times)}" for reason, times in counts(record, "rejected"))
    changed = number(record, "changed")
    return [
        str(record.get("filter")),
        count(rows),
        Cell(count(rejected), share=rejected / most),
        share(rejected, rows),
        why or "–",
        count(changed) if changed else "–",
    ]


def _rejected(record: Mapping[str, Any]) -> int:
    return sum(rows for _, rows in counts(record, "rejected"))
