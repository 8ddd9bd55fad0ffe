"""Dawid and Skene's consensus: the data of their paper, and people whose errors are known because they were drawn."""

import numpy as np
import pytest

from tasks.review.dawid_skene import Consensus, consensus, majority

ANAESTHETISTS = """
111 1 1 1 1|333 4 3 3 4|112 2 1 2 2|222 3 1 2 1|222 3 2 2 2|222 3 3 2 2|122 2 1 1 1|333 3 4 3 3|222 2 2 2 3
232 2 2 2 3|444 4 4 4 4|222 3 3 4 3|111 1 1 1 1|222 3 2 1 2|121 1 1 1 1|111 2 1 1 1|111 1 1 1 1|111 1 1 1 1
222 2 2 2 1|222 1 3 2 2|222 2 2 2 2|222 2 2 2 1|222 3 2 2 2|221 2 2 2 2|111 1 1 1 1|111 1 1 1 1|232 2 2 2 2
111 1 1 1 1|111 1 1 1 1|112 1 1 2 1|111 1 1 1 1|333 3 2 3 3|111 1 1 1 1|222 2 2 2 2|222 3 2 3 2|433 4 3 4 3
221 2 2 3 2|232 3 2 3 3|333 3 4 3 2|111 1 1 1 1|111 1 1 1 1|121 2 1 1 1|232 2 2 2 2|121 1 1 1 1|222 2 2 2 2
"""
"""Table 1 of the paper: 45 patients, judged three times by the first of five anaesthetists and once by the others."""


def patients() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    judged = [
        (patient, person, int(value) - 1)
        for patient, line in enumerate(ANAESTHETISTS.strip().replace("\n", "|").split("|"))
        for person, values in enumerate(line.split())
        for value in values
    ]
    rows, people, given = np.array(judged).T
    return rows, people, given


def simulated(seed: int, rows: int, rights: list[float]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """True values, and judgements of people of whom each is right with a probability; the last always says 0."""
    rng = np.random.default_rng(seed)
    true = rng.choice(3, p=[0.5, 0.2, 0.3], size=rows)
    given = []
    for right in rights:
        said = np.where(rng.random(rows) < right, true, rng.integers(3, size=rows))
        given.append(said if right else np.zeros(rows, np.int64))
    people = np.repeat(np.arange(len(rights)), rows)
    return true, np.tile(np.arange(rows), len(rights)), people, np.concatenate(given)


def test_the_paper() -> None:
    """Table 2 of the paper: the classes hold 0.40, 0.42, 0.11 and 0.07 of the patients; the first anaesthetist, given class 1, says
    1 in 0.89 and 2 in 0.11 of cases, and given class 2, says 1 in 0.07 and 3 in 0.05."""
    found = consensus(*patients(), values=4, prior=0.0)
    assert [round(float(share), 2) for share in found.values] == [0.40, 0.42, 0.11, 0.07]
    assert [round(float(share), 2) for share in found.tables[0][0]] == [0.89, 0.11, 0.0, 0.0]
    assert [round(float(share), 2) for share in found.tables[0][1]] == [0.07, 0.88, 0.05, 0.0]


@pytest.mark.parametrize("seed", range(5))
def test_it_beats_the_majority_where_few_are_good(seed: int) -> None:
    true, rows, people, given = simulated(seed, 600, [0.9, 0.8, 0.2, 0.1, 0.0])
    found = consensus(rows, people, given, 3)
    right = float((found.rows.argmax(axis=1) == true).mean())
    voted = [one == other for one, other in zip(majority(rows, given, 3), true, strict=True)]
    assert right > sum(voted) / len(voted) + 0.05


def test_weights_follow_what_people_are_worth() -> None:
    _, rows, people, given = simulated(7, 600, [0.95, 0.7, 0.4, 0.0])
    found = consensus(rows, people, given, 3)
    weights = [found.weight(person) for person in range(4)]
    assert weights == sorted(weights, reverse=True)
    assert all(0 <= weight <= 1 for weight in weights)
    assert weights[0] > 0.85
    assert weights[3] < 0.05  # who always says the same


def test_one_who_always_mixes_two_values_up_is_understood() -> None:
    true, rows, people, given = simulated(1, 400, [0.9, 0.9, 0.9])
    turned = np.where(people == 2, np.array([1, 0, 2])[given], given)
    found = consensus(rows, people, turned, 3)
    assert found.tables[2][0][1] > 0.8
    assert (found.rows.argmax(axis=1) == true).mean() > 0.95


def test_the_numbers_of_people_and_rows_do_not_matter() -> None:
    true, rows, people, given = simulated(2, 100, [0.9, 0.6, 0.5])
    mixed = np.random.default_rng(0).permutation(len(rows))
    one, other = consensus(rows, people, given, 3), consensus(rows[mixed], people[mixed], given[mixed], 3)
    assert np.allclose(one.rows, other.rows)
    assert isinstance(one, Consensus)
    assert len(true) == len(one.rows)
