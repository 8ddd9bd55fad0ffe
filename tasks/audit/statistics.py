"""How figures are written down: rounded, finite, and the same for the same rows."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.attached_document import without_documents

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

DIGITS: Final = 4

COUNT_EDGES: Final = (0, 1, 2, 5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120)
"""Bins of counts, each [edge, next edge): doubling, because texts' lengths are roughly log-normal."""


def rounded(value: float) -> float:
    """`value` as a float of four digits after the point; 0.0 for what is not a number, so that JSON can hold it."""
    return round(float(value), DIGITS) + 0.0 if np.isfinite(value) else 0.0


def share(part: float, whole: float) -> float:
    """part / whole, rounded; 0.0 of nothing."""
    return rounded(part / whole) if whole else 0.0


def mean(values: Floats | Ints | Mask | Sequence[float]) -> float:
    """The rounded mean; 0.0 of nothing."""
    return rounded(float(np.mean(values))) if len(values) else 0.0


def known_mean(values: Floats | Mask) -> float | None:
    """The rounded mean of what was measured; None where nothing was, for that is not 0."""
    return rounded(values.mean()) if len(values) else None


def histogram(values: Ints | Sequence[int]) -> dict[str, Any]:
    """Counts in `COUNT_EDGES` from the first to the last used bin, with mean, median, 95th percentile, least and most."""
    numbers = np.asarray(values, dtype=np.int64)
    if len(numbers) == 0:
        return {"edges": [], "counts": [], "mean": 0.0, "median": 0.0, "p95": 0.0, "min": 0, "max": 0}
    edges = [*COUNT_EDGES, max(COUNT_EDGES[-1] * 2, int(numbers.max()) + 1)]
    counts, _ = np.histogram(numbers, edges)
    used = np.flatnonzero(counts)
    first, last = int(used[0]), int(used[-1]) + 1
    return {
        "edges": edges[first : last + 1],
        "counts": counts[first:last].tolist(),
        "mean": mean(numbers),
        "median": rounded(np.median(numbers)),
        "p95": rounded(np.percentile(numbers, 95)),
        "min": int(numbers.min()),
        "max": int(numbers.max()),
    }


def value_counts(values: Iterable[str | None], most: int | None = None) -> dict[str, int]:
    """How often each value occurs, the most frequent first, equal ones in alphabetical order; nulls as "none"."""
    counts = Counter("none" if value is None else str(value) for value in values)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most])


def floats(column: pa.ChunkedArray) -> Floats:
    """The values of `column`, NaN for null."""
    return np.asarray(pc.fill_null(pc.cast(column, pa.float64()), float("nan")).to_numpy(), dtype=np.float64)


def texts(table: pa.Table, name: str) -> list[str]:
    """A text column as strings, empty for null, without documents that are attached."""
    return [value or "" for value in without_documents(table[name]).to_pylist()]


def lists(table: pa.Table, name: str) -> list[list[Any]]:
    """A list column as lists, empty for null."""
    return [value or [] for value in table[name].to_pylist()]
