"""How demanding the rows are."""

from collections.abc import Mapping
from typing import Any

from tasks.release.facts import Dossier
from tasks.release.report import charts
from tasks.release.report.blocks import Block, Chart, Charts, Section
from tasks.release.report.measured import measured
from tasks.release.report.words import title


def section(dossier: Dossier) -> Section | None:
    """Drawings of the measures that come with bins, a table of the others."""
    facts = dossier.audit.get("complexity")
    if not facts:
        return None
    binned = {name: value for name, value in facts.items() if _bins(value)} if isinstance(facts, Mapping) else {}
    drawings = [
        Chart(
            charts.binned(f"complexity-{place}", f"Measure of complexity {place + 1}", *_bins(value), "value"),
            title(name),
        )
        for place, (name, value) in enumerate(binned.items())
    ]
    rest = {name: value for name, value in facts.items() if name not in binned} if binned else facts
    found: list[Block] = [Charts(drawings)] if drawings else []
    return Section("complexity", "Complexity", "", [*found, *measured("complexity", rest)])


def _bins(value: Any) -> tuple[list[float], list[float]] | tuple[()]:
    """(edges, counts) of a histogram, or nothing if it is none."""
    if not isinstance(value, Mapping):
        return ()
    edges, counts = value.get("edges") or value.get("bins"), value.get("counts")
    if isinstance(edges, list) and isinstance(counts, list) and len(edges) == len(counts) + 1 and counts:
        return edges, counts
    return ()
