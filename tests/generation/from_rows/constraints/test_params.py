"""Constraints as a method: what is made can be accounted for."""

from pathlib import Path

import pyarrow as pa
import pytest
from pydantic import ValidationError

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE
from tasks.generation.from_rows.constraints import Constraints, make
from tasks.generation.from_rows.constraints.checks import satisfied
from tasks.generation.method import Inputs
from tasks.pipeline import ledger

TEXTS = {
    "str.find": "The method `str.find()` returns the lowest index of a text. The value -1 means failure. Errors are not raised.",
    "str.index": "The method `str.index()` works from left to right. Callers see a ValueError at the end. No index is negative.",
    "tuple": "A tuple is an immutable sequence of objects of any type. Commas make tuples out of values. Brackets are optional.",
    "generator": "A generator is a function which returns an iterator. Values come out of yield expressions. Frames are kept.",
}


def answered(repeat: int = 1) -> pa.Table:
    rows = []
    for number in range(repeat):
        for name, text in TEXTS.items():
            asked = "What does `{}()` do{}?" if "." in name else "What is a {}{}?"
            rows.append(
                {
                    "example_id": f"e-{name}-{number}",
                    "parent_id": f"c-{name}",
                    "instruction": asked.format(name, " again" * number),
                    "response": text,
                    "evidence": [{"chunk_id": f"c-{name}", "start": 0, "end": len(text)}],
                    "expects": "description" if "." in name else "definition",
                    "topic": "Built-in Types",
                    "difficulty": "easy",
                    "method": "template",
                    "generation": 0,
                }
            )
    return pa.Table.from_pylist(rows, schema=EXAMPLE)


def run(tmp_path: Path, rows: pa.Table, params: Constraints) -> Outcome:
    return make(Inputs(None, rows), params, None, Tools("key", tmp_path))


@pytest.fixture
def everything(tmp_path: Path) -> Outcome:
    return run(tmp_path, answered(6), Constraints(share=1.0))


def test_every_row_is_accounted_for(everything: Outcome) -> None:
    account = ledger.balance("constraints", EXAMPLE.empty_table(), everything)
    assert account.kept == sum(everything.facts["operators"].values())
    assert account.rejected == everything.rejected.num_rows


def test_evolved_rows_meet_the_constraint_they_carry(everything: Outcome) -> None:
    evolved = everything.kept.to_pylist()
    assert len({row["operator"] for row in evolved}) >= 4
    for row in evolved:
        (constraint,) = row["constraints"]
        assert constraint.startswith(row["operator"] + ":")
        assert satisfied(constraint, row["instruction"], row["response"])


def test_evolved_rows_say_where_they_come_from(everything: Outcome) -> None:
    parents = {row["example_id"]: row for row in answered(6).to_pylist()}
    for row in everything.kept.to_pylist():
        parent = parents[row["parent_id"]]
        assert row["example_id"] not in parents
        assert (row["generation"], row["teacher"], row["difficulty"]) == (0, None, "medium")
        assert row["evidence"] == parent["evidence"]
        assert row["prompt_source"].startswith(f"evolve/demands.yaml#{row['operator']}@")


def test_short_instructions_come_first(tmp_path: Path) -> None:
    few = run(tmp_path, answered(6), Constraints(share=0.25, per_operator=0.5)).kept
    lengths = sorted(len(text.split()) for text in answered(6)["instruction"].to_pylist())
    parents = {row["example_id"]: len(row["instruction"].split()) for row in answered(6).to_pylist()}
    assert few.num_rows == 6
    assert max(parents[parent] for parent in few["parent_id"].to_pylist()) <= lengths[12]


def test_no_two_instructions_are_the_same(everything: Outcome) -> None:
    instructions = everything.kept["instruction"].to_pylist()
    assert len(set(instructions)) == len(instructions)


def test_the_same_rows_give_the_same_bytes_in_any_order(tmp_path: Path, everything: Outcome) -> None:
    again = run(tmp_path, answered(6), Constraints(share=1.0))
    assert again.kept.equals(everything.kept)
    turned = answered(6).take(list(reversed(range(24))))
    ids = set(
        run(tmp_path, turned, Constraints(share=1.0, operators=("exact_sentences",))).kept["example_id"].to_pylist()
    )
    assert ids == set(
        run(tmp_path, answered(6), Constraints(share=1.0, operators=("exact_sentences",)))
        .kept["example_id"]
        .to_pylist()
    )


def test_nothing_is_made_if_the_recipe_says_so(tmp_path: Path) -> None:
    assert run(tmp_path, answered(), Constraints(share=0)).kept.num_rows == 0


def test_rows_that_cannot_honour_a_constraint_are_left_alone(tmp_path: Path) -> None:
    rows = answered().to_pylist()
    for row in rows:
        row["response"] = ">>> 1 + 1\n2"
    outcome = run(tmp_path, pa.Table.from_pylist(rows, schema=EXAMPLE), Constraints(share=1.0))
    assert (outcome.kept.num_rows, outcome.rejected.num_rows) == (0, 0)


def test_rows_with_turns_or_with_a_constraint_are_left_alone(tmp_path: Path) -> None:
    rows = answered().to_pylist()[2:] * 2
    rows[0]["constraints"] = rows[1]["constraints"] = ["exact_sentences:3"]
    rows[2]["constraints"] = ["max_words:40"]
    rows[3]["history"] = [{"role": "user", "content": "Hello", "name": None, "tool_calls": None}]
    assert run(tmp_path, pa.Table.from_pylist(rows, schema=EXAMPLE), Constraints(share=1.0)).kept.num_rows == 0


def test_an_empty_table_evolves_to_an_empty_table(tmp_path: Path) -> None:
    assert run(tmp_path, EXAMPLE.empty_table(), Constraints()).kept.num_rows == 0


def test_an_unknown_operator_is_refused() -> None:
    with pytest.raises(ValidationError, match="operators"):
        Constraints.model_validate({"operators": ["uppercase"]})


def test_nothing_is_written(tmp_path: Path) -> None:
    run(tmp_path, answered(), Constraints())
    assert not list(tmp_path.iterdir())
