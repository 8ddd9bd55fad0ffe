"""Agreement of several people: the worked examples of the papers, and figures that two libraries gave for drawn tables."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.text.agreement import Counts, alpha, alpha_interval, fleiss_kappa, wilson

KRIPPENDORFF = """
1 2 3 3 2 1 4 1 2 . . .
1 2 3 3 2 2 4 1 2 5 . 3
. 3 3 3 2 3 4 2 2 5 1 .
1 2 3 3 2 4 4 1 2 5 1 .
"""
"""Example C of "Computing Krippendorff's Alpha-Reliability" (2011): four observers, twelve units, values that are missing."""
FLEISS = """
0 0 0 0 14
0 2 6 4 2
0 0 3 5 6
0 3 9 2 0
2 2 8 1 1
7 7 0 0 0
3 2 6 3 0
2 5 3 2 2
6 5 2 1 0
0 2 2 3 7
"""
"""The example of Fleiss's κ that textbooks and encyclopedias work through: fourteen people, ten rows, κ = 0.210."""


def table(text: str) -> list[list[str]]:
    return [line.split() for line in text.strip().splitlines()]


def counted(observers: list[list[str]], values: str) -> Counts:
    return np.array([[unit.count(value) for value in values] for unit in zip(*observers, strict=True)])


def drawn(seed: int, rows: int, people: int, values: int, missing: float) -> Counts:
    """Rows with a true value that each of the people gives with probability 0.6, and skips with probability `missing`."""
    rng = np.random.default_rng(seed)
    true = rng.integers(values, size=rows)
    given = np.where(rng.random((people, rows)) < 0.6, true, rng.integers(values, size=(people, rows)))
    given[rng.random((people, rows)) < missing] = -1
    return np.stack([(given == value).sum(axis=0) for value in range(values)], axis=1)


@pytest.mark.parametrize(("scale", "expected"), [("nominal", 0.743), ("ordinal", 0.815)])
def test_alpha_is_krippendorffs(scale: str, expected: float) -> None:
    found = alpha(counted(table(KRIPPENDORFF), "12345"), scale)  # type: ignore[arg-type]
    assert round(found or 0, 3) == expected


def test_kappa_is_fleiss() -> None:
    found, rows, people = fleiss_kappa(np.array(table(FLEISS), int))
    assert (round(found or 0, 3), rows, people) == (0.210, 10, 14)


LIBRARIES = [
    ((1, 40, 3, 3, 0.0), 0.5016, 0.4876, 0.4974),
    ((2, 200, 5, 5, 0.3), 0.3174, 0.3308, 0.3186),
    ((3, 1000, 2, 2, 0.1), 0.3437, 0.3437, 0.3433),
    ((4, 60, 8, 4, 0.6), 0.3784, 0.3399, 0.7289),
]
"""What krippendorff 0.9.0 and statsmodels 0.15.0 say of the tables that `drawn` makes: α nominal and ordinal, Fleiss's κ."""


@pytest.mark.parametrize(("shape", "nominal", "ordinal", "fleiss"), LIBRARIES)
def test_figures_are_those_of_libraries(
    shape: tuple[int, int, int, int, float], nominal: float, ordinal: float, fleiss: float
) -> None:
    counts = drawn(*shape)
    assert alpha(counts, "nominal") == pytest.approx(nominal, abs=1e-4)
    assert alpha(counts, "ordinal") == pytest.approx(ordinal, abs=1e-4)
    assert fleiss_kappa(counts)[0] == pytest.approx(fleiss, abs=1e-4)


@given(st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), max_size=30))
def test_alpha_is_at_most_one_and_one_only_where_all_agree(given: list[list[int]]) -> None:
    counts = np.array(given, dtype=np.int64).reshape(-1, 3)
    paired = counts[counts.sum(axis=1) > 1]
    for scale in ("nominal", "ordinal"):
        found = alpha(counts, scale)  # type: ignore[arg-type]
        assert found == alpha(paired, scale)  # type: ignore[arg-type]
        if len(paired) == 0 or (paired.sum(axis=0) > 0).sum() < 2:
            assert found is None
            continue
        assert found is not None
        assert found <= 1
        assert (found == 1) == bool(((paired > 0).sum(axis=1) == 1).all())


def test_the_interval_of_alpha_holds_it_and_shrinks_with_rows() -> None:
    widths = []
    for rows in (50, 5_000):
        counts = drawn(3, rows, 3, 3, 0.2)
        low, high = alpha_interval(counts, "nominal")
        assert low is not None
        assert high is not None
        assert low < (alpha(counts, "nominal") or 0) < high
        assert (low, high) == alpha_interval(counts, "nominal")
        widths.append(high - low)
    assert widths[1] < widths[0] / 5
    assert alpha_interval(np.array([[1, 0], [0, 1]]), "nominal") == (None, None)


def test_the_interval_of_a_share_is_wilsons() -> None:
    assert wilson(0, 0) == (None, None)
    low, high = wilson(8, 10)
    assert (round(low or 0, 3), round(high or 0, 3)) == (0.490, 0.943)
