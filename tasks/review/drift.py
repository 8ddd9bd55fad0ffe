"""Whether people become stricter, milder, faster or slower within a sitting: tiredness shows there.

The trend is Kendall's τ with the position in the sitting (the test of Mann 1945 for trends): it asks for no straight line and is
not moved by one long pause. Where the queue itself is ordered, by scores for one, a trend of rejections may be the queue's.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from tasks.review.decisions import Decision
from tasks.review.severity import LEVEL, holm

LEAST: Final = 20
"""Decisions below which no trend is looked for."""
_JUDGING: Final = {"accept", "edit", "reject"}


def drifts(ordered: Sequence[Decision]) -> dict[str, dict[str, Any]]:
    """By person: sittings, seconds for a row, rows an hour, and where there are LEAST decisions the trends of rejections and of
    seconds over the position in the sitting (τ, p corrected for the number of persons, and whether that is significant).

    ordered: all decisions in the order of their times: one that was taken back later was made all the same.
    """
    people = _by_person(ordered)
    found = {name: _pace(positions, seconds) for name, (positions, _, seconds) in people.items()}
    for trend, column in (("strictness", 1), ("seconds", 2)):
        tried = {
            name: _tau(columns[0], columns[column]) for name, columns in people.items() if len(columns[0]) >= LEAST
        }
        known = {name: one for name, one in tried.items() if one is not None}
        for (name, (tau, _)), p in zip(known.items(), holm([p for _, p in known.values()]), strict=True):
            found[name] |= {f"{trend}_trend": round(tau, 4), f"{trend}_p": round(p, 4)}
            found[name] |= {f"{trend}_drifts": p < LEVEL}
    return found


def _by_person(ordered: Sequence[Decision]) -> dict[str, tuple[list[int], list[float], list[float]]]:
    """Position in the sitting, whether it was a rejection, and seconds of each judgement, by person."""
    positions: dict[tuple[str, str], int] = defaultdict(int)
    people: dict[str, tuple[list[int], list[float], list[float]]] = defaultdict(lambda: ([], [], []))
    for one in ordered:
        if one.word in _JUDGING:
            positions[one.reviewer, one.session] += 1
            mine = people[one.reviewer]
            mine[0].append(positions[one.reviewer, one.session])
            mine[1].append(float(one.word == "reject"))
            mine[2].append(one.seconds)
    return dict(sorted(people.items()))


def _pace(positions: list[int], seconds: list[float]) -> dict[str, Any]:
    timed = np.array([one for one in seconds if one > 0])
    if not len(timed):
        return {"sittings": positions.count(1)}
    return {
        "sittings": positions.count(1),
        "seconds_median": round(float(np.median(timed)), 1),
        "seconds_p90": round(float(np.quantile(timed, 0.9)), 1),
        "rows_an_hour": round(3600 * len(timed) / float(timed.sum())),
    }


def _tau(positions: Sequence[float], values: Sequence[float]) -> tuple[float, float] | None:
    """Kendall's τ-b and its p value; None where all values or positions are one."""
    from scipy.stats import kendalltau

    if len(set(values)) < 2 or len(set(positions)) < 2:
        return None
    found = kendalltau(positions, values)
    return float(found.statistic), float(found.pvalue)
