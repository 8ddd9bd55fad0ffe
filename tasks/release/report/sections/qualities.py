"""The six qualities: relevant, aligned, consistent, correctly formatted, sufficiently unique, compliant."""

from collections.abc import Mapping
from typing import Any

from tasks.release.formatting import as_text, count, in_words, joined, share
from tasks.release.lookup import number, part
from tasks.release.report.blocks import Cell, Grid, Line, Section, Tone
from tasks.release.report_data import ReportData


def section(data: ReportData) -> Section | None:
    """One line for each quality: the share of rows that have it, what the recipe requires, and what it means here."""
    facts = part(data.audit, "qualities")
    known = {name: part(record) for name, record in facts.items() if part(record).get("definition")}
    if not known:
        return None
    missed = [in_words(name).lower() for name, record in known.items() if record.get("passed") is False]
    unknown = [in_words(name).lower() for name, record in known.items() if number(record, "score") is None]
    parts = [f"Below what the recipe requires: {joined(missed)}."] if missed else []
    parts += [f"Not measured: {joined(unknown)}."] if unknown else []
    lead = " ".join(parts) or "Every quality is as high as the recipe requires."
    rows = [_line(name, record) for name, record in known.items()]
    columns = ("Quality", "Share of rows", "Required", "A row has it if")
    return Section("qualities", "Six qualities", lead, [Grid("Shares of rows that have each quality", columns, rows)])


def _line(name: str, record: Mapping[str, Any]) -> Line:
    score, required = number(record, "score"), number(record, "threshold")
    tone: Tone = (
        "" if required is None else "warn" if score is None else "bad" if record.get("passed") is False else "good"
    )
    cell = Cell("not measured", tone=tone)
    if score is not None:
        cell = Cell(share(score), share=min(max(score, 0.0), 1.0), tone=tone)
    definition = as_text(record.get("definition") or "")
    measured, of = number(record, "measured"), number(record, "of")
    if score is not None and measured is not None and of is not None and measured < of:
        definition += f"; measured on {count(measured)} of {count(of)} rows"
    if lacking := record.get("not_measured"):
        definition += f"; not measured: {as_text(lacking)}"
    return [Cell(in_words(name)), cell, "not asked for" if required is None else share(required), definition]
