"""Rows for manual inspection are drawn at random, the same each time."""

import pyarrow as pa

from flows.cli.showing import sampled

ROWS = pa.table({"n": range(5000)})


def test_a_sample_is_random_in_order_without_repetition_and_repeatable() -> None:
    drawn = sampled(ROWS, 1000, "key")["n"].to_pylist()
    assert len(set(drawn)) == 1000
    assert drawn == sorted(drawn)
    assert drawn == sampled(ROWS, 1000, "key")["n"].to_pylist()
    assert drawn != sampled(ROWS, 1000, "other")["n"].to_pylist()
    assert 2000 < sum(drawn) / 1000 < 3000


def test_of_fewer_rows_all_are_shown() -> None:
    assert sampled(ROWS, 9999, "key").equals(ROWS)
    assert sampled(ROWS.slice(0, 0), 10, "key").num_rows == 0
