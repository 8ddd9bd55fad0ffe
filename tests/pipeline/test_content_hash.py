"""Every row that leaves a stage carries the hash of its texts, whatever hash it came with."""

import pyarrow as pa
import pytest

from tasks.core.outcome import Outcome
from tasks.core.schema import EXAMPLE, conform
from tasks.pipeline.shards import with_content_hash


def rows(*responses: str, **columns: list[object]) -> pa.Table:
    table = {"example_id": [f"r{n}" for n in range(len(responses))], "response": list(responses), **columns}
    return conform(pa.table(table), EXAMPLE)


def hashes(table: pa.Table, entered: pa.Table | None = None) -> list[str]:
    return with_content_hash(Outcome.of(EXAMPLE, table), entered).kept["content_hash"].to_pylist()


def test_equal_texts_have_equal_hashes_and_others_have_others() -> None:
    one, two, three = hashes(rows("a", "b", "a"))
    assert one == three != two


@pytest.mark.parametrize("changed", [rows("a", "c"), rows("a"), rows("a", "b", "c"), rows("a", "b", score=[None, 0.5])])
def test_a_row_that_was_changed_is_hashed_anew(changed: pa.Table) -> None:
    entered = with_content_hash(Outcome.of(EXAMPLE, rows("a", "b"))).kept
    assert hashes(changed, entered) == hashes(changed)


def test_rows_that_stay_as_they_came_keep_their_hashes_and_no_foreign_ones() -> None:
    entered = with_content_hash(Outcome.of(EXAMPLE, rows("a", "b"))).kept
    assert hashes(entered, entered) == entered["content_hash"].to_pylist()
    forged = rows("a", "b", content_hash=["0" * 32] * 2)
    assert hashes(forged, entered) == entered["content_hash"].to_pylist()
    assert hashes(rows("a", "b"), rows("a", "b")) == entered["content_hash"].to_pylist()
