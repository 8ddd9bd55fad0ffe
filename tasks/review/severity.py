"""How strict a person is beside others who judged the same rows, and whether with some sources or methods more than with others.

Severity is a person's offset in value = row + person by least squares, so that who got worse rows is not taken for strict. It is
the linear form of the many-facet model of Linacre 1989 ("Many-Facet Rasch Measurement"), in shares instead of logits: rows are many
and judgements of each few, where a row's logit has no finite estimate.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tasks.review.judgements import Judgements, Numbers

Shares = npt.NDArray[np.float64]
LEAST: Final = 10
"""Rows in common with others below which nothing is said of a person."""
LEVEL: Final = 0.05
"""Chance of calling any of all differences real though none is, after Holm's correction."""
_ROUNDS: Final = 500


def offsets(rows: Numbers, persons: Numbers, values: Shares, people: int) -> Shares:
    """Each person's offset from the mean of all persons, in the unit of `values`; of rows that one person judged alone nothing
    follows. Where two groups of people share no row, offsets compare within each group only."""
    found, size = np.zeros(people), int(rows.max(initial=-1)) + 1
    times, judged = np.bincount(rows, minlength=size), np.bincount(persons, minlength=people)
    for _ in range(_ROUNDS):
        of_rows = np.bincount(rows, weights=values - found[persons], minlength=size) / times.clip(1)
        rest = np.bincount(persons, weights=values - of_rows[rows], minlength=people) / judged.clip(1)
        before, found = found, rest - rest[judged > 0].mean() if len(rows) else rest
        if float(np.abs(found - before).max(initial=0)) < 1e-9:
            break
    return found


def differences(rows: Numbers, values: Shares) -> Shares:
    """Of each judgement, how far it lies above the mean of the others about the same row, which must be there."""
    times, total = np.bincount(rows), np.bincount(rows, weights=values)
    found: Shares = values - (total[rows] - values) / (times[rows] - 1)
    return found


def severities(shared: Judgements, values: Shares) -> dict[str, dict[str, Any]]:
    """By person with at least LEAST rows in common with others: `severity`, the rows it stands on, and whether it is significant: a
    t-test of the differences from the others, corrected for the number of persons."""
    found = offsets(shared.rows, shared.persons, values, len(shared.people))
    apart = differences(shared.rows, values)
    own = {name: apart[shared.persons == number] for number, name in enumerate(shared.people)}
    names = [name for name in shared.people if len(own[name]) >= LEAST]
    chances = holm([chance(own[name]) for name in names])
    return {
        name: {
            "severity": round(float(found[list(shared.people).index(name)]), 4),
            "shared_rows": len(own[name]),
            "severity_p": round(p, 4),
            "severity_significant": p < LEVEL,
        }
        for name, p in zip(names, chances, strict=True)
    }


def biases(shared: Judgements, apart: Shares, groups: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    """Where a person differs from the consensus on rows of a source or method more than on all other rows: `by` how much, with
    Welch's t-test, of all persons and groups with LEAST rows on both sides; those that are significant after Holm's correction.

    apart: how far each judgement lies above the consensus about its row. groups: by column (source, method, …) the value of each
    row, by example_id.
    """
    tried: list[dict[str, Any]] = []
    for column, by_row in groups.items():
        of = np.array([by_row.get(shared.items[row][0]) or "" for row in shared.rows], dtype=object)
        for number, name in enumerate(shared.people):
            mine = shared.persons == number
            for group in sorted({str(one) for one in of[mine]} - {""}):
                inside, outside = apart[mine & (of == group)], apart[mine & (of != group)]
                if min(len(inside), len(outside)) >= LEAST:
                    by = round(float(inside.mean() - outside.mean()), 4)
                    tried.append(
                        {"reviewer": name, column: group, "rows": len(inside), "by": by, "p": chance(inside, outside)}
                    )
    chances = holm([one["p"] for one in tried])
    return [one | {"p": round(p, 4)} for one, p in zip(tried, chances, strict=True) if p < LEVEL]


def chance(sample: Shares, other: Shares | None = None) -> float:
    """The p value of the t-test of a mean against 0, or against that of another sample whose variance differs (Welch 1947)."""
    from scipy.special import stdtr

    samples = [sample] if other is None else [sample, other]
    errors = [float(one.var(ddof=1)) / len(one) for one in samples]
    apart, error = abs(float(sample.mean()) - (float(other.mean()) if other is not None else 0.0)), sum(errors)
    if error < 1e-12:  # nothing varies
        return float(apart < 1e-6)
    freedom = error**2 / sum(one**2 / (len(of) - 1) for one, of in zip(errors, samples, strict=True))
    return 2 * float(stdtr(freedom, -apart / math.sqrt(error)))


def holm(chances: Sequence[float]) -> list[float]:
    """P values corrected for their number (Holm 1979), in the same order."""
    found, least = [0.0] * len(chances), 0.0
    for rank, number in enumerate(sorted(range(len(chances)), key=lambda number: chances[number])):
        least = max(least, min(1.0, chances[number] * (len(chances) - rank)))
        found[number] = least
    return found
