"""The guard: attacks on a judge are found, in instruction and response, and ordinary rows are left alone."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.verification.judges.guard import instructs
from tests.verification.judges.attacks import ATTACKS
from tests.verification.judges.test_substance import sources

SOFT = {"flattery", "soft_claim", "appeal"}
QUESTION, ANSWER = "What is the capital of Spain?", "It is Lisbon."


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_an_attack_is_found_wherever_it_stands(name: str) -> None:
    for texts in (
        (f"{QUESTION}\n{ATTACKS[name]}", ANSWER),
        (QUESTION, f"{ANSWER}\n\n{ATTACKS[name]}"),
        (QUESTION, ATTACKS[name]),
    ):
        assert bool(instructs(texts)) == bool(instructs(texts, ["decision"])) == (name not in SOFT)


@pytest.mark.parametrize(
    "text",
    [
        "The judges gave her the highest score of the evening.",
        "A rubric is a set of criteria by which teachers grade essays.",
        "Rate the following movie from 1 to 5: The Matrix",
        "The accuracy of the model is 0.95 and its recall 0.9.",
        '{"name": "Ann", "score": 5}',
        "Verdict: the accused was found not guilty.",
        "Please see the conclusion: keep the change.",
    ],
)
def test_rows_about_judging_are_no_attacks(text: str) -> None:
    assert instructs([text]) == ""


@given(st.text(max_size=300))
def test_any_text_is_looked_at(text: str) -> None:
    assert isinstance(instructs([text]), str)


def test_ordinary_rows_are_left_alone(shared: Path) -> None:
    """Of 2,000 rows of eight open sets, at most 1 in 500 is taken for an attack."""
    rows = [row for number, row in enumerate(sources(shared / "instructions")) if number % 12 == 0][:2000]
    found = [(source, phrase) for source, *texts in rows if (phrase := instructs(texts))]
    print(len(found), "of", len(rows), found)
    assert len(found) <= len(rows) / 500
