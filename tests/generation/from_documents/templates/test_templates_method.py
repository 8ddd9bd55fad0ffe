"""Templates and the pool: rows, rejects and facts; and that a row depends on its own passage only."""

from pathlib import Path

import pyarrow as pa
import pytest

from tasks.core.errors import BadInput
from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import CHUNK, EXAMPLE
from tasks.generation.from_documents.templates import Templates, make
from tasks.generation.method import Inputs
from tasks.pipeline import ledger
from tasks.pool import stage as pool
from tests.teachers.prompts.material import chunks_of

BLOCK = "A *block* is a piece of Python program text that is executed as a unit."
BOUND = "A *name* is a word of Python that leads from a block to an object of any type."
DULL = "Here be dragons."


def run(chunks: pa.Table, key: str = "key", **templates: object) -> Outcome:
    tools = Tools(key, Path())
    made = make(Inputs(documents=chunks), Templates.model_validate(templates), None, tools)
    ledger.balance("templates", EXAMPLE.empty_table(), made)
    outcome = pool.compute(made.kept, chunks, None, tools)
    ledger.balance("pool", made.kept, outcome)
    return Outcome(outcome.kept, outcome.rejected, outcome.failed, {**made.facts, **outcome.facts})


def test_rows_say_where_they_come_from() -> None:
    chunks = chunks_of(f"{DULL}\n\n{BLOCK}")
    (row,) = run(chunks).kept.to_pylist()
    assert row["instruction"] == "What is a block?"
    start = len(DULL) + 2
    assert row["evidence"] == [{"chunk_id": "c0", "start": start, "end": start + len(BLOCK)}]
    assert row["prompt_source"].startswith("templates/reference.yaml#definition@")
    assert (row["parent_id"], row["source"], row["licence"], row["topic"]) == (
        "c0",
        "book",
        "public domain",
        "The Book",
    )
    assert (row["method"], row["origin"], row["generation"], row["language"]) == ("templates", "synthetic", 0, "en")
    assert (row["expects"], row["category"], row["difficulty"]) == ("definition", "definition", "easy")
    assert row["response"] is None


def test_a_chunk_that_gives_nothing_is_rejected_under_its_own_id() -> None:
    outcome = run(chunks_of(BLOCK, DULL))
    (rejected,) = outcome.rejected.to_pylist()
    assert (rejected["example_id"], rejected["parent_id"], rejected["reason"]) == ("c1", "d", "no_instruction")
    assert outcome.facts["coverage"] == 0.5
    assert outcome.facts["templates"] == {"templates/reference.yaml#definition": 1}
    assert outcome.facts["methods"] == {"templates": 1}


def test_the_same_passage_elsewhere_asks_the_same_and_is_a_duplicate() -> None:
    outcome = run(chunks_of(*[BOUND] * 6))
    (row,) = outcome.kept.to_pylist()
    again = outcome.rejected.to_pylist()
    assert [(r["parent_id"], r["detail"]) for r in again] == [(f"c{i}", row["example_id"]) for i in range(1, 6)]
    assert {r["reason"] for r in again} == {"duplicate_instruction"}


def test_a_new_document_changes_no_other_row() -> None:
    one = run(chunks_of(BLOCK), key="one key")
    two = run(chunks_of(BLOCK, BOUND), key="another key")
    assert two.kept.slice(0, one.kept.num_rows).equals(one.kept)


def test_the_order_of_documents_is_the_order_of_rows_and_nothing_else() -> None:
    chunks = chunks_of(BLOCK, BOUND)
    backwards = chunks.take([1, 0])
    rows = run(chunks).kept.sort_by("example_id")
    assert run(backwards).kept.sort_by("example_id").equals(rows)


def test_at_most_so_many_a_chunk_and_one_of_each_kind_first() -> None:
    text = "\n\n".join(
        f"A {name} is a sign that stands in a block and has a meaning of its own." for name in ("name", "thing", "word")
    )
    chunks = chunks_of(f"{text}\n\nTo install Python on Debian, run:\n\n    apt install python3")
    assert run(chunks, max_per_chunk=8).kept.num_rows == 4
    kinds = run(chunks, max_per_chunk=2).kept["expects"].to_pylist()
    assert kinds == ["definition", "instruction"]


def test_given_values_and_draws_are_the_recipes_to_choose() -> None:
    chunks = chunks_of(BLOCK)
    asked = {run(chunks, given={"product": "Ruby"}, draw=d).kept["instruction"][0].as_py() for d in range(12)}
    assert asked == {"What is a block?", "What is a block in Ruby?", "In Ruby, what is a block?"}


def test_nothing_in_nothing_out() -> None:
    outcome = run(CHUNK.empty_table())
    assert (outcome.kept.num_rows, outcome.rejected.num_rows, outcome.kept.schema) == (0, 0, EXAMPLE)


def test_a_set_with_a_mistake_stops_before_any_work(tmp_path: Path) -> None:
    path = tmp_path / "set.yaml"
    path.write_text("finder: reference\n", "utf-8")
    with pytest.raises(BadInput, match=r"set\.yaml:1: key 'templates' is missing"):
        run(chunks_of(BLOCK), sets=[str(path)])
