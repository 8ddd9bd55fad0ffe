"""The report's section on verification: worth beside verdicts, and nothing unknown that looks like passed."""

from typing import Any

from tasks.release.report import render
from tasks.release.report.sections.verification import section
from tasks.release.report_data import StageFacts
from tests.release.sample import STAGES, small_data

CALIBRATION: dict[str, Any] = {
    "n": 60, "without_answer": 0, "accuracy": 0.85, "kappa": 0.66, "kappa_low": 0.46, "kappa_high": 0.86,
    "reject_precision": 0.8, "reject_recall": 0.7, "judge_rejects": 0.3, "people_reject": 0.35, "unsure": 1,
    "verdicts": {"fail where people say fail": 14, "pass where people say pass": 37}, "length_bias": 0.2, "consistency": 0.95,
}  # fmt: skip


def stage(name: str, **facts: Any) -> StageFacts:
    counted = {
        "verifier": name, "action": "reject", "sample": 1.0, "looked_at": 100, "judged": 90, "not_applicable": 10, "passed": 70,
        "failed": 15, "unsure": 5, "unsure_share": 0.06, "failing_share": 0.1667, "failing_share_low": 0.1,
        "failing_share_high": 0.26,
    }  # fmt: skip
    return StageFacts(
        f"verify_{name}",
        100,
        85,
        15,
        reasons={"judged_bad": 15},
        meanings={"judged_bad": "refused; detail: x"},
        facts=counted | facts,
    )


def texts(*stages: StageFacts) -> str:
    return render(small_data(stages=(*STAGES, *stages)))


def test_kappa_stands_beside_the_verdicts_of_a_judge_that_was_measured() -> None:
    text = texts(stage("judge", calibration=CALIBRATION))
    assert "kappa 0.66 (0.46 to 0.86)" in text
    assert "Judges beside people" in text
    assert "not calibrated" not in text
    assert "Stage verify_judge" not in text


def test_a_judge_that_nobody_measured_is_called_so() -> None:
    made = section(small_data(stages=(stage("judge", calibration=None, warnings=["judge x is not calibrated: …"]),)))
    assert made is not None
    assert "Nobody has measured what the verdicts of judge are worth." in made.lead
    assert "5 verdicts could not be given: unsure is not passed." in made.lead
    assert "not calibrated" in texts(stage("judge", calibration=None))


def test_a_rule_has_no_agreement_and_a_sample_has_its_interval() -> None:
    text = texts(stage("substance", looked_at=20, judged=20))
    assert "20 of 100" in text
    assert "17% (10% to 26%, 95 %)" in text
    assert "not calibrated" not in text


def test_a_verifier_that_judged_nothing_is_not_measured() -> None:
    text = texts(stage("judge", judged=0, passed=0, failed=0, unsure=0, failing_share=None, calibration=CALIBRATION))
    assert "not measured" in text


def test_a_release_without_verifiers_has_no_such_section() -> None:
    assert section(small_data()) is None


def test_what_a_judge_says_is_escaped() -> None:
    hostile = "<script>alert(1)</script>"
    text = texts(stage("judge", calibration=None, warnings=[hostile], judges=[hostile]))
    assert hostile not in text
