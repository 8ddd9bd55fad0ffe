"""Which format a file has and what holds for all of its records, by looking at its first rows."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from tasks.core.errors import BadInput
from tasks.imports import choices, marks, table
from tasks.imports.example import Conventions, Record, UnusableError
from tasks.imports.formats import FORMATS
from tasks.imports.params import Dataset

LOOKED_AT: Final = 200
"""Rows that decide."""
ENOUGH: Final = 0.8
"""Share of them that must have a format's shape: real files hold odd rows, which are refused one by one."""


class UnrecognisedError(BadInput):
    """No format fits a file's rows."""


class Recognised(NamedTuple):
    """A format, and on what grounds."""

    name: str
    because: str


def recognise(values: Sequence[Any], dataset: Dataset, path: str) -> Recognised:
    """The format of a file whose first records are `values`. The recipe's word counts most; UnrecognisedError if nothing fits,
    BadInput for a format that does not exist."""
    if dataset.format != "auto":
        if dataset.format not in FORMATS:
            raise BadInput(f"datasets: no format {dataset.format!r}; there are auto, {', '.join(FORMATS)}")
        return Recognised(dataset.format, "as the recipe says")
    if dataset.columns:
        return Recognised("plain", "columns as the recipe names them")
    rows: list[Record] = [value for value in values[:LOOKED_AT] if isinstance(value, dict)]
    if not rows:
        return Recognised("plain", "no row of it can be read" if values else "it is empty")
    for name, form in FORMATS.items():
        fitting = sum(form.recognises(row) for row in rows)
        if fitting >= ENOUGH * len(rows):
            return Recognised(name, f"{fitting} of the first {len(rows)} rows have its shape")
    seen = ", ".join(str(name)[:40] for name in list(rows[0])[:12])
    raise UnrecognisedError(
        f"{path}: no format recognised; its rows have: {seen}. Name one with `format:`, or the columns, e.g. "
        "columns: {instruction: question, response: answer}"
    )


def conventions_of(values: Sequence[Any], dataset: Dataset) -> Conventions:
    """What the first records of a file show: the scale of its marks, and how its answers name their choices."""
    rows: list[Record] = [value for value in values if isinstance(value, dict)]
    asked = [(row, plan) for row in rows if (plan := table.plan_of(row)).choices or plan.choice_columns]
    chosen = []
    for row, plan in asked:
        with suppress(UnusableError):
            found = choices.choices_of(row, plan.choices, plan.choice_columns)
            answer = next((row[name] for name in plan.answers if row[name] is not None and row[name] != ""), None)
            chosen += [(answer, found)] if found and answer is not None else []
    column = next((name for name in (*marks.LABELS, *marks.MARKS) if rows and name in rows[0]), None)
    return Conventions(
        dataset,
        marks.scale_of((marks.mark_in(row, (*marks.LABELS, *marks.MARKS)) for row in rows), column) if column else None,
        choices.first_choice_of(chosen),
        choices.are_texts(chosen),
    )
