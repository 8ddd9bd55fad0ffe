"""What the dataset is made of: its rows by source, method, kind of task and so on, and the slices unlike the rest."""

from collections.abc import Mapping
from typing import Any

from tasks.release.lookup import number, part, records
from tasks.release.report.blocks import Block, Cell, Fold, Grid, Line, Section, SideBySide
from tasks.release.report.counting import count_table, has_values, value_counts
from tasks.release.report.formatting import count, listed, measure, share, title
from tasks.release.report_data import ReportData

SLICES = {
    "source": "Source",
    "method": "Method of the instruction",
    "answer_method": "Method of the answer",
    "category": "Kind of task",
    "difficulty": "Difficulty",
    "topic": "Topic",
    "operator": "Evolution operator",
    "origin": "Who wrote the response",
    "language": "Language",
}
ABSENT = {"operator": "not evolved"}
"""What a null means, where it means something."""
MEANS = ("instruction_words", "response_words", "grounding", "toxicity")
OUTLIERS, LONGEST = 12, 30


def section(data: ReportData) -> Section | None:
    """One table for each column that has values; what the audit says of the means inside the slices."""
    rows = data.rows
    shown = [name for name in SLICES if has_values(rows.column(name))]
    if not shown:
        return None
    largest = [
        (name, *value_counts(rows.column(name))[0]) for name in ("source", "method", "category") if name in shown
    ]
    parts = [f"{value} among the {_plural(name)} ({share(rows_in, rows.num_rows)})" for name, value, rows_in in largest]
    tables = [
        count_table(
            SLICES[name], SLICES[name], value_counts(rows.column(name), ABSENT.get(name, "not stated")), rows.num_rows
        )
        for name in shown
    ]
    facts = part(data.audit, "slices")
    found: list[Block] = [SideBySide(tables), *_unlike(facts)]
    means = [_means(name, records(facts, name)) for name in facts if name != "outliers" and records(facts, name)]
    if means:
        found.append(Fold("Means inside every slice", means))
    return Section("slices", "What it is made of", f"The largest slices are {listed(parts)}." if parts else "", found)


def _unlike(facts: Mapping[str, Any]) -> list[Block]:
    """The slices whose mean of a measure is far from that of all rows."""
    lines: list[Line] = [
        [
            Cell(f"{SLICES.get(str(record.get('dimension'))) or _dimension(record)}: {measure(record.get('slice'))}"),
            title(measure(record.get("measure"))),
            *(measure(record.get(name)) for name in ("rows", "mean", "overall")),
        ]
        for record in records(facts, "outliers")[:OUTLIERS]
    ]
    columns = ("Slice", "Measure", "Rows", "Mean inside", "Mean of all")
    return [Grid("Slices unlike the rest", columns, lines, numbers=(2, 3, 4))] if lines else []


def _means(name: str, slices: list[Mapping[str, Any]]) -> Grid:
    lines: list[Line] = [
        [
            Cell(measure(record.get("slice"))),
            count(number(record, "rows")),
            *(measure(record.get(mean)) for mean in MEANS),
        ]
        for record in slices[:LONGEST]
    ]
    columns = (title(name), "Rows", *(title(mean) for mean in MEANS))
    return Grid(f"Means by {title(name).lower()}", columns, lines, numbers=range(1, len(columns)))


def _dimension(record: Mapping[str, Any]) -> str:
    return title(measure(record.get("dimension")).removesuffix("_label"))


def _plural(name: str) -> str:
    return {"category": "kinds of task"}.get(name, f"{name}s")
