"""What is different from the release before, and whether anything became worse."""

from collections.abc import Mapping
from typing import Any

from tasks.release.formatting import as_text, count, in_words, plural, share
from tasks.release.lookup import number, part, records
from tasks.release.report.blocks import Block, Cell, Fold, Grid, KeyFigures, Line, Section
from tasks.release.report.fact_tables import key_figures
from tasks.release.report_data import ReportData

ROWS = {
    "added": ("rows added", count),
    "removed": ("rows removed", count),
    "changed": ("rows changed", count),
    "same": ("rows the same", count),
}
SHIFTS = 15
"""Shifted slices that are shown."""


def section(data: ReportData) -> Section | None:
    """Rows that came and went, regressions by name, every figure before and after."""
    facts = part(data.audit, "comparison")
    if not facts:
        return None
    worse, figures, shifts = (records(facts, name) for name in ("regressions", "figures", "shifts"))
    lead = f"{plural(len(worse), 'figure') if worse else 'No figure'} became worse than allowed."
    if (covered := number(facts, "previous_covered_share")) is not None:
        lead += f" {share(covered)} of the earlier instructions have one like them here."
    items = key_figures(facts, ROWS)
    found: list[Block] = [KeyFigures(items)] if items else []
    if worse:
        columns = ("Figure", "Before", "Now", "Why it counts")
        lost: list[Line] = [
            [Cell(_name(record), tone="bad"), *(as_text(record.get(name)) for name in ("before", "after", "why"))]
            for record in worse
        ]
        found.append(Grid("What became worse", columns, lost, numbers=(1, 2)))
    if shifts:
        moved = [_shift(record) for record in shifts[:SHIFTS]]
        caption = "Slices whose share of the rows changed"
        found.append(Grid(caption, ("Slice", "Before", "Now"), moved, numbers=(1, 2), wide=False))
    if figures:
        lines = [_figure(record) for record in figures]
        table = Grid("Figures compared", ("Figure", "Before", "Now", "Change", "Better is"), lines, numbers=(1, 2, 3))
        found.append(Fold("Every figure, before and now", [table]))
    return Section("changes", f"Changes since version {data.previous}", lead, found)


def _figure(record: Mapping[str, Any]) -> Line:
    change = number(record, "change")
    signed = "–" if not change else f"{'+' if change > 0 else '−'}{as_text(abs(change))}"
    before, after, better = (as_text(record.get(name)) for name in ("before", "after", "better"))
    return [_name(record), before, after, signed, better]


def _shift(record: Mapping[str, Any]) -> Line:
    before, after = number(record, "before") or 0.0, number(record, "after") or 0.0
    return [
        f"{in_words(as_text(record.get('dimension')))}: {as_text(record.get('slice'))}",
        share(before),
        share(after),
    ]


def _name(record: Mapping[str, Any]) -> str:
    return ", ".join(in_words(word).lower() for word in as_text(record.get("figure")).split("."))
