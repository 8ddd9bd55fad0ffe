"""What the differences between students allow to say."""

import numpy as np
import pytest

from tasks.students.comparison import advice, compared, curve


def losses(mean: float, seeds: int, noise: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, noise, (seeds, 200))


def test_a_clear_difference_is_named_and_its_opposite_too() -> None:
    good, bad = losses(1.0, 5, 0.1, 1), losses(1.3, 5, 0.1, 2)
    assert compared("a", good, "b", bad).finding == "better"
    assert compared("b", bad, "a", good).finding == "worse"


def test_equal_parts_are_called_different_in_about_one_case_of_twenty() -> None:
    draws = np.random.default_rng(0)
    false = 0
    for _ in range(400):
        drawn = draws.normal(0, 0.05, (2, 4, 1))  # what each student's rows happened to be
        both = draws.normal(1.0, 0.2, (2, 4, 200)) + drawn
        false += compared("a", both[0], "b", both[1]).finding != "no difference"
    assert false / 400 <= 0.06


def test_one_seed_shows_nothing() -> None:
    assert compared("a", losses(1, 1, 0.1, 1), "b", losses(9, 1, 0.1, 2)).finding == "no difference"


def test_the_exponent_of_a_power_law_is_found() -> None:
    sizes = [10_000, 20_000, 40_000]
    assert curve(sizes, [3 * size**-0.2 for size in sizes]) == pytest.approx(0.2, abs=1e-3)
    assert curve(sizes, [1.0, 1.1, 1.2]) is None, "more data did not help"
    assert curve(sizes[:2], [2.0, 1.0]) is None


def test_advice_follows_the_finding() -> None:
    worse = compared("without source a", losses(1.3, 5, 0.1, 1), "all", losses(1.0, 5, 0.1, 2))
    better = compared("without source b", losses(0.7, 5, 0.1, 1), "all", losses(1.0, 5, 0.1, 2))
    first, second = advice({"source a": worse, "source b": better})
    assert first.startswith("source a helps")
    assert second.startswith("source b hurts")
