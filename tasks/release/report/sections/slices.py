"""What the dataset is made of: its rows by source, method, kind of task and so on, and the slices unlike the rest."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tasks.release.formatting import as_text, count, in_words, joined, share
from tasks.release.lookup import number, part, records
from tasks.release.report.blocks import Block, Cell, Fold, Grid, Line, Section, SideBySide
from tasks.release.report.counting import count_table, has_values, value_counts
from tasks.release.report_data import ReportData
from tasks.release.writers import response_writers

SLICES = {
    "source": "Source",
    "method": "Method that made the instruction",
    "answer_method": "Method that made the answer",
    "category": "Kind of task",
    "difficulty": "Difficulty",
    "topic": "Topic",
    "operator": "Change made to an earlier row",
    "persona": "Persona",
    "language": "Language",
}
ABSENT = {"operator": "not changed"}
"""What a null means, where it means something."""
PLURALS = {"source": "sources", "method": "methods", "category": "kinds of task"}
MEANS = ("instruction_words", "response_words", "grounding", "toxicity")
OUTLIERS, LONGEST = 12, 30


def section(data: ReportData) -> Section | None:
    """One table for each column that has values; what the audit says of the means inside the slices."""
    rows = data.rows
    shown = [name for name in SLICES if name in rows.column_names and has_values(rows.column(name))]
    if not shown:
        return None
    largest = [(name, *value_counts(rows.column(name))[0]) for name in PLURALS if name in shown]
    parts = [f"{value} among the {PLURALS[name]} ({share(number, rows.num_rows)})" for name, value, number in largest]
    tables = [_counts(data, name) for name in shown] + _made_by(rows)
    facts = part(data.audit, "slices")
    found: list[Block] = [SideBySide(tables), *_outliers(facts)]
    means = [
        _means(name, records(facts, name)) for name in facts if name != "outliers" and len(records(facts, name)) > 1
    ]
    if means:
        found.append(Fold("Means inside every slice", means))
    return Section("slices", "What it is made of", f"The largest slices are {joined(parts)}." if parts else "", found)


def _counts(data: ReportData, name: str) -> Grid:
    counts = value_counts(data.rows.column(name), ABSENT.get(name, "not stated"))
    return count_table(SLICES[name], SLICES[name], counts, data.rows.num_rows)


def _made_by(rows: pa.Table) -> list[Grid]:
    """Rows by who wrote their response, and by the template or prompt that made their instruction, whatever its version."""
    prompts = pc.replace_substring_regex(rows.column("prompt_source"), r"@.*$", "")
    tables = {"Who wrote the response": response_writers(rows), "Template or prompt of the instruction": prompts}
    return [
        count_table(caption, caption, value_counts(column, "none"), rows.num_rows)
        for caption, column in tables.items()
        if has_values(column)
    ]


def _outliers(facts: Mapping[str, Any]) -> list[Block]:
    """The slices whose mean of a measure is far from that of all rows."""
    lines: list[Line] = [
        [
            Cell(f"{SLICES.get(name) or in_words(name.removesuffix('_label'))}: {as_text(record.get('slice'))}"),
            in_words(as_text(record.get("measure"))),
            *(as_text(record.get(figure)) for figure in ("rows", "mean", "overall")),
        ]
        for record in records(facts, "outliers")[:OUTLIERS]
        for name in [as_text(record.get("dimension"))]
    ]
    columns = ("Slice", "Measure", "Rows", "Mean inside", "Mean of all")
    return [Grid("Slices unlike the rest", columns, lines, numbers=(2, 3, 4))] if lines else []


def _means(name: str, slices: list[Mapping[str, Any]]) -> Grid:
    lines: list[Line] = [
        [
            Cell(as_text(record.get("slice"))),
            count(number(record, "rows")),
            *(as_text(record.get(mean)) for mean in MEANS),
        ]
        for record in slices[:LONGEST]
    ]
    columns = (in_words(name), "Rows", *(in_words(mean) for mean in MEANS))
    return Grid(f"Means by {in_words(name).lower()}", columns, lines, numbers=range(1, len(columns)))
