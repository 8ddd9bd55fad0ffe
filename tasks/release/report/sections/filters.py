"""The filters one by one, in the order in which they ran."""

from collections.abc import Mapping
from typing import Any

from tasks.release.lookup import counts, number, part, records
from tasks.release.report.blocks import Block, Cell, Fold, Grid, Line, Section
from tasks.release.report.formatting import count, plural, share
from tasks.release.report_data import ReportData


def section(data: ReportData) -> Section | None:
    """What each filter saw, rejected and changed; and why they ran in this order, where that was planned."""
    facts = next((stage.facts for stage in data.stages if records(stage.facts, "filters")), None)
    if facts is None:
        return None
    ran = records(facts, "filters")
    rejecting = [record for record in ran if part(record, "rejected")]
    most = max((_rejected(record) for record in ran), default=1) or 1
    lines: list[Line] = [_line(record, most) for record in ran]
    columns = ("Filter", "Rows in", "Rejected", "Share", "Why", "Changed")
    found: list[Block] = [Grid("Filters in the order in which they ran", columns, lines, (1, 3, 5), code=True)]
    lead = f"{plural(len(ran), 'filter')} looked at the rows, {count(len(rejecting))} of them rejected some."
    if plan := part(facts, "plan"):
        saved = number(plan, "saved_share")
        lead += f" The order was planned on {plural(int(number(plan, 'trial_rows') or 0), 'row')}"
        lead += f" and saves {share(saved)} of the work." if saved else "."
        found.append(Fold("Why in this order", [_plan(plan)]))
    return Section("filters", "Filters", lead, found)


def _line(record: Mapping[str, Any], most: int) -> Line:
    rejected, came = _rejected(record), int(number(record, "rows_in") or 0)
    why = ", ".join(f"{reason.replace('_', ' ')} {count(rows)}" for reason, rows in counts(record, "rejected"))
    changed = number(record, "changed")
    return [
        str(record.get("filter")),
        count(came),
        Cell(count(rejected), share=rejected / most),
        share(rejected, came),
        why or "–",
        count(changed) if changed else "–",
    ]


def _rejected(record: Mapping[str, Any]) -> int:
    return sum(rows for _, rows in counts(record, "rejected"))


def _plan(plan: Mapping[str, Any]) -> Grid:
    lines: list[Line] = [
        [
            str(step.get("filter")),
            f"{number(step, 'cost_us') or 0:,.1f}",
            share(number(step, "rejected_share") or 0.0),
            f"{number(step, 'expected_us') or 0:,.1f}",
        ]
        for step in records(plan, "steps")
    ]
    columns = ("Filter", "Microseconds a row", "Rejects", "Expected microseconds")
    return Grid("The cheapest order that is allowed: dear filters see fewer rows", columns, lines, (1, 2, 3), code=True)
