"""How far a judge agrees with people, and people with each other.

Cohen's κ (1960) is the agreement beyond what the two would have by chance; weighted κ (1968) counts near misses on a scale as half
right, here with quadratic weights. 0.41 to 0.60 is called moderate, 0.61 to 0.80 substantial (Landis and Koch 1977). Fleiss' κ
(1971) is of several who judged each row, Krippendorff's α ("Computing Krippendorff's Alpha-Reliability", 2011) of any number of
them, where not everybody judged every row; α of 0.8 is asked of data to be relied on, 0.667 the least (Krippendorff 2004, p. 241).
Biases: Zheng et al. 2023, "Judging LLM-as-a-Judge" (position, length, self-preference).
"""

import math
from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]
"""How many people gave each value (a column) to each row; values in the order of their scale."""
RESAMPLES: Final = 500
"""Of the bootstrap behind the interval of α."""
Figure = float | None
"""None: could not be measured."""


def kappa(judge: Sequence[str], people: Sequence[str]) -> Figure:
    """Cohen's κ of two lists of verdicts. None if there are none, or if both sides know one and the same verdict only."""
    from sklearn.metrics import cohen_kappa_score

    if not judge or len({*judge, *people}) < 2:
        return None
    return round(float(cohen_kappa_score(judge, people)), 4)


def weighted_kappa(judge: Sequence[int], people: Sequence[int], levels: int) -> Figure:
    """Cohen's κ with quadratic weights of two lists of levels, numbered from 0."""
    from sklearn.metrics import cohen_kappa_score

    if not judge or len({*judge, *people}) < 2:
        return None
    found = float(cohen_kappa_score(judge, people, weights="quadratic", labels=list(range(levels))))
    return None if math.isnan(found) else round(found, 4)


def kappa_interval(judge: Sequence[str], people: Sequence[str]) -> tuple[Figure, Figure]:
    """The 95 % interval of κ by Cohen's standard error; None where κ cannot be measured."""
    found = kappa(judge, people)
    if found is None:
        return None, None
    number = len(judge)
    agreed = sum(one == other for one, other in zip(judge, people, strict=True)) / number
    chance = sum(judge.count(word) * people.count(word) for word in {*judge}) / number**2
    if chance >= 1:
        return None, None
    error = 1.96 * math.sqrt(agreed * (1 - agreed) / number) / (1 - chance)
    return round(max(-1.0, found - error), 4), round(min(1.0, found + error), 4)


def share(hits: int, of: int) -> Figure:
    """A share, None of nothing."""
    return round(hits / of, 4) if of else None


def length_bias(scores: Sequence[float], lengths: Sequence[int], labels: Sequence[str]) -> Figure:
    """Spearman's correlation of a judge's score with the length of the response among rows that people gave the same label, the
    mean over labels weighted by their rows; None where no label has three rows that differ in both."""
    from scipy.stats import spearmanr

    total, rows = 0.0, 0
    for label in sorted(set(labels)):
        at = [number for number, one in enumerate(labels) if one == label]
        score, length = [scores[number] for number in at], [lengths[number] for number in at]
        if len(at) > 2 and len(set(score)) > 1 and len(set(length)) > 1:
            total += float(spearmanr(score, length).statistic) * len(at)
            rows += len(at)
    return round(total / rows, 4) if rows else None


def rejecting(judge: Sequence[str], people: Sequence[str]) -> tuple[Figure, Figure]:
    """Precision and recall of the verdict `fail`."""
    hits = sum(one == other == "fail" for one, other in zip(judge, people, strict=True))
    return share(hits, judge.count("fail")), share(hits, people.count("fail"))


def wilson(hits: float, tried: float) -> tuple[Figure, Figure]:
    """The 95 % interval of a share (Wilson 1927), of which a hit may be half a one; None where nothing was tried."""
    if not tried:
        return None, None
    z, share = 1.959964, hits / tried
    middle = share + z * z / (2 * tried)
    spread = z * math.sqrt(share * (1 - share) / tried + z * z / (4 * tried * tried))
    divisor = 1 + z * z / tried
    return max(0.0, (middle - spread) / divisor), min(1.0, (middle + spread) / divisor)


def alpha(counts: Counts, scale: Literal["nominal", "ordinal"]) -> Figure:
    """Krippendorff's α. Rows with fewer than two values say nothing. None where no row has two, or where all values are one."""
    found = _alpha(_coincidences(counts), scale)
    return None if found is None else round(found, 4)


def alpha_interval(counts: Counts, scale: Literal["nominal", "ordinal"]) -> tuple[Figure, Figure]:
    """The 95 % interval of α: the bootstrap over rows (Hayes and Krippendorff 2007), the same in every run. None where α cannot be
    measured."""
    counts = counts[counts.sum(axis=1) > 1]
    if _alpha(_coincidences(counts), scale) is None:
        return None, None
    patterns, times = np.unique(counts, axis=0, return_counts=True)
    draws = np.random.default_rng(len(counts)).multinomial(times.sum(), times / times.sum(), size=RESAMPLES)
    found = [_alpha(_coincidences(patterns, drawn), scale) for drawn in draws]
    low, high = np.quantile([1.0 if one is None else one for one in found], [0.025, 0.975])  # None: all are equal
    return round(float(low), 4), round(float(high), 4)


def _coincidences(counts: Counts, times: Counts | None = None) -> npt.NDArray[np.float64]:
    """How often two people gave the one and the other value to a row; each row counts `times` times."""
    kept = counts.sum(axis=1) > 1
    counts, times = counts[kept], np.ones(int(kept.sum()), np.int64) if times is None else times[kept]
    weighed = counts * (times / (counts.sum(axis=1) - 1))[:, None]
    found: npt.NDArray[np.float64] = weighed.T @ counts - np.diag(weighed.sum(axis=0))
    return found


def _alpha(coincidences: npt.NDArray[np.float64], scale: str) -> Figure:
    values = coincidences.sum(axis=1)
    distance = np.ones_like(coincidences) - np.eye(len(values))
    if scale == "ordinal":
        upto = np.cumsum(values) - values / 2  # the values below, and half of those that are equal
        distance = (upto[:, None] - upto[None, :]) ** 2
    expected = float((np.outer(values, values) * distance).sum())
    if expected == 0:
        return None
    return 1 - float((coincidences * distance).sum()) * (float(values.sum()) - 1) / expected


def fleiss_kappa(counts: Counts) -> tuple[Figure, int, int]:
    """Fleiss' κ, of how many rows, and how many people judged each: it asks for the same number of values in every row, so the rows
    with the commonest number of two or more are taken. None where there are none, or where all values are one."""
    sizes = counts.sum(axis=1)
    numbers, rows = np.unique(sizes[sizes > 1], return_counts=True)
    if not len(numbers):
        return None, 0, 0
    people = int(numbers[rows.argmax()])
    counts = counts[sizes == people]
    agreed = float(((counts**2).sum(axis=1) - people).mean()) / (people * (people - 1))
    chance = float(((counts.sum(axis=0) / counts.sum()) ** 2).sum())
    return None if chance == 1 else round((agreed - chance) / (1 - chance), 4), len(counts), people
