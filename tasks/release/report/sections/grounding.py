"""How much of the responses stands in the passages they were made from."""

import pyarrow.compute as pc

from tasks.release.lookup import number, part
from tasks.release.report import charts
from tasks.release.report.blocks import Block, Cell, Chart, Charts, Grid, Line, Section, SideBySide
from tasks.release.report.counting import has_values
from tasks.release.report.formatting import count, measure, share
from tasks.release.report_data import ReportData

UNGROUNDED = {
    "ungrounded_number": "a number",
    "ungrounded_name": "a name",
    "ungrounded_quote": "a quotation",
    "ungrounded_content": "too many words",
}


def section(data: ReportData) -> Section | None:
    """The distribution of the grounding score, by method, and what was turned away for the lack of it."""
    column = data.rows.column("grounding")
    if not has_values(column):
        return None
    values = column.drop_null()
    full = pc.sum(pc.greater_equal(values, 1.0)).as_py()
    mean, weakest = share(pc.mean(values).as_py()), share(pc.min(values).as_py())
    lead = (
        f"On average {mean} of a response's content words stand in its evidence, in the weakest {weakest}; "
        f"in {share(full, len(values))} of {count(len(values))} rows every one does."
    )
    drawing = charts.histogram(
        "grounding-share",
        "Grounding of the responses",
        values.to_pylist(),
        "share of content words",
        within=(min(0.5, pc.min(values).as_py()), 1.0),
    )
    caption = "Share of a response's content words that stand in its evidence"
    found: list[Block] = [Charts([Chart(drawing, caption)]), _turned_away(data)]
    return Section("grounding", "Grounding", lead, [SideBySide(found), *_by_method(data)])


def _turned_away(data: ReportData) -> Grid:
    turned = {reason: sum(stage.reasons.get(reason, 0) for stage in data.stages) for reason in UNGROUNDED}
    lines: list[Line] = [[Cell(what), count(turned[reason])] for reason, what in UNGROUNDED.items()]
    caption = "Rows turned away because the evidence lacks …"
    return Grid(caption, ("The evidence lacks", "Rows turned away"), lines, numbers=(1,), headed=False)


def _by_method(data: ReportData) -> list[Block]:
    methods = part(data.audit, "grounding", "by_answer_method")
    lines: list[Line] = [
        [Cell(method), *(measure(number(record, name)) for name in ("rows", "mean", "min"))]
        for method, record in methods.items()
    ]
    columns = ("Method of the answer", "Rows", "Mean", "Least")
    return (
        [Grid("Grounding by the method of the answer", columns, lines, numbers=(1, 2, 3), wide=False)] if lines else []
    )
