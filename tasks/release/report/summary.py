"""The first glance: is it good, how much is it, what changed."""

from dataclasses import dataclass

import pyarrow.compute as pc

from tasks.release.lookup import number, part, records
from tasks.release.report.blocks import Figure, Figures, Tone
from tasks.release.report.counting import present, tally, words
from tasks.release.report.formatting import count, day, money, plural, share, title
from tasks.release.report_data import Dossier

NAMED = 3
"""Figures that became worse that are named at once; the section on changes has all of them."""


@dataclass(frozen=True)
class Headline:
    """What stands above the sections."""

    tone: Tone
    verdict: str
    summary: str
    made: str
    figures: Figures


def headline(dossier: Dossier) -> Headline:
    """The verdict, what changed since the last release, and the key figures."""
    failed = [gate.stage for gate in dossier.gates if not gate.passed]
    if dossier.passed:
        gates = f"All {len(dossier.gates)} gates passed." if len(dossier.gates) > 1 else "Its gate passed."
    else:
        gates = (
            f"Not proven: the gate after {', '.join(failed)} failed."
            if failed
            else "Not proven: no gate stood after any stage."
        )
    return Headline(
        tone="good" if dossier.passed else "bad",
        verdict=f"{gates} {plural(dossier.rows.num_rows, 'row')}.",
        summary=_changes(dossier),
        made=day(dossier.created_at),
        figures=_figures(dossier),
    )


def _changes(dossier: Dossier) -> str:
    if dossier.previous is None:
        return "The first release of this dataset."
    facts = part(dossier.audit, "comparison")
    numbers = {name: number(facts, name) for name in ("added", "removed", "changed")}
    parts = [f"{count(value)} {name}" for name, value in numbers.items() if value is not None]
    worse = records(facts, "regressions")
    told = (
        f"Since version {dossier.previous}: {', '.join(parts)}." if parts else f"It follows version {dossier.previous}."
    )
    named = ", ".join(title(str(record.get("figure"))).lower().replace(".", ", ") for record in worse[:NAMED])
    rest = " and others" if len(worse) > NAMED else ""
    return f"{told} {plural(len(worse), 'figure')} became worse than allowed: {named}{rest}." if worse else told


def _figures(dossier: Dossier) -> Figures:
    rows = dossier.rows
    turned = sum(stage.rejected for stage in dossier.stages)
    items = [
        Figure(count(rows.num_rows), "released rows"),
        Figure(count(turned), "rejected on the way", "each with a reason"),
    ]
    if rows.num_rows:
        items.append(Figure(count(pc.sum(words(rows.column("response"))).as_py()), "words of responses"))
    if present(rows.column("theme_label")):
        themed = rows.filter(pc.not_equal(pc.fill_null(rows.column("theme"), -1), -1))
        items.append(Figure(count(len(tally(themed.column("theme_label")))), "themes"))
    if present(rows.column("grounding")):
        items.append(
            Figure(share(pc.mean(rows.column("grounding")).as_py()), "grounded", "content words in the evidence")
        )
    items.append(Figure(money(dossier.cost.usd), "spent", plural(dossier.cost.requests, "request") + " to models"))
    return Figures(items)
