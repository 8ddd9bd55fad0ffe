"""Which rows come first, and mixes spread as a reference: exact sizes, stable orders, and less distance than before."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tasks.core import schema as schemas
from tasks.core.errors import BadInput
from tasks.core.outcome import Tools
from tasks.mix import Mix, compute
from tasks.mix.choosing import disagreement, order, quality_diversity, review_order
from tasks.mix.matching import js_distance
from tests.mix.test_mix import ids, mixed, table

CHOICES = ("spread", "random", "cluster_density", "difficulty", "quality_diversity", "disagreement")


def verdicts(*words: str, score: float | None = None) -> dict[str, Any]:
    return {"verdicts": [{"verifier": f"v{n}", "verdict": word, "score": score} for n, word in enumerate(words)]}


@settings(max_examples=15)
@given(rows=st.integers(1, 40), clusters=st.integers(1, 5), choose=st.sampled_from(CHOICES), seed=st.integers(0, 3))
def test_an_order_names_every_row_once_and_is_the_same_again(rows: int, clusters: int, choose: str, seed: int) -> None:
    pool = table([{"cluster": n % clusters, "instruction": f"Say {n} words"} for n in range(rows)])
    params = Mix.model_validate({"rows": max(rows // 2, 1), "choose": choose, "seed": seed})
    found = order(pool, params)
    assert sorted(found.tolist()) == list(range(rows))
    assert found.tolist() == order(pool, params).tolist()


@pytest.mark.parametrize("choose", CHOICES)
def test_a_mix_has_its_rows_and_each_other_row_its_reason(choose: str) -> None:
    outcome = mixed([{"cluster": n % 3, "instruction": f"Say {n}"} for n in range(30)], rows=10, choose=choose)
    assert outcome.kept.num_rows == 10
    assert outcome.rejected["reason"].to_pylist() == ["over_target"] * 20


def test_dense_clusters_give_a_smaller_part_but_more_rows() -> None:
    outcome = mixed([{"cluster": 0}] * 64 + [{"cluster": 1}] * 16, rows=12, choose="cluster_density")
    assert Counter(outcome.kept["cluster"].to_pylist()) == {0: 8, 1: 4}


def test_the_hardest_come_first_but_not_what_is_broken() -> None:
    outcome = mixed([{"perplexity": float(n)} for n in range(1, 101)], rows=10, choose="difficulty")
    assert sorted(outcome.kept["perplexity"].to_pylist()) == [float(n) for n in range(86, 96)]
    levels = mixed([{"difficulty": level} for level in ("easy", "hard", "medium", "hard")], rows=2, choose="difficulty")
    assert levels.kept["difficulty"].to_pylist() == ["hard", "hard"]


def test_what_verifiers_disagree_about_comes_first() -> None:
    pool = table([verdicts("pass", "pass"), verdicts("pass", "fail"), verdicts("pass", score=0.6), {}])
    assert disagreement(pool).round(2).tolist() == [0.0, 1.0, 0.8, 0.0]
    assert review_order(pool)[:2].tolist() == [1, 2]


def test_greedy_choice_takes_one_of_each_direction_and_the_better_of_equals() -> None:
    axes = np.repeat(np.eye(8, dtype=np.float32), 50, axis=0)
    worth = np.tile(np.linspace(0.1, 1.0, 50), 8)
    found = quality_diversity(axes, worth, np.arange(400), 8)
    assert sorted(found[:8].tolist()) == [50 * axis + 49 for axis in range(8)]


def reference(folder: Path, lengths: dict[int, int]) -> Path:
    file = folder / "reference.json"
    rows = [
        {"instruction": "one two three", "response": "word " * (n - 3)}
        for n, often in lengths.items()
        for _ in range(often)
    ]
    file.write_text(json.dumps(rows), "utf-8")
    return file


def test_lengths_are_spread_as_in_the_reference(tmp_path: Path) -> None:
    pool = [{"words": 8}] * 200 + [{"words": 64}] * 100
    file = reference(tmp_path, {8: 25, 64: 75})
    outcome = mixed(pool, rows=80, match={"reference": file, "by": ["length"]})
    assert outcome.kept.num_rows == 80
    lengths = Counter(len(text.split()) for text in outcome.kept["response"].to_pylist())
    assert lengths == {5: 20, 61: 60}
    distance = outcome.facts["match"]["distance"]["length"]
    assert distance["after"] == 0 < distance["before"]
    again = mixed(pool, rows=80, match={"reference": file, "by": ["length"]})
    assert ids(again.kept) == ids(outcome.kept)


def test_several_dimensions_are_matched_at_once(tmp_path: Path) -> None:
    pool = [
        {"instruction": f"{verb} it", "words": n} for verb in ("Write", "Explain") for n in (8, 64) for _ in range(100)
    ]
    rows = [{"instruction": "Write it now", "response": "word " * 5}] * 30 + [
        {"instruction": "Explain it now", "response": "w " * 61}
    ] * 10
    file = tmp_path / "reference.json"
    file.write_text(json.dumps(rows), "utf-8")
    outcome = mixed(pool, rows=100, match={"reference": file, "by": ["length", "verb"]})
    assert outcome.kept.num_rows == 100
    for distance in outcome.facts["match"]["distance"].values():
        assert distance["after"] < 0.05 < distance["before"]


def test_domains_are_matched_only_where_they_are_known(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="verifier: domain"):
        mixed([{}] * 5, rows=2, match={"reference": reference(tmp_path, {8: 2}), "by": ["domain"]})


@pytest.mark.parametrize(
    "wrong", [{"match": {"release": "a@1"}}, {"rows": 3, "match": {}}, {"rows": 3, "match": {"release": "a"}}]
)
def test_a_reference_that_is_not_named_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="match"):
        Mix.model_validate(wrong)


def test_a_distance_of_samples_has_its_bounds() -> None:
    assert js_distance(["a", "b"], ["b", "a"]) == 0
    assert js_distance(["a"], ["b"]) == 1


def test_matching_does_not_depend_on_the_order_of_rows(tmp_path: Path) -> None:
    pool = table([{"words": 8 if n % 3 else 64} for n in range(60)])
    params = Mix.model_validate({"rows": 20, "match": {"reference": reference(tmp_path, {8: 1, 64: 1})}})
    tools = Tools(key="key", store_root=tmp_path)
    found = compute(pool, params, tools).kept
    turned = compute(pool.take(list(range(59, -1, -1))), params, tools).kept
    assert sorted(ids(found)) == sorted(ids(turned))
    assert found.schema == schemas.CLUSTERED
