"""A voice of its own is heard; two halves of one text cannot be told apart."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tasks.filters.contract import FilterContext
from tasks.filters.distribution.synthetic import FEWEST, Synthetic, auc, compute

NOUNS = [
    f"{a} {b}"
    for a in ("red", "old", "small", "loud", "wet")
    for b in ["house", "car", "dog", "tree", "book", "river", "song", "lamp", "bag", "key"]
]
MACHINE = "Certainly! Here is an overview of the {0}:\n\n* **The {0}** plays a crucial role.\n* It underscores its significance."
HUMAN = "well the {0} was ok i guess, we saw it twice and then it rained"


def rows(filtered, human: str, machine: str):
    return filtered(
        *({"origin": "human", "response": human.format(noun)} for noun in NOUNS),
        *({"origin": "synthetic", "response": machine.format(noun)} for noun in NOUNS),
    )


def test_a_machines_voice_is_told_from_a_humans(filtered, context: FilterContext) -> None:
    verdict = compute(rows(filtered, HUMAN, MACHINE), Synthetic(), context)
    assert verdict.facts == {"human": 50, "synthetic": 50, "auc": 1.0}
    assert verdict.reason.null_count == 100
    dropped = compute(rows(filtered, HUMAN, MACHINE), Synthetic(action="drop", threshold=0.5), context)
    assert set(dropped.reason.to_pylist()[:50]) == {None}
    assert set(dropped.reason.to_pylist()[50:]) == {"looks_synthetic"}


def test_rows_that_read_alike_cannot_be_told_apart(filtered, context: FilterContext) -> None:
    verdict = compute(rows(filtered, HUMAN, HUMAN), Synthetic(), context)
    assert verdict.facts["auc"] < 0.6


def test_a_row_is_judged_the_same_in_any_order(filtered, context: FilterContext) -> None:
    table = rows(filtered, HUMAN, HUMAN.replace("rained", "snowed"))
    shuffled = table.take(np.random.default_rng(0).permutation(table.num_rows))
    assert compute(shuffled, Synthetic(), context).facts == compute(table, Synthetic(), context).facts


def test_too_few_rows_say_nothing(filtered, context: FilterContext) -> None:
    table = rows(filtered, HUMAN, MACHINE).slice(1)
    assert compute(table, Synthetic(action="drop"), context).facts == {
        "human": FEWEST - 1,
        "synthetic": 50,
        "auc": None,
    }
    assert compute(table.slice(0, 0), Synthetic(action="drop"), context).facts["auc"] is None


def test_the_area_under_the_curve_is_scikit_learns() -> None:
    rng = np.random.default_rng(1)
    positive, scores = rng.random(200) < 0.3, rng.integers(0, 20, 200) / 20
    assert auc(scores, positive) == pytest.approx(roc_auc_score(positive, scores))
