"""What a judge is worth: figures against scikit-learn's and SciPy's own, and against cases that can be counted by hand."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.text import agreement
from tasks.verification.judges import calibration, labels, rubric
from tasks.verification.judges.votes import Judgement, Vote, combined, vote_of
from tasks.verification.verifier import Word
from tests.verification.judges.conftest import NAMES, curated, written

CURATION = rubric.load(rubric.locate("curation"))
WORDS = st.sampled_from(["pass", "fail", "unsure"])


def judged(level: int, **levels: int) -> Judgement:
    return combined(CURATION, [vote_of(CURATION, curated(level, **levels), "request")])


def label(word: Word, response: str = "An answer.", **levels: int) -> labels.Label:
    return labels.Label({"instruction": "Ask.", "response": response}, word, levels)


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=30))
def test_kappa_is_symmetric_bounded_and_one_only_for_full_agreement(pairs: list[tuple[str, str]]) -> None:
    judge, people = [one for one, _ in pairs], [other for _, other in pairs]
    found = agreement.kappa(judge, people)
    if len({*judge, *people}) < 2:
        assert found is None
        return
    assert found is not None
    assert found == pytest.approx(agreement.kappa(people, judge), abs=2e-4)
    assert -1 <= found <= 1
    assert (found == 1) == (judge == people)
    low, high = agreement.kappa_interval(judge, people)
    assert (low or found) <= found <= (high or found)


def test_kappa_is_that_of_the_textbook() -> None:
    """Cohen's example as worked by Fleiss: 20 and 15 agreed of 50, κ = 0.4."""
    judge = ["pass"] * 20 + ["pass"] * 5 + ["fail"] * 10 + ["fail"] * 15
    people = ["pass"] * 20 + ["fail"] * 5 + ["pass"] * 10 + ["fail"] * 15
    assert agreement.kappa(judge, people) == 0.4


def test_unsure_agrees_with_nobody() -> None:
    votes = [Vote(word, 0.5, dict.fromkeys(NAMES, 3), dict.fromkeys(NAMES, ""), "r") for word in ("pass", "fail")]
    found = calibration.measure(
        {0: combined(CURATION, votes), 1: judged(5), 2: judged(1)},
        [label("pass"), label("pass"), label("fail")],
        CURATION,
    )
    assert (found["n"], found["unsure"], found["accuracy"]) == (3, 1, 0.6667)


def test_rows_without_an_answer_are_counted_apart() -> None:
    found = calibration.measure({1: judged(1)}, [label("pass"), label("fail")], CURATION)
    assert (found["n"], found["without_answer"], found["kappa"]) == (1, 1, None)


def test_a_judge_that_likes_length_is_found_out() -> None:
    given_labels = [label("pass", "word " * length) for length in (5, 10, 20, 40)]
    longer_is_better = {number: judged(level) for number, level in enumerate((2, 3, 4, 5))}
    assert calibration.measure(longer_is_better, given_labels, CURATION)["length_bias"] == 1.0
    shorter_is_better = {number: judged(level) for number, level in enumerate((5, 4, 3, 2))}
    assert calibration.measure(shorter_is_better, given_labels, CURATION)["length_bias"] == -1.0


def test_consistency_is_the_share_of_equal_verdicts() -> None:
    first, second = {0: judged(5), 1: judged(5)}, {0: judged(5), 1: judged(1)}
    found = calibration.measure(first, [label("pass"), label("pass")], CURATION, [second])
    assert found["consistency"] == 0.5
    assert calibration.measure(first, [label("pass"), label("pass")], CURATION)["consistency"] is None


def test_scores_of_people_give_weighted_kappa_and_both_distributions(tmp_path: Path) -> None:
    rows = [{"instruction": "a", "response": str(n), "scores": dict.fromkeys(NAMES, n % 5 + 1)} for n in range(10)]
    read = labels.read(written(tmp_path / "labels.jsonl", *rows), CURATION)
    assert [one.word for one in read[:5]] == ["fail", "fail", "pass", "pass", "pass"]
    near = calibration.measure({n: judged(max(1, n % 5)) for n in range(10)}, read, CURATION)
    same = calibration.measure({n: judged(n % 5 + 1) for n in range(10)}, read, CURATION)
    assert same["weighted_kappa"] == 1.0
    assert 0.6 < near["weighted_kappa"] < 1
    assert same["criteria"]["accuracy"]["people"] == {"1": 2, "2": 2, "3": 2, "4": 2, "5": 2}


@pytest.mark.parametrize("shares", [[], [1], [2, 1]])
def test_nothing_is_measured_of_too_little(shares: list[int]) -> None:
    assert agreement.length_bias([float(one) for one in shares], shares, ["pass"] * len(shares)) is None
