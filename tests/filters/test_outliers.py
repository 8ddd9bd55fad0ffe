"""The one row that is unlike the others is found, whatever the order; a dataset all alike has no outliers."""

import numpy as np
import pytest

from tasks.filters.contract import FilterContext
from tasks.filters.distribution.outliers import Outliers, compute, distances, threshold

SUBJECTS = ["lists", "tuples", "sets", "strings", "bytes", "functions", "classes", "modules", "loops", "generators"]
ALIKE = [
    {
        "instruction": f"How do {kind} of {subject} behave in Python?",
        "response": f"In Python, {kind} of {subject} are evaluated from left to right, and a TypeError is raised for others.",
    }
    for subject in SUBJECTS
    for kind in ("comparisons", "copies", "slices", "hashes")
]
STRANGE = {
    "instruction": "Wie backt man Apfelstrudel?",
    "response": "Teig ausziehen, Äpfel mit Zimt und Rosinen füllen, backen.",
}


def test_the_stranger_is_reported_and_dropped_only_if_asked(filtered, context: FilterContext) -> None:
    rows = filtered(*ALIKE[:25], STRANGE, *ALIKE[25:])
    reported = compute(rows, Outliers(), context)
    assert reported.reason.null_count == rows.num_rows
    assert reported.facts["outliers"] == 1
    assert reported.facts["farthest"][0][0] == "r25"
    assert reported.facts["farthest"][0][1] > reported.facts["threshold"] > reported.facts["median"]
    dropped = compute(rows, Outliers(action="drop"), context)
    assert np.flatnonzero(np.array(dropped.reason.to_pylist()) == "outlier").tolist() == [25]


def test_rows_all_alike_have_no_outliers(filtered, context: FilterContext) -> None:
    assert compute(filtered(*ALIKE), Outliers(action="drop"), context).facts["outliers"] == 0


@pytest.mark.parametrize("rows", [0, 1, 2, 29])
def test_among_few_rows_nothing_is_unusual(filtered, context: FilterContext, rows: int) -> None:
    table = filtered(*[*ALIKE, STRANGE][-rows:]) if rows else filtered(STRANGE).slice(0, 0)
    assert compute(table, Outliers(action="drop"), context).facts["outliers"] == 0


def test_distance_is_to_the_nearest_others() -> None:
    same, other = "the cat sat on the mat", "quantum chromodynamics of heavy ions"
    far = distances([same, same, other], 1)
    assert far[:2] == pytest.approx(0, abs=1e-6)
    assert far[2] > 0.5
    assert distances([same]).tolist() == [0]
    shuffled = distances([other, same, same], 1)
    assert shuffled[0] == pytest.approx(far[2])


def test_the_threshold_is_robust_against_what_it_shall_find() -> None:
    usual = np.linspace(0.2, 0.3, 99)
    assert threshold(np.append(usual, 2.0), 5, 0) == pytest.approx(threshold(np.append(usual, 0.25), 5, 0), rel=0.1)
    assert threshold(np.zeros(50), 5, 0.1) == pytest.approx(0.1)
