"""Whether a machine's responses can be distinguished from a human's: a classifier trained on the build's own rows, with its AUC.

An AUC near 0.5 means that the synthetic rows read like the human ones; near 1, that a model trained on them will learn a
machine's voice. Every row is judged by a classifier that has not seen it (five folds), so the figure is not flattered, and as
a filter it rejects the synthetic rows that give themselves away most.
"""

from typing import Annotated, Any, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from tasks.core.params import Params
from tasks.core.schema import stable_id
from tasks.filters.contract import Filter, FilterContext, FilterResult
from tasks.text.columns import plain

Array = np.ndarray[tuple[int], np.dtype[np.float64]]

FOLDS: Final = 5
FEWEST: Final = 50
"""Rows of each origin; fewer say nothing."""
_LEARNED_FROM: Final = 20_000
"""Rows a fold learns from at most."""
_STYLE: Final = (r"\p{L}", r"[.!?]", r",", r"[:;]", r"\n", r"[*#`]", r"\p{Nd}", r"\p{Lu}", r"[\x{2013}\x{2014}]")
"""What is counted for every character of a text."""


class Synthetic(Params):
    """How much a synthetic row may look like one. Off unless a recipe asks."""

    enabled: bool = False
    """Whether rows are classified as written by people or by models."""
    action: Literal["report", "drop"] = "report"
    """report counts what looks synthetic, drop rejects it."""
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.99
    """Probability of being synthetic above which a synthetic row counts."""


def compute(table: pa.Table, params: Synthetic, _context: FilterContext) -> FilterResult:
    """Rejects `looks_synthetic` if the action is drop. facts: human and synthetic (rows), auc (None if rows are too few)."""
    made = pc.equal(table["origin"], "synthetic").to_numpy(zero_copy_only=False)
    counts: dict[str, Any] = {"human": int((~made).sum()), "synthetic": int(made.sum())}
    if min(counts.values()) < FEWEST:
        return FilterResult.of(table.num_rows, facts=counts | {"auc": None})
    scores = probabilities(plain(table["response"]), made, table["example_id"].to_pylist())
    found = np.flatnonzero(made & (scores > params.threshold)).tolist() if params.action == "drop" else []
    dropped = {row: ("looks_synthetic", f"{scores[row]:.3f}") for row in found}
    return FilterResult.of(table.num_rows, dropped, facts=counts | {"auc": round(auc(scores, made), 4)})


def probabilities(texts: pa.LargeStringArray, synthetic: Any, ids: list[str]) -> Array:
    """How likely each text is to be synthetic, float64 of shape (n,), by a classifier that has not seen it.

    `synthetic` says which are; a row's fold follows from its id. Logistic regression over sentence embeddings and counts of
    signs, both origins weighing the same. Raises ValueError if a fold leaves no row of one origin to learn from.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    seen = features(texts)
    draw = np.array([int(stable_id("synthetic", name)[:12], 16) for name in ids])
    fold = draw % FOLDS
    scores = np.zeros(len(ids))
    for k in range(FOLDS):
        others = np.flatnonzero(fold != k)
        others = others[np.argsort(draw[others] // FOLDS, kind="stable")][:_LEARNED_FROM]
        scaler = StandardScaler().fit(seen[others])
        model = LogisticRegression(C=0.05, class_weight="balanced", max_iter=300)
        model.fit(scaler.transform(seen[others]), synthetic[others])
        if (own := np.flatnonzero(fold == k)).size:
            scores[own] = model.predict_proba(scaler.transform(seen[own]))[:, 1]
    return scores


def features(texts: pa.LargeStringArray) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Embedding (256), length (log) and shares of signs of each text: shape (n, 266)."""
    from tasks.text.embeddings import embed

    lengths = np.maximum(pc.utf8_length(texts).to_numpy(zero_copy_only=False), 1)
    style = [pc.count_substring_regex(texts, sign).to_numpy(zero_copy_only=False) / lengths for sign in _STYLE]
    return np.column_stack([embed(texts.to_pylist()).astype(np.float64), np.log(lengths), *style])


def auc(scores: Array, positive: Any) -> float:
    """Area under the ROC curve: how often a positive row's score is above a negative one's, ties counting half."""
    from scipy.stats import rankdata

    ranks = rankdata(scores)[positive].sum()
    above, below = int(positive.sum()), int((~positive).sum())
    return float((ranks - above * (above + 1) / 2) / (above * below))


FILTER: Final = Filter(
    name="synthetic",
    params=Synthetic,
    reasons={
        "looks_synthetic": "a synthetic row that is recognisable as such; detail: probability",
    },
    row_wise=False,
    compute=compute,
)
