"""What the dataset is made of: its rows by source, method, kind of task and so on."""

from tasks.release.facts import Dossier
from tasks.release.report.blocks import Section, Side
from tasks.release.report.tally import present, tallied, tally
from tasks.release.report.words import listed, share

SLICES = {
    "source": "Source",
    "method": "Method of the instruction",
    "answer_method": "Method of the answer",
    "category": "Kind of task",
    "difficulty": "Difficulty",
    "operator": "Evolution operator",
    "origin": "Who wrote the response",
    "language": "Language",
}
ABSENT = {"operator": "not evolved"}
"""What a null means, where it means something."""


def section(dossier: Dossier) -> Section | None:
    """One table for each column that has values."""
    rows = dossier.rows
    shown = [name for name in SLICES if present(rows.column(name))]
    if not shown:
        return None
    largest = [(name, *tally(rows.column(name))[0]) for name in ("source", "method", "category") if name in shown]
    parts = [f"{value} among the {_plural(name)} ({share(number, rows.num_rows)})" for name, value, number in largest]
    tables = [
        tallied(SLICES[name], SLICES[name], tally(rows.column(name), ABSENT.get(name, "not stated")), rows.num_rows)
        for name in shown
    ]
    return Section(
        "slices", "What it is made of", f"The largest slices are {listed(parts)}." if parts else "", [Side(tables)]
    )


def _plural(name: str) -> str:
    return {"category": "kinds of task"}.get(name, f"{name}s")
