"""The report's section on rounds: shown for any method whose facts have them, and only then."""

from typing import Any

from tasks.generation.rounds import Round
from tasks.release.report import render
from tasks.release.report.sections.rounds import section
from tasks.release.report_data import StageFacts
from tests.release.sample import STAGES, small_data


def stage(*rounds: Round, **more: Any) -> StageFacts:
    facts = {"method": "growing", "rounds": [one.facts() for one in rounds]} | more
    return StageFacts("growing", 0, 14, 5, 1, created=20, facts=facts)


def test_a_curve_and_the_reasons_of_every_round() -> None:
    first, second = Round(asked=2, made=10, kept=9, failed=1), Round(asked=2, made=10, kept=5)
    second.rejected.update(not_novel=4, too_short=1)
    grown = stage(first, second, distinct_tasks=14)
    made = section(small_data(stages=(grown,)))
    assert made is not None
    assert made.lead == "growing made 20 rows in 2 rounds and kept 70% of them, 14 distinct tasks."
    text = render(small_data(stages=(*STAGES, grown)))
    assert "round 1: 90%, round 2: 50%." in text
    assert "Why rows of growing were rejected" in text
    assert "Not novel" in text


def test_facts_of_another_shape_are_no_rounds() -> None:
    assert section(small_data(stages=(stage(), StageFacts("evol", 1, 1, facts={"rounds": 3})))) is None
