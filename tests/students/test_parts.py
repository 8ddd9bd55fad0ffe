"""Which rows a student learns from, and which nobody does."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tasks.core.errors import BadInput
from tasks.core.schema import CLUSTERED, conform
from tasks.students.parts import divided, drawn, of_part, unasked
from tasks.students.settings import HeldOut, StudentPart


def table(number: int) -> pa.Table:
    rows = [
        {"example_id": f"e{n}", "parent_id": f"p{n // 3}", "source": "ab"[n % 2], "instruction": "?", "response": "!"}
        for n in range(number)
    ]
    return conform(pa.Table.from_pylist(rows), CLUSTERED)


def test_a_family_is_on_one_side_and_stays_there_in_a_larger_release() -> None:
    learnt, asked = divided(table(600), HeldOut(share=0.2))
    assert not {*learnt["parent_id"].to_pylist()} & {*asked["parent_id"].to_pylist()}
    assert 60 < asked.num_rows < 180
    more_learnt, more_asked = divided(table(900), HeldOut(share=0.2, rows=1000))
    assert {*asked["example_id"].to_pylist()} <= {*more_asked["example_id"].to_pylist()}
    assert {*learnt["example_id"].to_pylist()} <= {*more_learnt["example_id"].to_pylist()}


def test_the_sides_of_a_split_are_kept() -> None:
    sides = ["test", "validation", *["train"] * 8] * 2
    rows = table(20).set_column(CLUSTERED.get_field_index("split"), "split", pa.array(sides))
    learnt, asked = divided(rows, HeldOut())
    assert pc.unique(asked["split"]).to_pylist() == ["test"]
    assert pc.unique(learnt["split"]).to_pylist() == ["train"]


def test_nobody_learns_what_is_asked() -> None:
    rows = pa.table({"instruction": ["a", "b", "c"]})
    assert unasked(rows, pa.table({"instruction": ["b", "d"]}))["instruction"].to_pylist() == ["a", "c"]


def test_too_few_held_out_rows_are_refused_in_one_line() -> None:
    with pytest.raises(BadInput, match="--held-out"):
        divided(table(30), HeldOut(share=0.1))


def test_a_slice_is_left_out_or_kept_alone() -> None:
    rows = table(10)
    assert pc.unique(of_part(rows, None, StudentPart(kind="without", value="a"))["source"]).to_pylist() == ["b"]
    assert pc.unique(of_part(rows, None, StudentPart(kind="only", value="a"))["source"]).to_pylist() == ["a"]
    assert of_part(rows, None, StudentPart(kind="none")).num_rows == 0


def test_rows_are_drawn_until_the_budget_is_reached() -> None:
    tokens = np.full(100, 10, np.int64)
    assert len(drawn(tokens, 95, seed=1)) == 10
    assert len(drawn(tokens, 10_000, seed=1)) == 100
    assert drawn(tokens, 95, seed=1).tolist() != drawn(tokens, 95, seed=2).tolist()
