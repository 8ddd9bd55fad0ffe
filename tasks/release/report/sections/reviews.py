"""What people decided about rows, and what still waits for them."""

from tasks.release.formatting import count, in_words, plural, share
from tasks.release.lookup import counts, number, part
from tasks.release.report.blocks import Cell, Grid, Line, Section
from tasks.release.report_data import ReportData


def section(data: ReportData) -> Section | None:
    """Rows by what was decided, and decisions by reviewer."""
    stage = next((stage for stage in data.stages if part(stage.facts, "review")), None)
    if stage is None:
        return None
    figures = {name: int(number(stage.facts, "review", name) or 0) for name in _SAID}
    rejected = counts(stage.facts, "review", "rejected")
    reviewed = figures["accepted"] + figures["edited"] + sum(rows for _, rows in rejected)
    lines: list[Line] = [[text, count(figures[name])] for name, text in _SAID.items() if figures[name]]
    lines += [[f"rejected by a reviewer: {in_words(reason).lower()}", count(rows)] for reason, rows in rejected]
    people = sorted(counts(stage.facts, "review", "by_reviewer"), key=lambda item: (-item[1], item[0]))
    most = max((said for _, said in people), default=1)
    said: list[Line] = [[name, Cell(count(decisions), share=decisions / most)] for name, decisions in people]
    lead = (
        f"People decided about {plural(reviewed, 'row')} of {count(stage.rows_in)} ({share(reviewed, stage.rows_in)})."
    )
    if waiting := number(stage.facts, "review", "waiting"):
        lead += f" {plural(int(waiting), 'row')} must be looked at again."
    grids = [
        Grid("What was decided", ("Rows that are", "Rows"), lines),
        Grid("By whom", ("Reviewer", "Decisions"), said),
    ]
    return Section("reviews", "Reviews", lead, [grid for grid in grids if grid.rows])


_SAID = {
    "accepted": "accepted as they are",
    "edited": "edited",
    "pairs": "made of an edited response and the one before",
    "conflict": "disputed: a further person decides",
    "stale": "not as they were when they were decided about",
    "gone": "no longer made, though they were decided about",
}
