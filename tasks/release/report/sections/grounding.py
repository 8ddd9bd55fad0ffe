"""How much of the responses stands in the passages they were made from."""

import pyarrow.compute as pc

from tasks.release.formatting import as_text, count, share
from tasks.release.lookup import number, part
from tasks.release.report import charts
from tasks.release.report.blocks import Block, Cell, Chart, Charts, Grid, Line, Section, SideBySide
from tasks.release.report.counting import has_values
from tasks.release.report_data import ReportData

UNGROUNDED = {
    "ungrounded_number": "a number",
    "ungrounded_name": "a name",
    "ungrounded_quote": "a quotation",
    "ungrounded_content": "too many words",
}


def section(data: ReportData) -> Section | None:
    """The distribution of the grounding score, by method, and what was rejected for the lack of it."""
    column = data.rows.column("grounding")
    if not has_values(column):
        return None
    values = column.drop_null()
    full = pc.sum(pc.greater_equal(values, 1.0)).as_py()
    mean, least = pc.mean(values).as_py(), pc.min(values).as_py()
    lead = (
        f"On average {share(mean)} of a response's content words stand in its evidence, in the worst case {share(least)}; "
        f"in {share(full, len(values))} of {count(len(values))} rows every one does."
    )
    title, unit = "Grounding of the responses", "share of content words"
    drawing = charts.histogram("grounding-share", title, values.to_pylist(), unit, within=(min(0.5, least), 1.0))
    rejected: list[Line] = [
        [Cell(what), count(sum(stage.reasons.get(reason, 0) for stage in data.stages))]
        for reason, what in UNGROUNDED.items()
    ]
    columns = ("The evidence lacks", "Rejected rows")
    table = Grid("Rows rejected because the evidence lacks …", columns, rejected, numbers=(1,), headed=False)
    caption = "Share of a response's content words that stand in its evidence"
    shown = SideBySide([Charts([Chart(drawing, caption)]), table])
    return Section("grounding", "Grounding", lead, [shown, *_by_method(data)])


def _by_method(data: ReportData) -> list[Block]:
    methods = part(data.audit, "grounding", "by_answer_method")
    lines: list[Line] = [
        [Cell(method), *(as_text(number(record, name)) for name in ("rows", "mean", "min"))]
        for method, record in methods.items()
    ]
    columns = ("Method of the answer", "Rows", "Mean", "Least")
    caption = "Grounding by the method of the answer"
    return [Grid(caption, columns, lines, numbers=(1, 2, 3), wide=False)] if lines else []
