"""Insults, threats and hate in what a row teaches, and compliance with requests for harm: scored 0 … 1, rejected above a threshold.

A row teaches what its assistant says: a calm answer to a rude user stays. Where nobody has answered, what was asked is judged.

The packaged score needs no model, no network and microseconds a row. It knows what people call toxic in comments and
tweets; docs/detectors.md has its figures. A recipe may name a better judge instead: an endpoint that answers as OpenAI's
moderation does, or a neural model on disk. Those have categories, and each category may have a threshold of its own.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator

from tasks.core.params import Params
from tasks.filters.contract import Filter, FilterContext, FilterResult
from tasks.filters.toxicity import harm, packaged
from tasks.filters.toxicity.endpoint import Endpoint
from tasks.filters.toxicity.endpoint import scores as by_endpoint
from tasks.filters.toxicity.neural import Neural
from tasks.filters.toxicity.neural import scores as by_model
from tasks.text.columns import Pieces, Texts, pieces, plain

Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
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
    user_threshold: Share = 1
    """Rows whose system, user's and tools' turns are above it are rejected, too; 1: a rude user is no reason."""
    harm_threshold: Share = 0.6
    """Rows that comply with a request for harm are rejected above it (docs/detectors.md); 1 never rejects."""
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
    """Rejects `toxic`, `toxic_user` and `harmful`, naming category and score. Fills in `toxicity`, the highest score in any
    category and any turn of the assistant (in a row without an answer: any turn), and `harm`, null in rows without a response."""
    parts, scorer = pieces(table), _scorer(params)
    taught, context = sides(table, parts)
    harmful = harm.scores(table, parts)
    rejected = _above({"harm": harmful}, "harmful", params.harm_threshold)
    if params.user_threshold < 1:
        rejected |= _above(_highest(table.num_rows, parts, context, scorer), "toxic_user", params.user_threshold)
    scores = _highest(table.num_rows, parts, taught, scorer)
    rejected |= _above(scores, "toxic", params.threshold, params.thresholds)
    worst = np.max([np.zeros(table.num_rows), *scores.values()], axis=0).round(4)
    unanswered = pc.is_null(table["response"]).to_numpy(zero_copy_only=False)
    columns = {
        "toxicity": pa.array(worst, pa.float64()),
        "harm": pa.array(harmful.round(4), pa.float64(), mask=unanswered),
    }
    return FilterResult.of(table.num_rows, rejected, columns)


def sides(table: pa.Table, parts: Pieces) -> tuple[Flags, Flags]:
    """Which pieces a row teaches to say, and which it only shows: what others say, and the assistant's masked turns.

    Where nobody answers, everything counts as taught. The losing response of a pair is neither: it is what not to say.
    """
    columns, speakers = np.array(parts.columns, str), harm.roles(table, parts)
    spoken = np.isin(columns, ("response", "reasoning")) | (speakers == "assistant")
    said = spoken & (pc.utf8_length(pc.utf8_trim_whitespace(parts.texts)).to_numpy() > 0)
    answered = np.bincount(parts.rows[said], minlength=table.num_rows) > 0
    taught = (spoken | ~answered[parts.rows]) & (columns != "rejected")
    return taught, ~taught & (columns != "rejected")


def _highest(rows: int, parts: Pieces, which: Flags, scorer: Scorer) -> dict[str, packaged.Scores]:
    """Category → the highest score among each row's pieces in `which`, 0 where there are none."""
    at, found = np.flatnonzero(which), {}
    for category, scores in scorer(parts.texts.take(pa.array(at))).items():
        found[category] = np.zeros(rows)
        np.maximum.at(found[category], parts.rows[at], scores)
    return found


def _above(
    found: Mapping[str, packaged.Scores], reason: str, threshold: float, thresholds: Mapping[str, float] | None = None
) -> dict[int, tuple[str, str]]:
    """The rows above their threshold, each with its worst category."""
    rejected: dict[int, tuple[str, str]] = {}
    for category, scores in found.items():
        for row in np.flatnonzero(scores > (thresholds or {}).get(category, threshold)).tolist():
            if row not in rejected or scores[row] > float(rejected[row][1].split()[-1]):
                rejected[row] = (reason, f"{category} {scores[row]:.2f}")
    return rejected


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
        "toxic": "what the assistant says is more toxic than the recipe allows; detail: category and score",
        "toxic_user": "what others say is more toxic than the recipe allows; detail: category and score",
        "harmful": "the response complies with a request to harm somebody or to commit a crime; detail: score",
    },
    row_wise=True,
    compute=compute,
)
