"""Personal data, toxicity, text from benchmarks, text that tries to instruct."""

from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc

from tasks.release.facts import Dossier
from tasks.release.report.blocks import Block, Cell, Figure, Figures, Fold, Grid, Line, Note, Section
from tasks.release.report.measured import measured
from tasks.release.report.tally import present, tallied
from tasks.release.report.words import count, measure, plural

TURNED_AWAY = ("pii", "toxic", "contaminated", "instruction_like")
EVIDENCE = 12
"""Rejected rows whose contamination is shown with its evidence."""


def section(dossier: Dossier) -> Section | None:
    """What the safety checks found in released rows and turned away before."""
    rows, turned = dossier.rows, Counter[str]()
    for stage in dossier.stages:
        turned.update({reason: number for reason, number in stage.reasons.items() if reason in TURNED_AWAY})
    items = [Figure(count(turned[reason]), label) for reason, label in zip(TURNED_AWAY, _LABELS, strict=True)]
    checked = [name for name in ("pii", "toxicity", "contamination") if present(rows.column(name))]
    lead = f"The safety checks turned away {plural(sum(turned.values()), 'row')}. " + (
        f"Released rows carry their findings on {', '.join(checked)}."
        if checked
        else "Released rows carry no findings."
    )
    found: list[Block] = [Figures(items), *_personal(rows), *_highest(rows), *_evidence(dossier.rejects)]
    if extra := dossier.audit.get("safety"):
        found.append(Fold("What the audit measured", measured("safety", extra)))
    return Section("safety", "Safety", lead, found)


_LABELS = (
    "rejected for personal data",
    "rejected as toxic",
    "rejected as benchmark text",
    "rejected for instructing a model",
)


def _personal(rows: pa.Table) -> list[Block]:
    found = Counter(entry for entries in rows.column("pii").to_pylist() for entry in entries or ())
    if not found:
        return [Note("No released row holds a kind of personal data that the checks know.")]
    counts = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return [
        tallied("Kinds of personal data in released rows, as TYPE:column", "Kind", counts, rows.num_rows, code=True)
    ]


def _highest(rows: pa.Table) -> list[Block]:
    lines: list[Line] = [
        [Cell(label), measure(pc.max(rows.column(name)).as_py()), measure(pc.mean(rows.column(name)).as_py())]
        for name, label in (
            ("toxicity", "Toxicity (0 … 1)"),
            ("contamination", "Share of a benchmark item found in a row"),
        )
        if present(rows.column(name))
    ]
    return [Grid("Scores of released rows", ("Score", "Highest", "Mean"), lines, numbers=(1, 2))] if lines else []


def _evidence(rejects: pa.Table | None) -> list[Block]:
    if rejects is None or "reason" not in rejects.column_names:
        return []
    hits = rejects.filter(pc.equal(rejects.column("reason"), "contaminated")).slice(0, EVIDENCE).to_pylist()
    lines: list[Line] = [
        [Cell(str(hit.get("detail") or "")), str(hit.get("instruction") or hit.get("text") or "")[:300]] for hit in hits
    ]
    caption = "Benchmark text that was found, in the sample of rejected rows"
    return [Grid(caption, ("Evidence", "In the row"), lines)] if lines else []
