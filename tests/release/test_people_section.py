"""The report's section on people: computed from decisions, shown where there are some."""

from tasks.release.report import render
from tasks.release.report.sections.people import section
from tasks.release.report_data import StageFacts
from tasks.review.annotators import figures
from tests.release.sample import STAGES, small_data
from tests.review.test_annotators import decision, team


def test_people_are_shown_with_their_figures() -> None:
    source = {f"{row:032x}": "forum" if row % 3 == 0 else "manual" for row in range(300)}
    rows = team(ann=0.05, ben=0.05, cy=0.5)
    rows += [decision("dee", row, "reject" if row % 3 == 0 else "accept", row) for row in range(300)]
    rows += [decision("ann", row, "accept", row, refused="filters/too_short") for row in range(900, 910)]
    stage = StageFacts("review", 400, 400, facts={"people": figures(rows, {"source": source})})
    made = section(small_data(stages=(stage,)))
    assert made is not None
    assert made.lead.startswith(
        "300 rows judged by several of 4 reviewers; Krippendorff's alpha of their verdicts is 0."
    )
    text = render(small_data(stages=(*STAGES, stage)))
    for said in (
        "How far people agree",
        "What each is like",
        "filters/too_short",
        "dee rejects rows of source forum more often",
    ):
        assert said in text


def test_one_reviewer_alone_and_nobody() -> None:
    alone = StageFacts("review", 1, 1, facts={"people": figures([decision("ann", 1, "accept")])})
    made = section(small_data(stages=(alone,)))
    assert made is not None
    assert made.lead == "No row was judged by two of 1 reviewer, so nothing says how far they agree."
    assert render(small_data(stages=(*STAGES, alone)))
    assert section(small_data(stages=(StageFacts("review", 1, 1, facts={"people": {}}),))) is None
    assert section(small_data()) is None
