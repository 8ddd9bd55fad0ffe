"""What is said of the people who judge rows, on people whose habits are known because they were drawn."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.review.annotators import figures, weights
from tasks.review.decisions import Decision, Word
from tasks.review.judgements import Judgements
from tasks.review.severity import holm


def decision(reviewer: str, row: int, word: Word, position: int = 0, **more: Any) -> Decision:
    given: dict[str, Any] = {
        "id": f"{reviewer}-{row}-{position}",
        "example_id": f"{row:032x}",
        "content_hash": "content",
        "reviewer": reviewer,
        "session": "one",
        "at": f"2026-11-29T{position // 3600:02}:{position // 60 % 60:02}:{position % 60:02}.000+00:00",
        "word": word,
    }
    given |= {"reason": "wrong"} if word == "reject" else {"edited": {"response": "x"}} if word == "edit" else {}
    return Decision(**(given | more))


def team(seed: int = 0, rows: int = 300, **habits: float) -> list[Decision]:
    """Rows of which a third is bad, each judged by everybody; a habit is the chance that somebody rejects a good row."""
    drawn = random.Random(seed)
    bad = [drawn.random() < 0.33 for _ in range(rows)]
    return [
        decision(name, row, "reject" if drawn.random() < (0.95 if bad[row] else strict) else "accept", row)
        for name, strict in habits.items()
        for row in range(rows)
    ]


def test_nothing_is_said_without_decisions() -> None:
    assert figures([]) == {}
    assert figures([decision("ann", 1, "skip")]) == {}


def test_a_strict_reviewer_is_found() -> None:
    people = figures(team(ann=0.05, ben=0.05, cy=0.5))["reviewers"]
    assert people["cy"]["severity"] == pytest.approx(0.2, abs=0.06)
    assert people["cy"]["severity_significant"]
    assert people["cy"]["weight"] < people["ann"]["weight"]
    assert people["ann"]["reject_share"] == pytest.approx(0.35, abs=0.06)


def test_who_got_worse_rows_is_not_taken_for_strict() -> None:
    """Ann judges bad rows only, and Cy judges all of them: she rejects more of what she saw, and is no stricter than he is."""
    every = [decision("cy", row, "reject" if row < 50 else "accept", row) for row in range(100)]
    ann = [decision("ann", row, "reject", row) for row in range(50)]
    ben = [decision("ben", row, "accept", row) for row in range(50, 100)]
    people = figures([*every, *ann, *ben])["reviewers"]
    assert people["ann"]["reject_share"] == 1.0
    assert people["ann"]["severity"] == 0.0
    assert not people["ann"]["severity_significant"]


def test_an_even_team_has_no_findings() -> None:
    found = [figures(team(seed, ann=0.1, ben=0.1, cy=0.1)) for seed in range(20)]
    wrong = sum(one["severity_significant"] for facts in found for one in facts["reviewers"].values())
    assert wrong <= 3
    assert all(facts["agreement"]["verdict"]["alpha"] > 0.5 for facts in found)


def test_a_bias_against_one_source_is_found() -> None:
    rows = team(ann=0.1, ben=0.1, cy=0.1)
    source = {f"{row:032x}": "forum" if row % 3 == 0 else "manual" for row in range(300)}
    rows += [decision("dee", row, "reject" if row % 3 == 0 else "accept", row) for row in range(300)]
    found = figures(rows, {"source": source})["biases"]
    assert {(one["reviewer"], one["source"]) for one in found if one["by"] > 0} == {("dee", "forum")}
    assert figures(team(ann=0.1, ben=0.1, cy=0.1), {"source": source})["biases"] == []


def test_tiredness_is_found() -> None:
    drawn = random.Random(3)
    tired = [
        decision("ann", row, "reject" if drawn.random() < row / 200 else "accept", row, seconds=60 - row / 5)
        for row in range(200)
    ]
    fresh = [
        decision("ben", row, "reject" if drawn.random() < 0.4 else "accept", row, seconds=20 + 10 * drawn.random())
        for row in range(200)
    ]
    people = figures([*tired, *fresh])["reviewers"]
    assert people["ann"]["strictness_drifts"]
    assert people["ann"]["strictness_trend"] > 0
    assert people["ann"]["seconds_drifts"]
    assert people["ann"]["seconds_trend"] == pytest.approx(-1, abs=0.01)
    assert not people["ben"]["strictness_drifts"]
    assert not people["ben"]["seconds_drifts"]
    assert people["ben"]["rows_an_hour"] == pytest.approx(3600 / 25, rel=0.1)


def test_gold_rows() -> None:
    gold = {(f"{row:032x}", "content"): "reject" if row < 5 else "accept" for row in range(10)}
    words: list[Word] = ["reject"] * 3 + ["accept"] * 2 + ["edit", "reject"] + ["accept"] * 5
    people = figures([decision("ann", row, word) for row, word in enumerate(words)], gold=gold)["reviewers"]
    known = {name: value for name, value in people["ann"].items() if name.startswith("gold")}
    assert known == {
        "gold_rows": 10,
        "gold_agreement": 0.7,
        "gold_agreement_low": 0.3968,
        "gold_kept_though_bad": 2,
        "gold_rejected_though_good": 1,
    }


def test_criteria_are_scales_and_guidelines_are_compared() -> None:
    levels = [(5, 4), (4, 4), (2, 1), (1, 1), (3, 3)]
    rows = [
        decision(
            name, row, "accept", row, criteria={"clarity": pair[side]}, guideline="a" * 64 if row < 3 else "b" * 64
        )
        for row, pair in enumerate(levels)
        for side, name in enumerate(("ann", "ben"))
    ]
    found = figures(rows)
    assert found["agreement"]["clarity"]["scale"] == "ordinal"
    assert found["agreement"]["clarity"]["alpha"] > 0.8
    assert found["agreement"]["verdict"]["alpha"] is None  # everybody accepts everything: nothing can be said
    assert [one["guideline"] for one in found["guidelines"]] == ["a" * 12, "b" * 12]
    words = [
        one.model_copy(update={"criteria": {"tone": "plain" if one.criteria["clarity"] == 1 else "kind"}})
        for one in rows
    ]
    assert figures(words)["agreement"]["tone"]["scale"] == "nominal"


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.tuples(st.sampled_from(["ann", "ben", "cy"]), st.integers(0, 9), st.sampled_from(["accept", "reject"])),
        max_size=60,
    ),
    st.randoms(use_true_random=False),
)
def test_order_does_not_matter(said: list[tuple[str, int, Word]], drawn: random.Random) -> None:
    rows = [decision(name, row, word, position) for position, (name, row, word) in enumerate(said)]
    mixed = drawn.sample(rows, len(rows))
    assert figures(rows) == figures(mixed)
    assert weights(rows) == weights(mixed)


def test_the_later_decision_counts() -> None:
    rows = [decision("ann", 1, "reject", 1), decision("ann", 1, "accept", 2)]
    found = Judgements.of(rows, lambda one: one.word, ("reject", "accept"))
    assert found.given.tolist() == [1]


def test_holm_is_that_of_the_paper() -> None:
    """The worked form of Holm 1979: the least p times the number, and none below the one before."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]
