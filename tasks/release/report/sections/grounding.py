"""How much of the responses stands in the passages they were made from."""

import pyarrow.compute as pc

from tasks.release.facts import Dossier
from tasks.release.report import charts
from tasks.release.report.blocks import Block, Chart, Charts, Figure, Figures, Fold, Section
from tasks.release.report.measured import measured
from tasks.release.report.tally import present
from tasks.release.report.words import count, share

UNGROUNDED = {
    "ungrounded_number": "rejected for a number",
    "ungrounded_name": "rejected for a name",
    "ungrounded_quote": "rejected for a quotation",
    "ungrounded_content": "rejected for too few shared words",
}


def section(dossier: Dossier) -> Section | None:
    """The distribution of the grounding score and what was turned away for the lack of it."""
    column = dossier.rows.column("grounding")
    extra = dossier.audit.get("grounding")
    if not present(column):
        return Section("grounding", "Grounding", "", measured("grounding", extra)) if extra else None
    values = column.drop_null()
    full = pc.sum(pc.greater_equal(values, 1.0)).as_py()
    mean, weakest = share(pc.mean(values).as_py()), share(pc.min(values).as_py())
    lead = (
        f"On average {mean} of a response's content words stand in its evidence, in the weakest {weakest}; "
        f"in {share(full, len(values))} of {count(len(values))} rows every one does."
    )
    turned = {reason: sum(stage.reasons.get(reason, 0) for stage in dossier.stages) for reason in UNGROUNDED}
    drawing = charts.histogram(
        "grounding-share", "Grounding of the responses", values.to_pylist(), "share of content words"
    )
    found: list[Block] = [
        Figures([Figure(count(turned[reason]), label) for reason, label in UNGROUNDED.items()]),
        Charts([Chart(drawing, "Share of a response's content words that stand in its evidence")]),
    ]
    if extra:
        found.append(Fold("What the audit measured", measured("grounding", extra)))
    return Section("grounding", "Grounding", lead, found)
