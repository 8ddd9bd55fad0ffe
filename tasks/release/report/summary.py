"""The first glance: is it good, how much is it, what changed."""

from dataclasses import dataclass

import pyarrow.compute as pc

from tasks.release.lookup import number, part, records
from tasks.release.report.blocks import KeyFigure, KeyFigures, Tone
from tasks.release.report.counting import has_values, value_counts, words
from tasks.release.report.formatting import count, day, money, plural, share, title
from tasks.release.report_data import ReportData

NAMED = 3
"""Figures that became worse that are named at once; the section on changes has all of them."""


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
    failed = [gate.stage for gate in data.gates if not gate.passed]
    if data.passed:
        gates = f"All {len(data.gates)} gates passed." if len(data.gates) > 1 else "Its gate passed."
    else:
        gates = (
            f"Not proven: the gate after {', '.join(failed)} failed."
            if failed
            else "Not proven: no gate stood after any stage."
        )
    return Summary(
        tone="good" if data.passed else "bad",
        verdict=f"{gates} {plural(data.rows.num_rows, 'row')}.",
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
    worse = records(facts, "regressions")
    told = f"Since version {data.previous}: {', '.join(parts)}." if parts else f"It follows version {data.previous}."
    named = ", ".join(title(str(record.get("figure"))).lower().replace(".", ", ") for record in worse[:NAMED])
    rest = " and others" if len(worse) > NAMED else ""
    return f"{told} {plural(len(worse), 'figure')} became worse than allowed: {named}{rest}." if worse else told


def _figures(data: ReportData) -> KeyFigures:
    rows = data.rows
    turned = sum(stage.rejected for stage in data.stages)
    items = [
        KeyFigure(count(rows.num_rows), "released rows"),
        KeyFigure(count(turned), "rejected on the way", "each with a reason"),
    ]
    if rows.num_rows:
        items.append(KeyFigure(count(pc.sum(words(rows.column("response"))).as_py()), "words of responses"))
    if has_values(rows.column("theme_label")):
        themed = rows.filter(pc.not_equal(pc.fill_null(rows.column("theme"), -1), -1))
        items.append(KeyFigure(count(len(value_counts(themed.column("theme_label")))), "themes"))
    if has_values(rows.column("grounding")):
        items.append(
            KeyFigure(share(pc.mean(rows.column("grounding")).as_py()), "grounded", "content words in the evidence")
        )
    items.append(KeyFigure(money(data.cost.usd), "spent", plural(data.cost.requests, "request") + " to models"))
    return KeyFigures(items)
