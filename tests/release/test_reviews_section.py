"""The report's section on reviews: shown where people decided, and only then."""

from tasks.release.report import render
from tasks.release.report.sections.reviews import section
from tasks.release.report_data import StageFacts
from tests.release.sample import STAGES, small_data


def test_outcomes_and_people_are_counted() -> None:
    facts = {
        "review": {
            "accepted": 6, "edited": 2, "rejected": {"wrong": 1, "style": 1}, "conflict": 1, "stale": 2, "waiting": 3,
            "undecided": 88, "by_reviewer": {"ada": 9, "<b>bob</b>": 4},
        }
    }  # fmt: skip
    stage = StageFacts("review", 100, 98, 2, facts=facts)
    made = section(small_data(stages=(stage,)))
    assert made is not None
    assert made.lead == "People decided about 10 rows of 100 (10%). 3 rows must be looked at again."
    text = render(small_data(stages=(*STAGES, stage)))
    assert "rejected by a reviewer: wrong" in text
    assert "&lt;b&gt;bob&lt;/b&gt;" in text
    assert section(small_data()) is None
