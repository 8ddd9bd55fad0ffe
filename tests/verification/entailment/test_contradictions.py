"""Rows that ask the same in other words and answer otherwise are found; the one with less support fails."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.outcome import Outcome, Tools
from tasks.teachers.protocol import Budget, TeacherSettings
from tasks.verification import stage
from tasks.verification.entailment.contradictions import Contradictions
from tasks.verification.entailment.disagreement import disagreement
from tests.servers.models import ModelServer
from tests.teachers.asked import settings_for
from tests.verification.conftest import Table
from tests.verification.entailment.conftest import span

ONE = {
    "instruction": "How many books may a member of the library borrow?",
    "response": "A member may borrow eight books.",
}
OTHER = {
    "instruction": "How many books may members of the library borrow at once?",
    "response": "A member may borrow six books.",
}
APART = {"instruction": "When is the swimming pool open?", "response": "From nine to six."}


def verified(rows: Table, tools: Tools, *given: dict[str, object], settings: TeacherSettings | None = None) -> Outcome:
    return stage.compute(
        rows(*given), None, Contradictions(action="tag"), settings or TeacherSettings(), Budget(), tools
    )


def verdicts(outcome: Outcome) -> list[str | None]:
    return [found and found[0]["verdict"] for found in outcome.kept["verdicts"].to_pylist()]


def test_without_more_support_for_either_both_are_unsure_and_name_each_other(rows: Table, tools: Tools) -> None:
    outcome = verified(rows, tools, ONE, OTHER, APART)
    assert verdicts(outcome) == ["unsure", "unsure", None]
    first, second = (outcome.kept["verdicts"][row].as_py()[0]["why"] for row in range(2))
    ids = outcome.kept["example_id"].to_pylist()
    assert ids[1] in first
    assert ids[0] in second
    assert "number, 8 / 6" in first
    assert outcome.facts["kinds"] == {"number": 1}


def test_the_row_with_less_support_fails(rows: Table, tools: Tools) -> None:
    assert verdicts(verified(rows, tools, ONE, OTHER | {"evidence": [span("a")]}, APART)) == ["fail", None, None]
    assert verdicts(verified(rows, tools, ONE | {"grounding": 0.9}, OTHER | {"grounding": 0.7})) == [None, "fail"]


def test_equal_instructions_are_left_to_the_filter_of_conflicts(rows: Table, tools: Tools) -> None:
    assert verdicts(verified(rows, tools, ONE, ONE | {"response": "A member may borrow six books."})) == [None, None]


def test_a_teacher_may_say_that_both_can_be_true(rows: Table, tools: Tools, model_server: ModelServer) -> None:
    model_server.reply = lambda _: "no"
    assert verdicts(verified(rows, tools, ONE, OTHER, settings=settings_for(model_server, "openai"))) == [None, None]
    model_server.reply = lambda _: "yes"
    settings = settings_for(model_server, "openai", model="another")
    assert verdicts(verified(rows, tools, ONE, OTHER, settings=settings)) == ["unsure", "unsure"]


@pytest.mark.parametrize(
    ("left", "right", "kind"),
    [
        ("Yes, it does.", "No, never.", "yes_no"),
        ("30 days", "14 days", "number"),
        ("You can cancel the order at any time.", "You cannot cancel the order at any time.", "negation"),
        ("The pump starts when the tank is full.", "The pump starts when the tank is empty.", "opposite"),
        ("The parcel is sent from Leeds on Monday.", "The parcel is sent from Derby on Monday.", "name"),
        ("You can leave if you pay.", "You cannot leave unless you pay.", None),
        ("Three apples", "3 apples", None),
        ("The bus is red.", "Trains leave at nine.", None),
    ],
)
def test_what_counts_as_a_disagreement(left: str, right: str, kind: str | None) -> None:
    found = disagreement(left, right)
    assert (found and found.kind) == kind


@given(st.text(max_size=200), st.text(max_size=200))
def test_a_disagreement_is_mutual_and_nothing_disagrees_with_itself(left: str, right: str) -> None:
    there, back = disagreement(left, right), disagreement(right, left)
    assert (there and there.kind) == (back and back.kind)
    assert disagreement(left, left) is None


def test_labelled_contradictions_are_found_as_the_page_says(shared: Path) -> None:
    """SICK's pairs of even number; the rule was made on the odd ones."""
    with (shared / "detectors" / "nli" / "SICK_train.txt").open(encoding="utf-8") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    held_out = [row for row in rows if int(row[0]) % 2 == 0]
    found = [row for row in held_out if disagreement(row[1], row[2])]
    right = sum(row[4] == "CONTRADICTION" for row in found)
    assert right / len(found) >= 0.88
    assert right / sum(row[4] == "CONTRADICTION" for row in held_out) >= 0.70
