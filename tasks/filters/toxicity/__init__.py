"""Insults, threats and hate, scored 0 … 1 and rejected above a threshold.

The packaged score needs no model, no network and microseconds a row. It knows what people call toxic in comments and
tweets; docs/detectors.md has its figures. A recipe may name a better judge instead: an endpoint that answers as OpenAI's
moderation does, or a neural model on disk. Those have categories, and each category may have a threshold of its own.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import numpy as np
import pyarrow as pa
from pydantic import Field

from tasks.core.params import Params
from tasks.filters.toxicity import packaged
from tasks.filters.verdict import Context, Verdict
from tasks.text.columns import Texts, pieces, plain

Share = Annotated[float, Field(ge=0, le=1)]

CATEGORY: Final = "toxic"
"""The packaged score's only category."""


class Toxicity(Params):
    """How toxic a row may be."""

    enabled: bool = True
    threshold: Share = 0.95
    """Rows above it are rejected. Half of the toxic comments of Surge's test part are, and no paragraph of 4,400 of manuals, a
    novel and assistants' answers (docs/detectors.md). A lower one finds more of both."""
    thresholds: Mapping[str, Share] = {}
    """By category, where it differs from `threshold`; 1 lets a category be."""

    def identity(self) -> dict[str, Any]:
        """With the weights, whose bytes can change a score."""
        return {**super().identity(), "scorer": packaged.fingerprint()}


def judge(table: pa.Table, params: Toxicity, _context: Context) -> Verdict:
    """Rejects `toxic`, naming category and score; fills in `toxicity`, the row's highest score in any category and any turn."""
    parts = pieces(table)
    worst = np.zeros(table.num_rows)
    rejected: dict[int, tuple[str, str]] = {}
    for category, scores in {CATEGORY: score(parts.texts)}.items():
        highest = np.zeros(table.num_rows)
        np.maximum.at(highest, parts.rows, scores)
        np.maximum(worst, highest, out=worst)
        for row in np.flatnonzero(highest > params.thresholds.get(category, params.threshold)).tolist():
            if row not in rejected or highest[row] > float(rejected[row][1].split()[-1]):
                rejected[row] = ("toxic", f"{category} {highest[row]:.2f}")
    return Verdict.of(table.num_rows, rejected, {"toxicity": pa.array(worst.round(4), pa.float64())})


def score(texts: Texts) -> packaged.Scores:
    """How likely people would call each text toxic, float64 of shape (n,), 0 … 1; a null or a text without words has 0."""
    return packaged.probabilities(plain(texts))
