"""Rows that ask different things of one long document are different rows; the document does not count in what is compared."""

import random
from typing import Any

from tasks.core.attached_document import attach
from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import CLEANED, conform
from tasks.filters.catalogue import Filters
from tasks.filters.stage import compute
from tests.filters.conftest import Table

SUBJECTS = ("harbour", "kitchen", "garden", "library", "bakery", "theatre", "stable", "chapel", "market", "mill")
FACTS = [
    f"The {subject} was built in {1700 + 3 * n} by a master who came from the valley of {place}."
    for n, (subject, place) in enumerate(
        zip(SUBJECTS, ("Arn", "Belm", "Corth", "Dunmore", "Esk", "Falden", "Garth", "Holm", "Irt", "Jarn"), strict=True)
    )
]
WORDS = "river stone winter bridge letter morning window garden people silver old quiet long near under between".split()  # noqa: SIM905


def document() -> str:
    """Some 4,500 words, more than an instruction may have."""
    rng = random.Random(3)
    filling = [" ".join(rng.choices(WORDS, k=15)).capitalize() + "." for _ in range(290)]
    return "\n\n".join([*filling[:150], *FACTS, *filling[150:]])


def asked(question: str, fact: int, first: bool = True, start: int = 0) -> dict[str, Any]:
    text = attach(question, "The Town", document()[start:], first)
    return {"instruction": text, "response": FACTS[fact], "evidence": [{"chunk_id": "c", "start": 0, "end": 100_000}]}


def filtered(examples: Table, chunks: Table, tools: Tools, *rows: dict[str, Any]) -> Outcome:
    return compute(conform(examples(*rows), CLEANED), chunks(c=document()), Filters(), tools)


def test_every_question_about_one_document_stays(examples: Table, chunks: Table, tools: Tools) -> None:
    rows = [
        asked(f"Where did the master come from who built the {subject}?", n, n % 2 == 0)
        for n, subject in enumerate(SUBJECTS)
    ]
    outcome = filtered(examples, chunks, tools, *rows)
    assert outcome.rejected.select(["reason", "detail"]).to_pylist() == []
    assert outcome.kept.num_rows == len(SUBJECTS)


def test_a_question_that_is_put_twice_about_one_document_goes(examples: Table, chunks: Table, tools: Tools) -> None:
    question = "Where did the master come from who built the mill?"
    other = asked(f"Please tell me: {question}", 9, first=False)
    longer = asked(question, 9) | {"response": f"So it is told: {FACTS[9]}"}
    for row, reason in (
        (other, "shared_response"),
        (longer, "conflicting_response"),
        (other | {"response": longer["response"]}, "semantic_duplicate"),
        (asked(f"Please: {question}", 9, start=9000) | {"response": f"{FACTS[9]} So"}, "near_duplicate"),
    ):
        outcome = filtered(examples, chunks, tools, asked(question, 9), row)
        assert outcome.rejected["reason"].to_pylist() == [reason]


def test_a_number_from_elsewhere_in_the_document_grounds_nothing(examples: Table, tools: Tools, chunks: Table) -> None:
    row = asked("When was the mill built?", 9) | {"response": "The mill was built in 1700."}
    held = {"c": FACTS[9]}
    outcome = compute(
        conform(examples(row | {"evidence": [{"chunk_id": "c", "start": 0, "end": 200}]}), CLEANED),
        chunks(**held),
        Filters(),
        tools,
    )
    assert outcome.rejected["reason"].to_pylist() == ["ungrounded_number"]
