"""How far a judge agrees with people: kappa, precision and recall, and the biases that judges are known for.

Cohen's κ (1960) is the agreement beyond what the two would have by chance; weighted κ (1968) counts near misses on a scale as half
right, here with quadratic weights. 0.41 to 0.60 is called moderate, 0.61 to 0.80 substantial (Landis and Koch 1977). Biases: Zheng
et al. 2023, "Judging LLM-as-a-Judge" (position, length, self-preference).
"""

import math
from collections.abc import Sequence

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
