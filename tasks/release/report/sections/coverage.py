"""What the rows are about: clusters of alike instructions, and themes that people can read."""

from collections.abc import Callable, Mapping
from statistics import median
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.release.formatting import as_text, count, plural, share
from tasks.release.lookup import counts, number, part, records
from tasks.release.report import charts
from tasks.release.report.blocks import Block, Cell, Chart, Charts, Fold, Grid, KeyFigures, Line, Section, SideBySide
from tasks.release.report.counting import SHOWN, count_table, has_values, value_counts
from tasks.release.report.fact_tables import fact_tables, key_figures
from tasks.release.report_data import ReportData

DIVERSITY: Final[dict[str, tuple[str, Callable[[float], str]]]] = {
    "effective_clusters": ("effective number of clusters", as_text),
    "effective_themes": ("effective number of themes", as_text),
    "distinct_2": ("of all word pairs are different (distinct-2)", share),
    "nearest_mean": ("mean cosine to the most similar instruction", as_text),
    "near_same_share": ("of instructions nearly the same as another", share),
}
"""Figures of diversity that stand alone: what they count, and how they are written."""
WIDE, HIGH = 0.05, 0.055
"""Room of a label on the map, as a share of its sides."""
SPARSE: Final = 8
"""Smallest clusters that are shown."""


def section(data: ReportData) -> Section | None:
    """Cluster sizes, themes with their rows, and what the audit says of diversity."""
    rows = data.rows
    found: list[Block] = []
    leads = []
    if has_values(rows.column("cluster")):
        sizes = _sizes(rows)
        even = sum(sizes) / len(sizes)
        drawing = charts.ranked("clusters", "Rows in each cluster", sizes, "clusters, largest first", even)
        found.append(Charts([Chart(drawing, "Rows in each cluster of alike instructions"), *_map(data)]))
        clusters, largest = plural(len(sizes), "cluster"), share(sizes[0], sum(sizes))
        leads.append(
            f"By the similarity of their embeddings the instructions form {clusters} (K-Means), the largest with {largest} of "
            "the rows."
        )
    if has_values(rows.column("theme_label")):
        themed = _themed(rows)
        themes = value_counts(themed.column("theme_label"))
        numbered = [(f"{rank} · {label}", number) for rank, (label, number) in enumerate(themes, 1)]
        largest_theme = themes[0][1] if themes else 0
        caption = "Themes, named by their most typical words"
        found.append(count_table(caption, "Theme", numbered, rows.num_rows, full=largest_theme))
        outside = share(rows.num_rows - themed.num_rows, rows.num_rows)
        leads.append(f"{plural(len(themes), 'theme')} (BERTopic); {outside} of the rows belong to none.")
    found = [SideBySide(found)] if len(found) == 2 else found
    diversity = part(data.audit, "diversity")
    if figures := key_figures(diversity, DIVERSITY):
        found.append(KeyFigures(figures))
    found += [*_sparse(data), *_themes(data.themes), *_diversity(diversity)]
    return Section("coverage", "Coverage and themes", " ".join(leads), found) if found else None


def _themed(rows: pa.Table) -> pa.Table:
    return rows.filter(pc.not_equal(pc.fill_null(rows.column("theme"), -1), -1))


def _sizes(rows: pa.Table) -> list[int]:
    return [number for _, number in value_counts(rows.column("cluster").drop_null())]


def _map(data: ReportData) -> list[Chart]:
    """The instructions on a plane, with the numbers of the largest themes, and those in sparse places marked."""
    if data.map is None or not data.map.num_rows:
        return []
    points = data.map.to_pylist()
    limit = sparse_size(data.rows)
    sparse = [(point["cluster_size"] or 0) <= limit for point in points]
    labels: list[tuple[str, float, float]] = []
    for theme, (label, _) in enumerate(value_counts(_themed(data.rows).column("theme_label"))[:SHOWN], 1):
        here = [(point["x"], point["y"]) for point in points if point["theme_label"] == label]
        if here:
            x, y = median(x for x, _ in here), median(y for _, y in here)
            while any(abs(x - a) < WIDE and abs(y - b) < HIGH for _, a, b in labels):
                y -= HIGH / 4  # as little below its place as keeps it off the labels that stand already
            labels.append((str(theme), x, y))
    plane = [(point["x"], point["y"]) for point in points]
    svg = charts.embedding_map("embedding-map", "Map of the instructions", plane, sparse, labels)
    diamonds = "; diamonds lie in the smallest clusters" if any(sparse) else ""
    caption = (
        f"Map of {count(len(points))} instructions, similar ones close together (t-SNE); numbers are themes{diamonds}"
    )
    return [Chart(svg, caption)]


def sparse_size(rows: pa.Table) -> int:
    """Rows up to which a cluster is sparse: a quarter of what it would have if all were as large."""
    sizes = _sizes(rows)
    return int(sum(sizes) / len(sizes) / 4) if sizes else 0


def _sparse(data: ReportData) -> list[Block]:
    """The smallest clusters, each with one of its instructions: where a few more documents or templates would help."""
    sizes = sorted(value_counts(data.rows.column("cluster").drop_null()), key=lambda item: (item[1], int(item[0])))
    limit = max(sparse_size(data.rows), 1)
    lines: list[Line] = []
    for cluster, size in (entry for entry in sizes[:SPARSE] if entry[1] <= limit):
        here = data.rows.filter(pc.equal(data.rows.column("cluster"), int(cluster)))
        first = here.take(pc.sort_indices(here.column("example_id"))[:1]).to_pylist()[0]
        lines.append([cluster, count(size), (first["instruction"] or "")[:300], str(first["theme_label"] or "–")])
    caption = "The smallest clusters: little is asked about these"
    return [Grid(caption, ("Cluster", "Rows", "Asked there, for example", "Theme"), lines, (1,))] if lines else []


def _themes(facts: Mapping[str, Any]) -> list[Block]:
    """The themes as the clusters stage describes them, with instructions that stand for each."""
    lines: list[Line] = [
        [Cell(str(theme.get("label"))), count(theme.get("rows")), as_text(theme.get("words")), _examples(theme)]
        for theme in records(facts, "themes")
    ]
    columns = ("Theme", "Rows before the mix", "Words", "Asked, for example")
    return [Fold("Themes in detail", [Grid("What is asked in each theme", columns, lines, (1,))])] if lines else []


def _examples(theme: Mapping[str, Any]) -> str:
    examples = theme.get("instructions")
    return " · ".join(str(example) for example in examples[:3]) if isinstance(examples, list) else ""


def _diversity(facts: Mapping[str, Any]) -> list[Block]:
    """The ways instructions open, the kinds of answer they ask for, and the other figures; folded."""
    tables = []
    for name, caption in (("openings", "How instructions open"), ("expects", "Kinds of answer asked for")):
        if found := [(value, rows) for value, rows in counts(facts, name) if value != "none"]:
            tables.append(count_table(caption, caption, found, sum(rows for _, rows in found), full=found[0][1]))
    folds: list[Block] = [Fold("How instructions open and what they ask for", [SideBySide(tables)])] if tables else []
    plain = {name: value for name, value in facts.items() if number(facts, name) is not None}
    return [*folds, Fold("Every figure of diversity", fact_tables("diversity", plain))] if plain else folds
