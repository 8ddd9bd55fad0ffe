"""What stands at the top of the report: did it pass, how much is it, what changed."""

from dataclasses import dataclass

import pyarrow.compute as pc

from tasks.release.formatting import count, day, in_words, money, plural, share
from tasks.release.lookup import number, part, records
from tasks.release.report.blocks import KeyFigure, KeyFigures, Tone
from tasks.release.report.counting import has_values, value_counts, word_counts
from tasks.release.report_data import ReportData
from tasks.release.verdict import TONES

NAMED = 3
"""Figures that became worse that are named at the top; the section on changes has all of them."""


@dataclass(frozen=True)
class Summary:
    """What stands above the sections."""

    tone: Tone
    verdict: str
    changes: str
    made: str
    figures: KeyFigures


def summary(data: ReportData) -> Summary:
    """The verdict, what changed since the last release, and the key figures."""
    verdict = data.verdict
    unreleased = "" if data.version else " Not released."
    return Summary(
        tone=TONES[verdict.colour],
        verdict=f"{verdict.text}{unreleased} {plural(data.rows.num_rows, 'row')}.",
        changes=_changes(data),
        made=day(data.created_at),
        figures=_figures(data),
    )


def _changes(data: ReportData) -> str:
    if data.previous is None:
        return "The first release of this dataset."
    facts = part(data.audit, "comparison")
    numbers = {name: number(facts, name) for name in ("added", "removed", "changed")}
    parts = [f"{count(value)} {name}" for name, value in numbers.items() if value is not None]
    text = f"Since version {data.previous}: {', '.join(parts)}." if parts else f"It follows version {data.previous}."
    worse = records(facts, "regressions")
    named = ", ".join(in_words(str(record.get("figure"))).lower().replace(".", ", ") for record in worse[:NAMED])
    rest = " and others" if len(worse) > NAMED else ""
    return f"{text} {plural(len(worse), 'figure')} became worse than allowed: {named}{rest}." if worse else text


def _figures(data: ReportData) -> KeyFigures:
    rows = data.rows
    rejected = sum(stage.rejected for stage in data.stages)
    items = [
        KeyFigure(count(rows.num_rows), "released rows" if data.version else "rows so far"),
        KeyFigure(count(rejected), "rejected", "each with a reason"),
    ]
    if rows.num_rows:
        items.append(KeyFigure(count(word_counts(rows.column("response")).sum()), "words in the responses"))
    if has_values(rows.column("theme_label")):
        themed = rows.filter(pc.not_equal(pc.fill_null(rows.column("theme"), -1), -1))
        items.append(KeyFigure(count(len(value_counts(themed.column("theme_label")))), "themes"))
    if has_values(rows.column("grounding")):
        mean = share(pc.mean(rows.column("grounding")).as_py())
        items.append(KeyFigure(mean, "grounded", "content words found in the cited passages"))
    items.append(KeyFigure(money(data.cost.usd), "spent", plural(data.cost.requests, "request") + " to models"))
    return KeyFigures(items)
