"""What rows are like: their domains, how responses are written, how foreseeable they are; and signs of collapse and bias."""

from collections.abc import Mapping
from typing import Any

from tasks.release.formatting import as_text, count, in_words, joined, share
from tasks.release.lookup import number, part, records
from tasks.release.report.blocks import Block, Cell, Grid, Line, Section
from tasks.release.report_data import ReportData

COLLAPSE = {
    "generation_mean": "Models that wrote on a row, one after another, on average",
    "generation_max": "Most models that wrote on a row",
    "human_words_share": "Share of the responses' words that people wrote",
    "instruction_distinct_2": "Different word pairs over all, instructions",
    "response_distinct_2": "Different word pairs over all, responses",
    "seed_tail_words_share": "Share of the seed corpus's rare words that made rows hold",
    "sentiment_gap": "Good minus bad words in a sentence: from the best to the worst group of people",
    "role_gap": "Mean distance of an occupation's share of women from that of all sentences",
}


def section(data: ReportData) -> Section | None:
    """Tables of the verifiers `domain`, `style` and `coherence`, as far as they ran."""
    found: list[Block] = []
    parts: list[str] = []
    for stage in data.stages:
        kind = stage.facts.get("verifier")
        if kind == "domain":
            found += _domains(stage.facts)
            missing = [as_text(name) for name in stage.facts.get("below_least_share") or ()]
            parts += [f"Too few rows are of the domain {joined(missing)}."] if missing else []
        elif kind == "style":
            found += _style(stage.facts)
        elif kind == "coherence":
            found += _coherence(stage.facts)
            outliers = number(stage.facts, "outliers", "rows") or 0
            parts.append(
                f"{count(outliers)} of {count(number(stage.facts, 'looked_at'))} responses are incoherent outliers."
            )
    return Section("writing", "Domains and style", " ".join(parts), found) if found else None


def collapse(data: ReportData) -> Section | None:
    """Figures of collapse and bias, with what moved since the previous release."""
    facts, moved = part(data.audit, "collapse"), part(data.audit, "trends")
    if not facts:
        return None
    lines: list[Line] = [
        [label, as_text(value)] for name, label in COLLAPSE.items() if (value := number(facts, name)) is not None
    ]
    found: list[Block] = [Grid("Signs of collapse and bias", ("Figure", "Now"), lines, numbers=(1,), wide=False)]
    if moved:
        trends: list[Line] = [[in_words(name), as_text(number(moved, name))] for name in moved]
        found.append(
            Grid(
                "Since the release before (a rise or drop above 0 is worse)",
                ("Trend", "By"),
                trends,
                numbers=(1,),
                wide=False,
            )
        )
    groups: list[Line] = [
        [Cell(in_words(name)), count(number(record, "sentences")), as_text(number(record, "sentiment"))]
        for name, record in part(facts, "identity", "groups").items()
    ]
    if groups:
        columns = ("Group", "Sentences", "Good minus bad words in one")
        found.append(
            Grid(
                "Sentences of responses about groups of people, in a sample",
                columns,
                groups,
                numbers=(1, 2),
                wide=False,
            )
        )
    lead = "Against the release before." if moved else "There is no earlier release, so no trend is measured."
    return Section("collapse", "Collapse and bias", lead, found)


def _domains(facts: Mapping[str, Any]) -> list[Block]:
    lines: list[Line] = [
        [in_words(as_text(record.get("domain"))), Cell(share(value), share=value), count(number(record, "rows"))]
        for record in records(facts, "domains")
        if (value := number(record, "share")) is not None
    ]
    return [Grid("Domains, by the nearest examples", ("Domain", "Share", "Rows"), lines, numbers=(2,))] if lines else []


def _style(facts: Mapping[str, Any]) -> list[Block]:
    beside = f"Reference: {as_text(part(facts, 'reference').get('what'))}"
    measured: list[Line] = [
        [in_words(as_text(one.get("measure"))), as_text(number(one, "here")), as_text(number(one, "reference"))]
        for one in records(facts, "measures")
    ]
    phrases: list[Line] = [
        [as_text(one.get("phrase")), as_text(number(one, "here")), as_text(number(one, "reference"))]
        for one in records(facts, "overused")
    ]
    found: list[Block] = [Grid("How responses are written", ("Measure", "Here", beside), measured, numbers=(1, 2))]
    if phrases:
        found.append(
            Grid("Over-used words and phrases, per 1,000 words", ("Phrase", "Here", beside), phrases, numbers=(1, 2))
        )
    return found


def _coherence(facts: Mapping[str, Any]) -> list[Block]:
    lines: list[Line] = [
        [Cell(kind), count(number(record, "rows")), as_text(number(record, "median")), as_text(number(record, "p95"))]
        for kind, record in {"all": part(facts, "perplexity"), **part(facts, "perplexity_by_kind")}.items()
    ]
    columns = ("Domain and language", "Rows", "Median", "95 in 100 are below")
    return [Grid(f"Perplexity of responses under {as_text(facts.get('model'))}", columns, lines, numbers=(1, 2, 3))]
