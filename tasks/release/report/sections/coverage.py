"""What the rows are about: embedding clusters and readable themes."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pyarrow.compute as pc

from tasks.release.facts import Dossier
from tasks.release.lookup import counts, number, part
from tasks.release.report import charts
from tasks.release.report.blocks import Block, Cell, Chart, Charts, Figure, Figures, Fold, Grid, Line, Section, Side
from tasks.release.report.measured import measured
from tasks.release.report.tally import present, tallied, tally
from tasks.release.report.words import count, measure, plural, share

DIVERSITY: Final[dict[str, tuple[str, Callable[[float], str]]]] = {
    "effective_clusters": ("clusters, if all were as large", measure),
    "effective_themes": ("themes, if all were as large", measure),
    "distinct_2": ("of all word pairs are different ones", share),
    "nearest_mean": ("mean cosine to the most similar instruction", measure),
    "near_same_share": ("of instructions nearly the same as another", share),
}
"""Figures of diversity that stand alone: what they count, and how they are written."""


def section(dossier: Dossier) -> Section | None:
    """Cluster sizes, themes with their rows, and what the audit says of diversity."""
    rows = dossier.rows
    found: list[Block] = []
    leads = []
    if present(rows.column("cluster")):
        sizes = [number for _, number in tally(rows.column("cluster").drop_null())]
        found.append(Charts([Chart(_sizes(sizes), "Rows in each embedding cluster of the instructions")]))
        largest = share(sizes[0], sum(sizes))
        leads.append(
            f"The instructions fall into {plural(len(sizes), 'cluster')}, the largest with {largest} of the rows."
        )
    if present(rows.column("theme_label")):
        themed = rows.filter(pc.not_equal(pc.fill_null(rows.column("theme"), -1), -1))
        themes = tally(themed.column("theme_label"))
        caption = "Themes, named by their most typical words"
        found.append(tallied(caption, "Theme", themes, rows.num_rows, full=themes[0][1] if themes else 0))
        outside = share(rows.num_rows - themed.num_rows, rows.num_rows)
        leads.append(f"{plural(len(themes), 'theme')} stand out; {outside} of the rows belong to none.")
    found = [Side(found)] if len(found) == 2 else found
    figures, folds = _diverse(part(dossier.audit, "diversity"))
    found += [*figures, *_asked(dossier.themes), *folds]
    return Section("coverage", "Coverage and themes", " ".join(leads), found) if found else None


def _sizes(sizes: list[int]) -> Any:
    even = sum(sizes) / len(sizes)
    return charts.ranked("clusters", "Rows in each cluster", sizes, "clusters, largest first", even)


def _diverse(facts: Mapping[str, Any]) -> tuple[list[Block], list[Block]]:
    """Diversity in a few figures; folded, the ways instructions open and every other figure."""
    items = [
        Figure(write(value), label)
        for name, (label, write) in DIVERSITY.items()
        if (value := number(facts, name)) is not None
    ]
    found: list[Block] = []
    if openings := counts(facts, "openings"):
        tables = [
            tallied("How instructions open", "Words", openings, sum(rows for _, rows in openings), full=openings[0][1])
        ]
        if expects := [(name, rows) for name, rows in counts(facts, "expects") if name != "none"]:
            tables.append(tallied("Kinds of answer asked for", "Kind", expects, sum(rows for _, rows in expects)))
        found.append(Fold("How instructions open and what they expect", [Side(tables)]))
    if facts:
        found.append(Fold("Every figure of diversity", measured("diversity", facts)))
    return [Figures(items)] if items else [], found


def _asked(facts: Mapping[str, Any]) -> list[Block]:
    """The themes as the clusters stage describes them, with instructions that stand for each; other facts as they are."""
    themes = facts.get("themes")
    described = [theme for theme in themes if isinstance(theme, Mapping)] if isinstance(themes, list) else []
    rest = {name: value for name, value in facts.items() if name != "themes" or not described}
    lines: list[Line] = [
        [Cell(str(theme.get("label"))), count(theme.get("rows")), measure(theme.get("words")), _examples(theme)]
        for theme in described
    ]
    columns = ("Theme", "Rows before the mix", "Words", "Asked, for example")
    found: list[Block] = (
        [Fold("Themes in detail", [Grid("What is asked in each theme", columns, lines, (1,))])] if lines else []
    )
    return found + ([Fold("What clustering measured", measured("clusters", rest))] if rest else [])


def _examples(theme: Mapping[str, Any]) -> str:
    examples = theme.get("instructions")
    return " · ".join(str(example) for example in examples[:3]) if isinstance(examples, list) else ""
