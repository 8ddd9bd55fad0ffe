"""What the rows are about: embedding clusters and readable themes."""

from collections.abc import Callable, Mapping
from statistics import median
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.release.lookup import counts, number, part
from tasks.release.report import charts
from tasks.release.report.blocks import (
    Block,
    Cell,
    Chart,
    Charts,
    Fold,
    Grid,
    KeyFigure,
    KeyFigures,
    Line,
    Section,
    SideBySide,
)
from tasks.release.report.counting import SHOWN, count_table, has_values, value_counts
from tasks.release.report.fact_tables import fact_tables
from tasks.release.report.formatting import count, measure, plural, share
from tasks.release.report_data import ReportData

DIVERSITY: Final[dict[str, tuple[str, Callable[[float], str]]]] = {
    "effective_clusters": ("clusters, if all were as large", measure),
    "effective_themes": ("themes, if all were as large", measure),
    "distinct_2": ("of all word pairs are different ones", share),
    "nearest_mean": ("mean cosine to the most similar instruction", measure),
    "near_same_share": ("of instructions nearly the same as another", share),
}
"""Figures of diversity that stand alone: what they count, and how they are written."""


WIDE, HIGH = 0.05, 0.055
"""Room of a label on the map, as a share of its sides."""
THIN: Final = 8
"""Smallest clusters that are shown."""


def section(data: ReportData) -> Section | None:
    """Cluster sizes, themes with their rows, and what the audit says of diversity."""
    rows = data.rows
    found: list[Block] = []
    leads = []
    if has_values(rows.column("cluster")):
        sizes = [number for _, number in value_counts(rows.column("cluster").drop_null())]
        drawings = [Chart(_sizes(sizes), "Rows in each embedding cluster of the instructions")]
        found.append(Charts([*drawings, *_map(data)]))
        largest = share(sizes[0], sum(sizes))
        leads.append(
            f"The instructions fall into {plural(len(sizes), 'cluster')}, the largest with {largest} of the rows."
        )
    if has_values(rows.column("theme_label")):
        themed = rows.filter(pc.not_equal(pc.fill_null(rows.column("theme"), -1), -1))
        themes = value_counts(themed.column("theme_label"))
        caption = "Themes, named by their most typical words"
        numbered = [(f"{place} · {label}", number) for place, (label, number) in enumerate(themes, 1)]
        found.append(count_table(caption, "Theme", numbered, rows.num_rows, full=themes[0][1] if themes else 0))
        outside = share(rows.num_rows - themed.num_rows, rows.num_rows)
        leads.append(f"{plural(len(themes), 'theme')} stand out; {outside} of the rows belong to none.")
    found = [SideBySide(found)] if len(found) == 2 else found
    figures, folds = _diverse(part(data.audit, "diversity"))
    found += [*figures, *_thin(data), *_asked(data.themes), *folds]
    return Section("coverage", "Coverage and themes", " ".join(leads), found) if found else None


def _sizes(sizes: list[int]) -> Any:
    even = sum(sizes) / len(sizes)
    return charts.ranked("clusters", "Rows in each cluster", sizes, "clusters, largest first", even)


def _map(data: ReportData) -> list[Chart]:
    """The instructions on a plane, with the numbers of the largest themes, and those in thin spots marked."""
    map_ = data.map
    if map_ is None or not map_.num_rows:
        return []
    points = map_.to_pylist()
    thin = thin_size(data.rows)
    rows = data.rows.filter(pc.not_equal(pc.fill_null(data.rows.column("theme"), -1), -1))
    labels: list[tuple[str, float, float]] = []
    for number_, (label, _) in enumerate(value_counts(rows.column("theme_label"))[:SHOWN], 1):
        here = [(point["x"], point["y"]) for point in points if point["theme_label"] == label]
        if here:
            labels.append(_aside(str(number_), median(x for x, _ in here), median(y for _, y in here), labels))
    svg = charts.embedding_map(
        "embedding-map",
        "Map of the instructions",
        [(point["x"], point["y"]) for point in points],
        [(point["cluster_size"] or 0) <= thin for point in points],
        labels,
    )
    told = ", diamonds thin spots" if any((point["cluster_size"] or 0) <= thin for point in points) else ""
    caption = f"Map of {count(len(points))} instructions: alike lies together (t-SNE); numbers are themes{told}"
    return [Chart(svg, caption)]


def _aside(text: str, x: float, y: float, others: list[tuple[str, float, float]]) -> tuple[str, float, float]:
    """A label at its place, or as little below as keeps it off the labels that stand already."""
    while any(abs(x - a) < WIDE and abs(y - b) < HIGH for _, a, b in others):
        y -= HIGH / 4
    return text, x, y


def thin_size(rows: pa.Table) -> int:
    """Rows of a cluster up to which it is a thin spot: a quarter of what it would have if all were as large."""
    sizes = [number for _, number in value_counts(rows.column("cluster").drop_null())]
    return int(sum(sizes) / len(sizes) / 4) if sizes else 0


def _thin(data: ReportData) -> list[Block]:
    """The smallest clusters, each with one of its instructions: where a few more documents or templates would help."""
    sizes = sorted(value_counts(data.rows.column("cluster").drop_null()), key=lambda item: (item[1], int(item[0])))[
        :THIN
    ]
    limit = thin_size(data.rows)
    lines: list[Line] = []
    for cluster, size in sizes:
        here = data.rows.filter(pc.equal(data.rows.column("cluster"), int(cluster)))
        first = here.take(pc.sort_indices(here.column("example_id"))[:1]).to_pylist()[0]
        if size <= limit or size == 1:
            lines.append(
                [Cell(f"{cluster}"), count(size), (first["instruction"] or "")[:300], str(first["theme_label"] or "–")]
            )
    columns = ("Cluster", "Rows", "Asked there, for example", "Theme")
    return [Grid("Thin spots: the smallest clusters", columns, lines, (1,))] if lines else []


def _diverse(facts: Mapping[str, Any]) -> tuple[list[Block], list[Block]]:
    """Diversity in a few figures; folded, the ways instructions open and every other figure."""
    items = [
        KeyFigure(write(value), label)
        for name, (label, write) in DIVERSITY.items()
        if (value := number(facts, name)) is not None
    ]
    found: list[Block] = []
    if openings := counts(facts, "openings"):
        tables = [
            count_table(
                "How instructions open", "Words", openings, sum(rows for _, rows in openings), full=openings[0][1]
            )
        ]
        if expects := [(name, rows) for name, rows in counts(facts, "expects") if name != "none"]:
            tables.append(count_table("Kinds of answer asked for", "Kind", expects, sum(rows for _, rows in expects)))
        found.append(Fold("How instructions open and what they expect", [SideBySide(tables)]))
    if facts:
        found.append(Fold("Every figure of diversity", fact_tables("diversity", facts)))
    return [KeyFigures(items)] if items else [], found


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
    return found + ([Fold("What clustering measured", fact_tables("clusters", rest))] if rest else [])


def _examples(theme: Mapping[str, Any]) -> str:
    examples = theme.get("instructions")
    return " · ".join(str(example) for example in examples[:3]) if isinstance(examples, list) else ""
