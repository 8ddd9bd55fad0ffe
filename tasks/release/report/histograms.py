"""Drawings of what the audit counted in bins: {edges, counts, mean, median, …}."""

from collections.abc import Mapping
from typing import Any

from tasks.release.formatting import as_text
from tasks.release.lookup import number
from tasks.release.report import charts
from tasks.release.report.blocks import Chart


def histogram_charts(facts: Mapping[str, Any], captions: Mapping[str, str]) -> list[Chart]:
    """A drawing for each name in `captions` that has bins, and more than one of them, in `facts`."""
    found = []
    for name, caption in captions.items():
        edges, counts = bins(facts.get(name))
        if len(counts) > 1:
            mean = number(facts[name], "mean")
            svg = charts.buckets(f"counted-{name}".replace("_", "-"), caption, edges, counts)
            found.append(Chart(svg, caption if mean is None else f"{caption}, {as_text(mean)} on average"))
    return found


def bins(value: Any) -> tuple[list[int], list[int]]:
    """Edges and counts, if `value` has them in the right number; empty lists otherwise."""
    edges, counts = (value.get(name) for name in ("edges", "counts")) if isinstance(value, Mapping) else (None, None)
    if not isinstance(edges, list) or not isinstance(counts, list) or len(edges) != len(counts) + 1:
        return [], []
    if not all(type(item) is int for item in [*edges, *counts]):
        return [], []
    return edges, counts
