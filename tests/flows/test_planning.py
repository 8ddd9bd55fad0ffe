"""A plan's figures follow from its inputs: more weight never hurts who has the mark, twice the rows cost twice as much."""

import json
from pathlib import Path

import pytest

from flows.planning import PlanRequest, known, plan
from flows.sizing import rows_worth
from tasks.core.errors import BadInput
from tasks.generation.catalogue import BY_NAME

USES = tuple(known()["uses"])


def test_every_method_has_marks_and_every_use_a_method() -> None:
    assert known()["methods"].keys() == BY_NAME.keys()
    assert {use for marks in known()["methods"].values() for use in marks["fit"]} == set(USES)


@pytest.mark.parametrize("use", USES)
def test_scores_are_the_weighted_marks_and_cost_grows_with_rows(use: str) -> None:
    few, many = (plan(PlanRequest(use, rows)) for rows in (1000, 2000))
    for one in few.candidates:
        marks = sum(few.weights[name] * one.marks[name] for name in few.weights)
        assert one.score == pytest.approx(marks / (3 * sum(few.weights.values())))
        twice = next(other for other in many.candidates if other.method == one.method)
        assert twice.usd == pytest.approx(2 * one.usd, rel=0.02)
    assert [one.score for one in few.candidates] == sorted((one.score for one in few.candidates), reverse=True)


def test_a_weight_of_zero_takes_a_criterion_out() -> None:
    found = plan(PlanRequest("knowledge", 1000, weights=("fit=0", "cost=0", "effort=0")))
    assert [one.marks["verified"] for one in found.candidates] == sorted(
        (one.marks["verified"] for one in found.candidates), reverse=True
    )


def test_money_time_and_people_are_said() -> None:
    found = plan(PlanRequest("code", 2000, budget=1, per_minute=100, review=0.1, review_minutes=3, hourly=20))
    assert found.minutes == found.candidates[0].requests / 100
    assert (found.review_hours, found.review_usd) == (10, 200)
    assert any("pays for" in warning for warning in found.warnings)
    assert not any("pays for" in warning for warning in plan(PlanRequest("code", 2000)).warnings)


def test_the_last_ablation_says_what_more_rows_would_bring(tmp_path: Path) -> None:
    folder = tmp_path / "ablations" / "handbook"
    folder.mkdir(parents=True)
    half = {"part": "50%", "other": "all", "gain": -0.2, "finding": "worse"}
    kept = {"parts": [{"part": "all", "rows": 500, "loss": 2.0}], "comparisons": [half], "exponent": 0.1}
    for version, exponent in ((9, 0.9), (10, 0.1)):
        (folder / f"{version}.json").write_text(json.dumps(kept | {"exponent": exponent}))
    worth = plan(PlanRequest("code", 1000, dataset="handbook", store=tmp_path)).worth
    assert worth is not None
    assert (worth.release, worth.expected_loss) == ("handbook@10", pytest.approx(2.0 * 2**-0.1))
    assert "1,000 would bring 1.866, 6.7% less" in worth.sentence(1000)
    same = kept | {"comparisons": [half | {"finding": "no difference"}]}
    (folder / "11.json").write_text(json.dumps(same))
    nothing = rows_worth(tmp_path, "handbook", 1000)
    assert nothing.expected_loss is None
    assert "no difference was found" in nothing.sentence(1000)
    with pytest.raises(BadInput, match="instructory ablate other"):
        rows_worth(tmp_path, "other", 1000)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (PlanRequest("cod", 10), "did you mean 'code'"),
        (PlanRequest("code", 10, weights=("price=1",)), "no criterion 'price'"),
        (PlanRequest("code", 10, weights=("cost=x",)), "CRITERION=NUMBER"),
        (PlanRequest("code", 10, weights=("cost=-1",)), "0 or more"),
        (PlanRequest("code", 10, weights=("fit=0", "verified=0", "cost=0", "effort=0")), "all weights are 0"),
    ],
)
def test_what_cannot_be_planned_is_named(wanted: PlanRequest, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        plan(wanted)
