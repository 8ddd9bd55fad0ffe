"""What became of the documents: how many stand behind rows, and which gave nothing, with the reason."""

from typing import Final

from tasks.release.formatting import count, in_words, plural, share
from tasks.release.lookup import number, part
from tasks.release.report.blocks import Block, Cell, Grid, Line, Section
from tasks.release.report_data import ReportData

WITHOUT_ROWS: Final = {"no_instruction": "passage"}
"""Reasons for which a stage of rows rejects something else."""
EXAMPLES: Final = 3
"""Documents or passages that are named beside a reason."""


def section(data: ReportData) -> Section | None:
    """Passages and documents behind released rows; those that gave nothing by reason, each with some of them."""
    lines: list[Line] = []
    for stage in data.stages:
        for reason, number_of in stage.reasons.items():
            unit = WITHOUT_ROWS.get(reason) or (stage.reads if stage.makes in ("document", "passage") else "row")
            if unit != "row":
                meaning = data.meanings.get(reason, "").partition(";")[0]
                what = plural(number_of, "document" if stage.makes == "document" else unit)
                lines.append([Cell(in_words(reason)), what, meaning, _examples(data, stage.stage, reason)])
    covered = part(data.audit, "coverage")
    passages, used = (int(number(covered, name) or 0) for name in ("passages", "used"))
    if not lines and not passages:
        return None
    documents = (
        f"{count(number(covered, 'documents_used'))} of {plural(int(number(covered, 'documents') or 0), 'document')}"
    )
    lead = (
        f"Released rows stand on {count(used)} of {plural(passages, 'passage')} ({share(used, passages)}) in {documents}."
        if passages
        else ""
    )
    columns = ("Reason", "How many", "Meaning", "For example")
    found: list[Block] = [Grid("Documents and passages that gave nothing", columns, lines)] if lines else []
    return Section("sources", "Documents and passages", lead, found)


def _examples(data: ReportData, stage: str, reason: str) -> str:
    """Where some of what a stage rejected for a reason stands."""
    if data.rejects is None or not {"stage", "location"} <= set(data.rejects.column_names):
        return ""
    columns = zip(*(data.rejects.column(name).to_pylist() for name in ("stage", "reason", "location")), strict=True)
    found = dict.fromkeys(location for here, why, location in columns if (here, why) == (stage, reason) and location)
    return ", ".join(list(found)[:EXAMPLES])
