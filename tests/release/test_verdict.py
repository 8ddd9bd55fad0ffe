"""A verdict says no more than was measured, and the same on every page."""

from typing import Any

import pytest

from tasks.release.card import card
from tasks.release.report import render
from tasks.release.verdict import release_verdict
from tests.release import sample

ASKED = {"audit": {"expected": {"aligned": 0.9, "relevant": None, "compliant": 1.0}}}
GOOD = {
    "aligned": {"score": 0.95, "threshold": 0.9, "passed": True},
    "compliant": {"score": 1.0, "threshold": 1.0, "passed": True},
}


def facts(**changes: Any) -> dict[str, Any]:
    return {
        "audit": {"qualities": {name: one | changes.get(name, {}) for name, one in GOOD.items()}}
        | changes.get("audit", {})
    }


@pytest.mark.parametrize(
    ("changes", "recipe", "said"),
    [
        ({}, {}, None),
        ({"aligned": {"score": 0.5, "passed": False}}, {}, "below what was asked for: aligned (50% of the rows, asked 90%)"),
        ({"aligned": {"score": None, "passed": None}}, {}, "not measured: aligned"),
        ({"compliant": {"not_measured": ["toxicity"]}}, {}, "not measured: toxicity"),
        ({"compliant": {"not_measured": ["contamination"]}}, {}, None),
        ({"compliant": {"not_measured": ["contamination"]}}, {"benchmarks": ["b"]}, "not measured: contamination"),
        ({"audit": {"regressions": 2}}, {}, "below what was asked for: 2 figures worse than in the release before"),
    ],
)  # fmt: skip
def test_amber_names_what_is_below_or_was_not_measured(changes: Any, recipe: Any, said: str | None) -> None:
    verdict = release_verdict(sample.GATES, facts(**changes), ASKED | {"filters": {"contamination": recipe}})
    assert verdict.colour == ("green" if said is None else "amber")
    assert said is None or said in verdict.text
    assert bool(verdict.below or verdict.not_measured) == (said is not None)


def test_nothing_measured_is_not_green() -> None:
    assert release_verdict(sample.GATES, {}, ASKED).not_measured == ("aligned", "compliant")
    assert release_verdict((), facts(), ASKED).colour == "red"
    failed = sample.gate("filters", ("e", "c", "0", "1", False, "why"))
    assert release_verdict((failed,), facts(), ASKED).text == "Not verified: the gate after filters failed."


def test_a_mix_with_fewer_rows_than_asked_for_is_amber() -> None:
    found = release_verdict(sample.GATES, facts() | {"mix": {"rows_share": 0.25}}, ASKED)
    assert found.below == ("rows (25% of those asked for)",)


def test_report_and_card_read_the_same() -> None:
    audit = sample.AUDIT | {
        "qualities": sample.AUDIT["qualities"] | {"relevant": {"score": None, "definition": "about it"}}
    }
    data = sample.report_data(audit=audit, recipe={"audit": {"expected": {"relevant": 0.9}}})
    text = "All 7 gates passed, but not measured: relevant."
    assert data.verdict.text == text
    page = render(data)
    assert text in page
    assert '<p class="verdict warn">' in page
    assert f"**Amber**: {text}" in card(data)
