"""The six qualities by the verdicts of verifiers: passed by all that looked; unsure is not passed; nothing is not measured."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.recipe import Recipe
from tasks.audit.qualities import by_verdicts
from tasks.core.schema import CLUSTERED
from tasks.core.schema import VERDICT as VERDICT_TYPE
from tests.audit.test_audit import different, facts


def said(**words: str) -> list[dict[str, Any]]:
    blank = dict.fromkeys((field.name for field in VERDICT_TYPE), None)
    return [blank | {"verifier": name, "verdict": word} for name, word in words.items()]


def test_a_quality_is_the_share_of_rows_that_its_verifiers_passed() -> None:
    verdicts = [said(judge="pass", substance="pass"), said(judge="pass", substance="fail"), said(judge="unsure"), None]
    rows = [row | {"verdicts": one} for row, one in zip(different(4), verdicts, strict=True)]
    found = facts(*rows, qualities={"relevant": ["judge", "substance"]})["qualities"]
    relevant = found["relevant"]
    assert (relevant["score"], relevant["measured"], relevant["of"]) == (pytest.approx(1 / 3, abs=1e-4), 3, 4)
    assert (relevant["by"], relevant["passed"]) == (["judge", "substance"], False)
    assert relevant["definition"] == "passed by judge and substance; unsure is not passed"
    assert found["aligned"]["definition"].startswith("by rule: ")
    assert found["aligned"]["by"] == []


def test_a_quality_whose_verifiers_looked_at_nothing_is_not_measured() -> None:
    found = facts(*different(3), qualities={"aligned": ["judge"]})["qualities"]["aligned"]
    assert (found["score"], found["passed"], found["measured"]) == (None, None, 0)


WORDS = st.lists(st.sampled_from(["pass", "fail", "unsure"]), max_size=3)


@given(st.lists(WORDS, max_size=8))
def test_a_row_has_the_quality_only_if_every_verdict_passed(said_of_rows: list[list[str]]) -> None:
    rows = [
        {"example_id": str(number), "verdicts": [{"verifier": "v", "verdict": word} for word in words]}
        for number, words in enumerate(said_of_rows)
    ]
    mask = by_verdicts(pa.Table.from_pylist(rows, schema=CLUSTERED), ("v",))
    assert mask.tolist() == [set(words) == {"pass"} for words in said_of_rows if words]


JUDGE = {"verifier": "judge", "teacher": "judge"}
TEACHERS = {"judge": {"provider": "openai", "model": "m"}}


def test_a_recipe_has_its_qualities_measured_by_the_entries_that_speak_of_them() -> None:
    recipe = Recipe.model_validate({"dataset": "d", "teachers": TEACHERS, "verify": [{"verifier": "substance"}, JUDGE]})
    assert recipe.audit_settings().qualities.aligned == ("judge",)
    assert recipe.audit_settings().qualities.sufficiently_unique == ()
    given_names = {"aligned": ["substance"]}
    own = recipe.model_copy(update={"audit": type(recipe.audit).model_validate({"qualities": given_names})})
    assert own.audit_settings().qualities.aligned == ("substance",)


def test_a_recipe_is_told_of_a_verifier_that_it_does_not_have() -> None:
    with pytest.raises(
        ValueError, match=r"audit\.qualities\.relevant: no entry 'jugde' in `verify`; did you mean 'judge'"
    ):
        Recipe.model_validate(
            {"dataset": "d", "teachers": TEACHERS, "verify": [JUDGE], "audit": {"qualities": {"relevant": ["jugde"]}}}
        )
