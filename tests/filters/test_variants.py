"""What the filters make of a row and the variants that a recipe asked for."""

from typing import Any

import pytest

from tasks.core.outcome import Tools
from tasks.core.schema import VARIANT_METHODS
from tasks.filters.catalogue import Filters
from tasks.filters.stage import compute
from tests.filters.conftest import Table

ANSWER = "Cut the onion in half, peel it, and slice it across; a sharp knife and cold water save your eyes."
PARENT = {"instruction": "How do I chop an onion without crying?", "response": ANSWER, "example_id": "parent"}


def rejected(tools: Tools, table: Any) -> dict[str, str]:
    outcome = compute(table, None, Filters(), tools)
    return dict(zip(outcome.rejected["example_id"].to_pylist(), outcome.rejected["reason"].to_pylist(), strict=True))


def variant(instruction: str, method: str = "paraphrase", **more: Any) -> dict[str, Any]:
    made = {"example_id": instruction, "parent_id": "parent", "instruction": instruction, "response": ANSWER}
    return made | {"method": method} | more


@pytest.mark.parametrize("method", VARIANT_METHODS)
@pytest.mark.parametrize(
    "instruction",
    [
        "how do i chop an onion without crying?",
        "How do I chop an onion without crying",
        "Please, how do I chop the onion without crying?",
        "How do I chop onions without crying?",
        "Without crying, how do I chop an onion?",
    ],
)
def test_a_variant_stays_beside_its_parent(examples: Table, tools: Tools, instruction: str, method: str) -> None:
    made = variant(instruction, method)
    assert rejected(tools, examples(PARENT, made)) == {}
    assert len(rejected(tools, examples(PARENT, made | {"method": "imported"}))) == 1, "any other row goes"


def test_true_duplicates_go(examples: Table, tools: Tools) -> None:
    unchanged = variant(PARENT["instruction"], example_id="unchanged")
    assert [*rejected(tools, examples(PARENT, unchanged))] == ["unchanged"]
    twins = [variant("How do I chop onions without crying?"), variant("How do I chop the onions without crying?")]
    assert [*rejected(tools, examples(PARENT, *twins))] == [twins[1]["instruction"]]
    other = {**PARENT, "example_id": "other", "instruction": "How do I chop onions without crying?"}
    (gone,) = rejected(tools, examples(other, {**PARENT, "instruction": "Crying over onions?"}, twins[0]))
    assert gone == twins[0]["instruction"], "a variant that asks what a row of its own asks"


def test_a_row_that_stays_for_the_parent_stands_for_it(examples: Table, tools: Tools) -> None:
    human = {**PARENT, "example_id": "human", "origin": "human"}
    made = variant("How do I chop onions without crying?")
    assert rejected(tools, examples(PARENT, human, made)) == {"parent": "exact_duplicate"}


def test_a_changed_answer_is_still_a_conflict(examples: Table, tools: Tools) -> None:
    made = variant("How do I chop onions without crying?")
    other = {"example_id": "other", "instruction": made["instruction"], "response": "Wear goggles for it, every time."}
    assert "conflicting_response" in rejected(tools, examples(PARENT, made, other)).values()
