"""What is different from the release before, and whether anything became worse."""

from collections.abc import Mapping
from typing import Any

from tasks.release.lookup import number, part, records
from tasks.release.report.blocks import Block, Cell, Fold, Grid, KeyFigure, KeyFigures, Line, Section
from tasks.release.report.formatting import count, measure, plural, share, title
from tasks.release.report_data import ReportData

ROWS = {"added": "rows added", "removed": "rows removed", "changed": "rows changed", "same": "rows the same"}
WORSE = ("Figure", "Before", "Now", "Why it counts")
SHIFTED = ("Slice", "Before", "Now")
COMPARED = ("Figure", "Before", "Now", "Change", "Better is")
SHIFTS = 15
"""Shifted slices that are shown."""


def section(data: ReportData) -> Section | None:
    """Rows that came and went, regressions by name, every figure before and after."""
    facts = part(data.audit, "comparison")
    if not facts:
        return None
    worse, figures, shifts = (records(facts, name) for name in ("regressions", "figures", "shifts"))
    lead = (
        f"{plural(len(worse), 'figure')} became worse than allowed."
        if worse
        else "No figure became worse than allowed."
    )
    covered = number(facts, "previous_covered_share")
    lead += f" {share(covered)} of the earlier instructions have one like them here." if covered is not None else ""
    items = [
        KeyFigure(count(value), label) for name, label in ROWS.items() if (value := number(facts, name)) is not None
    ]
    found: list[Block] = [KeyFigures(items)] if items else []
    if worse:
        found.append(Grid("What became worse", WORSE, [_worse(record) for record in worse], numbers=(1, 2)))
    if shifts:
        lines = [_shift(record) for record in shifts[:SHIFTS]]
        found.append(Grid("Slices whose share of the rows moved", SHIFTED, lines, numbers=(1, 2), wide=False))
    if figures:
        found.append(
            Fold(
                "Every figure, before and now",
                [Grid("Figures compared", COMPARED, [_figure(r) for r in figures], (1, 2, 3))],
            )
        )
    return Section("changes", f"Changes since version {data.previous}", lead, found)


def _worse(record: Mapping[str, Any]) -> Line:
    return [
        Cell(_name(record), tone="bad"),
        measure(record.get("before")),
        measure(record.get("after")),
        measure(record.get("why")),
    ]


def _figure(record: Mapping[str, Any]) -> Line:
    change = number(record, "change")
    told = "–" if not change else f"{'+' if change > 0 else '−'}{measure(abs(change))}"
    return [
        _name(record),
        measure(record.get("before")),
        measure(record.get("after")),
        told,
        measure(record.get("better")),
    ]


def _shift(record: Mapping[str, Any]) -> Line:
    before, after = number(record, "before") or 0.0, number(record, "after") or 0.0
    return [f"{title(measure(record.get('dimension')))}: {measure(record.get('slice'))}", share(before), share(after)]


def _name(record: Mapping[str, Any]) -> str:
    return ", ".join(title(word).lower() for word in measure(record.get("figure")).split("."))
