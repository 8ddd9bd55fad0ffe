"""The six qualities: relevant, aligned, consistent, correctly formatted, sufficiently unique, compliant."""

from collections.abc import Mapping
from typing import Any

from tasks.release.lookup import number, part
from tasks.release.report.blocks import Cell, Grid, Line, Section
from tasks.release.report.formatting import as_text, in_words, joined, share
from tasks.release.report_data import ReportData


def section(data: ReportData) -> Section | None:
    """One line for each quality: the share of rows that have it, what the recipe requires, and what it means here."""
    facts = part(data.audit, "qualities")
    scored = {name: record for name, record in facts.items() if number(record, "score") is not None}
    if not scored:
        return None
    missed = [in_words(name).lower() for name, record in scored.items() if record.get("passed") is False]
    met = "Every quality is as high as the recipe requires." if len(scored) > 1 else ""
    lead = f"Below what the recipe requires: {joined(missed)}." if missed else met
    rows = [_line(name, record) for name, record in scored.items()]
    columns = ("Quality", "Share of rows", "Required", "A row has it if")
    return Section("qualities", "Six qualities", lead, [Grid("Shares of rows that have each quality", columns, rows)])


def _line(name: str, record: Mapping[str, Any]) -> Line:
    score, required = number(record, "score") or 0.0, number(record, "threshold")
    missed = record.get("passed") is False
    cell = Cell(share(score), share=min(max(score, 0.0), 1.0), tone="bad" if missed else "good")
    return [
        Cell(in_words(name)),
        cell,
        "" if required is None else share(required),
        as_text(record.get("definition") or ""),
    ]
