"""In which order rows are taken where there are more than are wanted, by what a recipe's `mix.choose` says."""

from typing import Final

import numpy as np
import pyarrow as pa

from tasks.mix.limits import Ints, words
from tasks.mix.params import Mix
from tasks.mix.preference import draws, preference, ranks
from tasks.text.embeddings import Vectors, embed

GREEDY: Final = 10_000
"""Rows that are chosen for their distance to those chosen before; the others follow by what they would have brought then."""
_AT_ONCE: Final = 256
"""Candidates that are compared with each other before all rows are compared with those that were taken."""
TOO_HARD: Final = 0.95
"""Quantile of perplexity beyond which rows come last: there stand broken texts rather than hard ones."""

Floats = np.ndarray[tuple[int], np.dtype[np.float64]]


def order(examples: pa.Table, params: Mix, workers: int = 1) -> Ints:
    """Row numbers, best first; the same for the same rows and `params.seed`."""
    if params.choose == "spread":
        return preference(examples, params.seed)
    draw = draws(examples, params.seed)
    if params.choose == "cluster_density":
        return _by_density(examples, draw)
    if params.choose == "difficulty":
        return _first(-_difficulty(examples), draw)
    if params.choose == "disagreement":
        return review_order(examples, params.seed)
    if params.choose == "quality_diversity":
        vectors = embed([text or "" for text in examples["instruction"].to_pylist()], workers)
        return quality_diversity(vectors, quality(examples), draw, params.rows or examples.num_rows)
    return np.argsort(draw, kind="stable").astype(np.int64)


def review_order(examples: pa.Table, seed: int = 0) -> Ints:
    """Row numbers, those of which the verifiers disagree most first: the rows that a person's judgement says most about."""
    return _first(-disagreement(examples), draws(examples, seed))


def disagreement(examples: pa.Table) -> Floats:
    """0 (all verifiers say the same, surely) to 1, by the column `verdicts`: how far the verdicts are from one voice, or how near
    the nearest score is to a half, whichever is more. `unsure` counts half for each side. 0 for rows without verdicts."""
    found = np.zeros(examples.num_rows)
    side = {"pass": 1.0, "fail": 0.0, "unsure": 0.5}
    for row, verdicts in enumerate(examples["verdicts"].to_pylist()):
        if verdicts:
            sides = [side.get(one["verdict"], 0.5) for one in verdicts]
            scores = [one["score"] for one in verdicts if one["score"] is not None]
            near = max((1 - abs(2 * min(max(score, 0.0), 1.0) - 1) for score in scores), default=0.0)
            found[row] = max(1 - abs(2 * sum(sides) / len(sides) - 1), near)
    return found


def quality(examples: pa.Table) -> Floats:
    """The mean of a row's verdicts, by score where there is one, else pass 1, unsure 0.5, fail 0; 1 for rows without verdicts."""
    found = np.ones(examples.num_rows)
    side = {"pass": 1.0, "fail": 0.0, "unsure": 0.5}
    for row, verdicts in enumerate(examples["verdicts"].to_pylist()):
        if verdicts:
            values = [one["score"] if one["score"] is not None else side.get(one["verdict"], 0.5) for one in verdicts]
            found[row] = sum(values) / len(values)
    return found


def quality_diversity(vectors: Vectors, worth: Floats, draw: Ints, wanted: int) -> Ints:
    """Row numbers: each next one has the most of quality times distance (1 - cosine) to the nearest taken before (the k-centre
    rule of Sener & Savarese 2018, weighted). The candidates of a step are compared with each other one by one, all other rows with
    them together. After GREEDY rows, the others follow by their last product."""
    from threadpoolctl import threadpool_limits

    rows = len(vectors)
    apart = np.ones(rows, np.float32)
    value = worth.astype(np.float32)
    taken: list[int] = []
    left = np.ones(rows, bool)
    with threadpool_limits(1):
        while len(taken) < min(wanted, GREEDY, rows):
            gain = np.where(left, value * apart, -np.inf)
            size = min(_AT_ONCE, int(left.sum()))
            best = np.argpartition(-gain, size - 1)[:size]
            best = best[np.lexsort((draw[best], -gain[best]))]
            chosen = _greedy(vectors[best], gain[best], value[best], apart[best])
            new = best[chosen[: min(wanted, GREEDY) - len(taken)]]
            taken += new.tolist()
            left[new] = False
            apart = np.minimum(apart, 1 - (vectors @ vectors[new].T).max(axis=1))
    rest = np.flatnonzero(left)
    rest = rest[np.lexsort((draw[rest], -(value * apart)[rest]))]
    return np.concatenate([np.array(taken, np.int64), rest])


def _greedy(vectors: Vectors, gain: Vectors, value: Vectors, apart: Vectors) -> list[int]:
    """Of candidates in order of gain, those whose gain stays above that of the last when the others are taken; the first always."""
    cosines, floor = vectors @ vectors.T, gain[-1]
    chosen: list[int] = []
    current, near = gain.copy(), apart.copy()
    for _ in range(len(gain)):
        at = int(current.argmax())
        if chosen and current[at] < floor:
            break
        chosen.append(at)
        near = np.minimum(near, 1 - cosines[at])
        current = np.minimum(current, value * near)
        current[chosen] = -np.inf
    return chosen


def _by_density(examples: pa.Table, draw: Ints) -> Ints:
    """From each cluster as many as the root of its size, in proportion: fewer from dense ones, more than one from each."""
    cluster = np.asarray(examples["cluster"].fill_null(-1).to_numpy(), np.int64)
    _, at, sizes = np.unique(cluster, return_inverse=True, return_counts=True)
    inside = ranks(cluster, np.lexsort((draw, cluster)))
    return _first((inside + 0.5) / np.sqrt(sizes[at]), draw)


def _difficulty(examples: pa.Table) -> Floats:
    """Perplexity where it was measured, too high ones as the lowest; else easy, medium, hard; else the words of the row."""
    column = examples["perplexity"]
    if column.null_count < len(column):
        values = np.asarray(column.cast(pa.float64()).to_numpy(), np.float64)
        known = ~np.isnan(values)
        most = np.quantile(values[known], TOO_HARD)
        return np.where(known & (values <= most), values, -1.0)
    levels = {"easy": 1.0, "medium": 2.0, "hard": 3.0}
    if examples["difficulty"].null_count < examples.num_rows:
        return np.array([levels.get(level or "", 0.0) for level in examples["difficulty"].to_pylist()])
    return words(examples).astype(np.float64)


def _first(key: Floats, draw: Ints) -> Ints:
    return np.lexsort((draw, key)).astype(np.int64)
