"""Lengths, demands and verb–object pairs of this release beside those of the one before, and of a reference."""

from collections.abc import Mapping
from typing import Any

from tasks.release.lookup import number, part, records
from tasks.release.report import charts
from tasks.release.report.blocks import Block, Chart, Charts, Grid, Line, Note, Section
from tasks.release.report.formatting import listed, measure, share
from tasks.release.report.histograms import bins
from tasks.release.report_data import OtherRelease, ReportData

DRAWN = {
    ("distributions", "instruction_words"): "Words in the instruction",
    ("distributions", "response_words"): "Words in the response",
    ("distributions", "response_sentences"): "Sentences in the response",
    ("complexity", "depth"): "Depth of the instructions' syntax",
    ("complexity", "reasoning_steps"): "Steps of reasoning in the responses",
}
PAIRS = 15
FIGURES = {
    "Verb–object pairs, if all were as frequent": ("verb_object", "effective"),
    "Different verbs over all verbs": ("complexity", "verb_diversity"),
    "Words in a sentence of an instruction": ("complexity", "words_per_sentence"),
    "Verifiable constraints a row": ("complexity", "constraints_per_row"),
    "Different word pairs": ("diversity", "distinct_2"),
    "Clusters, if all were as large": ("diversity", "effective_clusters"),
}


def section(data: ReportData) -> Section | None:
    """One drawing for each distribution; the most frequent verb–object pairs and the figures of complexity in tables."""
    others = [other for other in data.beside if other.audit]
    reference = str(data.recipe.get("reference") or "")
    missing = [Note(f"The reference {reference} is not in this store, so nothing is compared with it.", "warn")]
    missing = missing if reference and not any(o.name.startswith(reference.partition("@")[0]) for o in others) else []
    if not others or not data.audit:
        return Section("beside", "Beside other releases", "", missing) if missing else None
    names = ["this release", *(other.name for other in others)]
    drawings = [drawing for path, caption in DRAWN.items() if (drawing := _drawing(data, others, path, caption))]
    found: list[Block] = [*missing, Charts(drawings)] if drawings else [*missing]
    found += [_figures(data, others, names), *_pairs(data, others, names)]
    lead = f"The share of rows by length and by what they demand, here and in {listed(names[1:])}."
    return Section("beside", "Beside other releases", lead, found)


def _drawing(data: ReportData, others: list[OtherRelease], path: tuple[str, str], caption: str) -> Chart | None:
    counted = [bins(part(audit, path[0]).get(path[1])) for audit in (data.audit, *(o.audit for o in others))]
    if not counted[0][1] or not any(counts for _, counts in counted[1:]):
        return None
    name = "-".join(("beside", *path)).replace("_", "-")
    labels = ["this release", *_roles(others)]
    there = [(one, label) for one, label in zip(counted, labels, strict=True) if one[1]]
    return Chart(charts.beside(name, caption, [one for one, _ in there], [label for _, label in there]), caption)


def _roles(others: list[OtherRelease]) -> list[str]:
    """Our own words for the others, since names from data are never drawn."""
    return ["before" if other.name.startswith("version ") else "reference" for other in others]


def _figures(data: ReportData, others: list[OtherRelease], names: list[str]) -> Grid:
    audits: list[Mapping[str, Any]] = [data.audit, *(other.audit for other in others)]
    lines: list[Line] = [
        [label, *(measure(number(audit, *path)) for audit in audits)]
        for label, path in FIGURES.items()
        if number(data.audit, *path) is not None
    ]
    for level in ("easy", "medium", "hard"):
        if number(data.audit, "complexity", "difficulty", level) is not None:
            shares = [number(audit, "complexity", "difficulty", level) for audit in audits]
            lines.append([f"Difficulty: {level}", *("–" if value is None else share(value) for value in shares)])
    return Grid("Figures side by side", ("Figure", *names), lines, range(1, len(names) + 1))


def _pairs(data: ReportData, others: list[OtherRelease], names: list[str]) -> list[Block]:
    shares = [_shares(audit) for audit in (data.audit, *(other.audit for other in others))]
    ordered = sorted(shares[0], key=lambda pair: (-shares[0][pair], pair))[:PAIRS]
    lines: list[Line] = [
        [" ".join(pair), *("–" if pair not in known else share(known[pair]) for known in shares)] for pair in ordered
    ]
    caption = "Verbs with their objects, share of the instructions; – is not among the most frequent there"
    return [Grid(caption, ("Pair", *names), lines, range(1, len(names) + 1))] if lines else []


def _shares(audit: Mapping[str, Any]) -> dict[tuple[str, str], float]:
    rows = number(audit, "sample", "rows") or number(audit, "rows") or 0
    pairs = records(audit, "verb_object", "pairs")
    return {(str(p.get("verb")), str(p.get("object"))): (number(p, "count") or 0) / rows for p in pairs} if rows else {}
