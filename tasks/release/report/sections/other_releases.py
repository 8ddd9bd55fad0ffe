"""Lengths, demands and verb–object pairs of this release compared with those of the one before, and of a reference."""

from collections.abc import Mapping
from typing import Any

from tasks.release.formatting import as_text, joined, share
from tasks.release.lookup import number, part, records
from tasks.release.report import charts
from tasks.release.report.blocks import Block, Chart, Charts, Grid, Line, Note, Section
from tasks.release.report.histograms import bins
from tasks.release.report_data import ReportData

Audits = Mapping[str, Mapping[str, Any]]
"""Facts of the audits, this release's first, by the name that a column has."""

DRAWN = {
    ("distributions", "instruction_words"): "Words in the instruction",
    ("distributions", "response_words"): "Words in the response",
    ("distributions", "response_sentences"): "Sentences in the response",
    ("complexity", "depth"): "Depth of the instructions' syntax",
    ("complexity", "reasoning_steps"): "Steps of reasoning in the responses",
}
PAIRS = 15
FIGURES = {
    "Effective number of verb–object pairs": ("verb_object", "effective"),
    "Different verbs over all verbs": ("complexity", "verb_diversity"),
    "Words in a sentence of an instruction": ("complexity", "words_per_sentence"),
    "Verifiable constraints in a row": ("complexity", "constraints_per_row"),
    "Different word pairs (distinct-2)": ("diversity", "distinct_2"),
    "Effective number of clusters": ("diversity", "effective_clusters"),
}


def section(data: ReportData) -> Section | None:
    """One drawing for each distribution; the most frequent verb–object pairs and the figures of complexity in tables."""
    others = [other for other in data.beside if other.audit]
    reference = str(data.recipe.get("reference") or "")
    found: list[Block] = []
    if reference and not any(other.name.startswith(reference.partition("@")[0]) for other in others):
        found.append(Note(f"The reference {reference} is not in this store, so nothing is compared with it.", "warn"))
    title = "Compared with other releases"
    if not others or not data.audit:
        return Section("beside", title, "", found) if found else None
    audits = {"this release": data.audit, **{other.name: other.audit for other in others}}
    drawings = [drawing for path, caption in DRAWN.items() if (drawing := _drawing(audits, path, caption))]
    found += [Charts(drawings)] if drawings else []
    found += [_figures(audits), *_pairs(audits)]
    lead = f"The share of rows by length and by what they demand, here and in {joined(list(audits)[1:])}."
    return Section("beside", title, lead, found)


def _drawing(audits: Audits, path: tuple[str, str], caption: str) -> Chart | None:
    series = []
    for release, audit in audits.items():
        counted = bins(part(audit, path[0]).get(path[1]))
        # names from data are never drawn, so other releases get words of ours
        label = "before" if release.startswith("version ") else "reference"
        if counted[1]:
            series.append((counted, label if release != "this release" else release))
    if len(series) < 2 or series[0][1] != "this release":
        return None
    name = "-".join(("beside", *path)).replace("_", "-")
    return Chart(charts.beside(name, caption, [bins for bins, _ in series], [label for _, label in series]), caption)


def _figures(audits: Audits) -> Grid:
    here = audits["this release"]
    lines: list[Line] = [
        [label, *(as_text(number(audit, *path)) for audit in audits.values())]
        for label, path in FIGURES.items()
        if number(here, *path) is not None
    ]
    for level in ("easy", "medium", "hard"):
        if number(here, "complexity", "difficulty", level) is not None:
            shares = [number(audit, "complexity", "difficulty", level) for audit in audits.values()]
            lines.append([f"Difficulty: {level}", *("–" if value is None else share(value) for value in shares)])
    return Grid("Figures side by side", ("Figure", *audits), lines, range(1, len(audits) + 1))


def _pairs(audits: Audits) -> list[Block]:
    shares = [_shares(audit) for audit in audits.values()]
    ordered = sorted(shares[0], key=lambda pair: (-shares[0][pair], pair))[:PAIRS]
    lines: list[Line] = [
        [" ".join(pair), *("–" if pair not in known else share(known[pair]) for known in shares)] for pair in ordered
    ]
    caption = "Verbs with their objects, share of the instructions; – is not among the most frequent there"
    return [Grid(caption, ("Pair", *audits), lines, range(1, len(audits) + 1))] if lines else []


def _shares(audit: Mapping[str, Any]) -> dict[tuple[str, str], float]:
    rows = number(audit, "sample", "rows") or number(audit, "rows") or 0
    pairs = records(audit, "verb_object", "pairs")
    return {(str(p.get("verb")), str(p.get("object"))): (number(p, "count") or 0) / rows for p in pairs} if rows else {}
