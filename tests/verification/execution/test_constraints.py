"""Constraints of a row: every broken one is named, and unknown ones leave a row unsure."""

import pytest

from tasks.verification.execution import constraints
from tasks.verification.execution.constraints import ConstraintChecks
from tasks.verification.verifier import VerifierContext
from tests.verification.conftest import Table


@pytest.mark.parametrize(
    ("given", "word", "why"),
    [
        (["max_words:5", "no_commas"], "pass", "meets max_words:5, no_commas"),
        (["max_words:2", "all_capitals"], "fail", "max_words:2: 3 words; all_capitals: 7 small letters"),
        (["no_such:1", "max_words:2"], "fail", "max_words:2: 3 words"),
        (["no_such:1", "max_words:5"], "unsure", "'no_such' is no constraint that is known"),
        (["language:en"], "unsure", "too short to tell"),
        ([], None, ""),
        (None, None, ""),
    ],
)
def test_constraints_are_checked(
    rows: Table, context: VerifierContext, given: list[str] | None, word: str | None, why: str
) -> None:
    table = rows({"response": "It is Paris.", "constraints": given})
    found = constraints.compute(table, ConstraintChecks(), context)
    assert [(one.word, why in one.why) for one in found.rows.values()] == ([(word, True)] if word else []), found.rows


def test_facts_count_by_name(rows: Table, context: VerifierContext) -> None:
    table = rows({"constraints": ["max_words:1", "x:1"]}, {"constraints": ["max_words:9"]})
    assert constraints.compute(table, ConstraintChecks(), context).facts == {
        "checked": {"max_words": 2, "x": 1}, "broken": {"max_words": 1}, "not_usable": {"x": 1},
    }  # fmt: skip
