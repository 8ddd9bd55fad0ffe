"""Rows of all methods in one table: the same instruction counts once, unless other turns stand before it."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from tasks.core.outcome import Tools
from tasks.core.schema import EXAMPLE
from tasks.pool.stage import compute


def made(*rows: tuple[str, str | None, str]) -> pa.Table:
    """Rows of (id, what was said before, instruction)."""

    def row(id_: str, before: str | None, asked: str) -> dict[str, Any]:
        history = [{"role": "user", "content": before}, {"role": "assistant", "content": "Yes."}] if before else None
        return {"example_id": id_, "parent_id": "p", "history": history, "instruction": asked, "method": "dialogue"}

    return pa.Table.from_pylist([row(*one) for one in rows], schema=EXAMPLE)


def test_the_same_instruction_after_other_turns_is_another_one(tmp_path: Path) -> None:
    rows = made(
        ("a", "Can cats swim?", "Thank you!"),
        ("b", "Can dogs swim?", "Thank you!"),
        ("c", "Can dogs swim?", "thank you!"),
        ("d", None, "Thank you!"),
        ("e", None, "thank you!"),
    )
    outcome = compute(rows, None, None, Tools("key", tmp_path))
    assert outcome.kept["example_id"].to_pylist() == ["a", "b", "d"]
    refused = [(row["example_id"], row["reason"], row["detail"]) for row in outcome.rejected.to_pylist()]
    assert refused == [("c", "duplicate_instruction", "b"), ("e", "duplicate_instruction", "d")]


def test_each_instruction_stays_once_with_its_augmented_answers(tmp_path: Path) -> None:
    rows = [
        ("a", "What is 2 + 2?", "Two and two make 4.", None),
        ("b", "What is 2 + 2?", "4", None),
        ("c", "What is 2 + 2?", "Count on from 2: 3, 4.", "answer_augmentation"),
        ("d", "what is 2 + 2", "Count on from 2: 3, 4.", "answer_augmentation"),
    ]
    names = ("example_id", "instruction", "response", "operator")
    table = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema=EXAMPLE)
    outcome = compute(table, None, None, Tools("key", tmp_path))
    assert outcome.kept["example_id"].to_pylist() == ["a", "c"]
    assert outcome.rejected["detail"].to_pylist() == ["a", "c"]
