"""The stage of a verifier: every row leaves once, with the verdict on it, and the action does what it says."""

import pyarrow as pa
import pytest

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import FILTERED, conform
from tasks.teachers.protocol import Budget, TeacherSettings
from tasks.verification import stage
from tasks.verification.judges.substance import Substance
from tests.verification.conftest import Table


def verified(table: pa.Table, tools: Tools, **settings: object) -> Outcome:
    return stage.compute(table, None, Substance.model_validate(settings), TeacherSettings(), Budget(), tools)


def test_a_row_that_fails_is_rejected_with_the_reason_and_the_verdict(rows: Table, tools: Tools) -> None:
    table = conform(rows({}, {"response": "See our documentation."}), FILTERED)
    outcome = verified(table, tools)
    assert outcome.kept.num_rows == 1
    assert outcome.rejected["reason"].to_pylist() == ["points_elsewhere"]
    assert outcome.rejected["detail"].to_pylist() == ["See our documentation"]
    assert [one["verdict"] for one in outcome.rejected["verdicts"][0].as_py()] == ["fail"]
    assert [one["verdict"] for one in outcome.kept["verdicts"][0].as_py()] == ["pass"]
    assert (outcome.facts["judged"], outcome.facts["failed"], outcome.facts["unsure"]) == (2, 1, 0)


def test_a_tag_writes_the_verdict_down_and_refuses_nothing(rows: Table, tools: Tools) -> None:
    outcome = verified(rows({"response": "See our documentation."}), tools, action="tag")
    assert outcome.rejected.num_rows == 0
    assert outcome.kept["verdicts"][0].as_py()[0]["verdict"] == "fail"


def test_a_second_verifier_adds_its_verdict_to_those_before(rows: Table, tools: Tools) -> None:
    first = verified(rows({}), tools)
    second = verified(first.kept, tools, name="again")
    assert [one["verifier"] for one in second.kept["verdicts"][0].as_py()] == ["substance", "again"]


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_a_sample_is_the_same_in_every_run_and_says_its_interval(rows: Table, tools: Tools, share: float) -> None:
    table = rows(*({"response": "See the manual."} for _ in range(400)))
    outcome = verified(table, tools, sample=share)
    looked_at = outcome.rejected.num_rows
    assert abs(looked_at - 400 * share) < 40
    assert outcome.kept.num_rows == 400 - looked_at
    assert verified(table, tools, sample=share).rejected.equals(outcome.rejected)
    facts = outcome.facts
    assert facts["looked_at"] == facts["failed"] == looked_at
    assert facts["failing_share_low"] < 1.0 <= facts["failing_share_high"]
    assert all(one is None for one in outcome.kept["verdicts"].to_pylist())
