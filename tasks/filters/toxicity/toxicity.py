"""Insults, threats and hate, scored 0 … 1 and rejected above a threshold.

The packaged score needs no model, no network and microseconds a row. It knows what people call toxic in comments and
tweets; docs/detectors.md has its figures. A recipe may name a better judge instead: an endpoint that answers as OpenAI's
moderation does, or a neural model on disk. Those have categories, and each category may have a threshold of its own.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Protocol

import numpy as np
import pyarrow as pa
from pydantic import Field, model_validator

from tasks.core.params import Params
from tasks.filters.contract import Filter, FilterContext, FilterResult
from tasks.filters.toxicity import packaged
from tasks.filters.toxicity.endpoint import Endpoint
from tasks.filters.toxicity.endpoint import scores as by_endpoint
from tasks.filters.toxicity.neural import Neural
from tasks.filters.toxicity.neural import scores as by_model
from tasks.text.columns import Texts, pieces, plain

Share = Annotated[float, Field(ge=0, le=1)]

CATEGORY: Final = "toxic"
"""The packaged score's only category."""


class Scorer(Protocol):
    """Whatever tells how toxic texts are: category → a score 0 … 1 for each text. A new one is a branch of `_scorer`."""

    def __call__(self, texts: pa.LargeStringArray) -> Mapping[str, packaged.Scores]:
        """The scores of `texts`."""


class Toxicity(Params):
    """How toxic a row may be."""

    enabled: bool = True
    """Whether this filter runs."""
    threshold: Share = 0.95
    """Rows above it are rejected: half of the toxic comments of Surge's test part, and of manuals, novels and instruction sets that
    training did not see at most two rows of a thousand (docs/detectors.md). A lower one finds more of both."""
    thresholds: Mapping[str, Share] = {}
    """Thresholds for single categories, where they differ from `threshold`; 1 never rejects."""
    endpoint: Endpoint | None = None
    """A moderation endpoint that is asked instead of the packaged score; empty: none."""
    neural: Neural | None = None
    """A classifier in a local folder that is asked instead of the packaged score; empty: none."""

    @model_validator(mode="after")
    def _one_judge(self) -> "Toxicity":
        if self.endpoint and self.neural:
            raise ValueError("name either an endpoint or a neural model")
        return self

    def identity(self) -> dict[str, Any]:
        """With the packaged weights, whose bytes can change a score."""
        return super().identity() | ({} if self.endpoint or self.neural else {"weights": packaged.fingerprint()})


def compute(table: pa.Table, params: Toxicity, _context: FilterContext) -> FilterResult:
    """Rejects `toxic`, naming category and score; fills in `toxicity`, the row's highest score in any category and any turn."""
    parts = pieces(table)
    worst = np.zeros(table.num_rows)
    rejected: dict[int, tuple[str, str]] = {}
    for category, scores in _scorer(params)(parts.texts).items():
        highest = np.zeros(table.num_rows)
        np.maximum.at(highest, parts.rows, scores)
        np.maximum(worst, highest, out=worst)
        for row in np.flatnonzero(highest > params.thresholds.get(category, params.threshold)).tolist():
            if row not in rejected or highest[row] > float(rejected[row][1].split()[-1]):
                rejected[row] = ("toxic", f"{category} {highest[row]:.2f}")
    return FilterResult.of(table.num_rows, rejected, {"toxicity": pa.array(worst.round(4), pa.float64())})


def score(texts: Texts) -> packaged.Scores:
    """How likely people would call each text toxic, float64 of shape (n,), 0 … 1; a null or a text without words has 0."""
    return packaged.probabilities(plain(texts))


def _scorer(params: Toxicity) -> Scorer:
    if (endpoint := params.endpoint) is not None:
        return lambda texts: by_endpoint(texts.to_pylist(), endpoint)
    if (neural := params.neural) is not None:
        return lambda texts: by_model(texts.to_pylist(), neural)
    return lambda texts: {CATEGORY: packaged.probabilities(texts)}


FILTER: Final = Filter(
    name="toxicity",
    params=Toxicity,
    reasons={
        "toxic": "toxicity above the recipe's threshold; detail: category and score",
    },
    row_wise=True,
    compute=compute,
)
