"""Rows unlike all others: noise, another language, another subject, or the one good row on its topic. So: look before you drop.

A row's distance is 1 − the mean cosine of its embedding with its nearest neighbours'. Rows are outliers where that distance lies
beyond the median by more than `deviations` robust standard deviations (1.4826 × the median absolute deviation; Leys et al.
2013), and by more than `least`, so that a dataset all alike has none.
"""

from typing import Annotated, Final, Literal

import numpy as np
import pyarrow as pa
from pydantic import Field

from tasks.core.params import Params
from tasks.filters.contract import Filter, FilterContext, FilterResult
from tasks.text.columns import joined

Distances = np.ndarray[tuple[int], np.dtype[np.float64]]

_REFERENCE: Final = 20_000
"""Rows that neighbours are looked for among; of more, evenly spaced ones are taken."""
_BLOCK: Final = 2_000
_FEWEST: Final = 30
"""Among fewer rows nothing can be said to be unusual."""
_ROBUST: Final = 1.4826
"""Makes the median absolute deviation of a normal distribution its standard deviation."""


class Outliers(Params):
    """How far from the rest a row may be. Off unless a recipe asks."""

    enabled: bool = False
    """Whether distances are measured."""
    action: Literal["report", "drop"] = "report"
    """report counts outliers, drop rejects them."""
    neighbours: Annotated[int, Field(ge=1)] = 5
    """Nearest rows over which a row's distance is averaged."""
    deviations: Annotated[float, Field(gt=0)] = 5.0
    """Deviations from the median at which a row is an outlier; at 5, one of a million normally distributed rows would
    be."""
    least: Annotated[float, Field(ge=0, le=2)] = 0.1
    """Distance beyond the median (cosine) that an outlier needs in any case."""


def compute(table: pa.Table, params: Outliers, _context: FilterContext) -> FilterResult:
    """Rejects `outlier` if the action is drop. facts: median, threshold, outliers (rows), farthest ([id, distance] × 10)."""
    far = distances(joined(table, ("instruction", "response")).to_pylist(), params.neighbours)
    limit = threshold(far, params.deviations, params.least)
    beyond = np.flatnonzero(far > limit) if table.num_rows >= _FEWEST else np.zeros(0, np.int64)
    ids = table["example_id"].to_pylist()
    farthest = sorted(beyond.tolist(), key=lambda row: (-far[row], ids[row]))
    facts = {
        "median": round(float(np.median(far)), 4) if len(far) else None,
        "threshold": round(limit, 4) if len(far) else None,
        "outliers": len(beyond),
        "farthest": [[ids[row], round(float(far[row]), 4)] for row in farthest[:10]],
    }
    dropped = {row: ("outlier", f"{far[row]:.3f}") for row in beyond.tolist()} if params.action == "drop" else {}
    return FilterResult.of(table.num_rows, dropped, facts=facts)


def distances(texts: list[str], neighbours: int = 5) -> Distances:
    """Each text's distance from its nearest others, float64 of shape (n,), 0 (equal to them) … 2; 0 where there are no others."""
    from tasks.text.embeddings import embed

    vectors = embed(texts)
    among = np.unique(np.linspace(0, len(texts) - 1, min(len(texts), _REFERENCE)).astype(np.int64))
    nearest = min(neighbours, len(among) - 1)
    far = np.zeros(len(texts))
    if nearest < 1:
        return far
    position = np.full(len(texts), -1)
    position[among] = np.arange(len(among))
    for begin in range(0, len(texts), _BLOCK):
        alike = vectors[begin : begin + _BLOCK] @ vectors[among].T
        own = position[begin : begin + _BLOCK]
        alike[np.flatnonzero(own >= 0), own[own >= 0]] = -np.inf  # a row is no neighbour of itself
        closest = np.partition(alike, -nearest, axis=1)[:, -nearest:]
        far[begin : begin + _BLOCK] = 1 - closest.astype(np.float64).mean(axis=1)
    return far


def threshold(far: Distances, deviations: float, least: float) -> float:
    """The distance beyond which a row is an outlier; 0 where there are no rows."""
    if not len(far):
        return 0.0
    median = float(np.median(far))
    spread = _ROBUST * float(np.median(np.abs(far - median)))
    return median + max(deviations * spread, least)


FILTER: Final = Filter(
    name="outliers",
    params=Outliers,
    reasons={
        "outlier": "unlike all other rows; detail: distance from its nearest neighbours",
    },
    row_wise=False,
    compute=compute,
)
