"""Rows for manual inspection are drawn at random, the same each time."""

from flows.cli.showing import sampled


def test_a_sample_is_random_in_order_without_repetition_and_repeatable() -> None:
    drawn = sampled(5000, 1000, "key").tolist()
    assert len(set(drawn)) == 1000
    assert drawn == sorted(drawn)
    assert drawn == sampled(5000, 1000, "key").tolist()
    assert drawn != sampled(5000, 1000, "other").tolist()
    assert 2000 < sum(drawn) / 1000 < 3000


def test_of_fewer_rows_all_are_shown() -> None:
    assert sampled(50, 9999, "key").tolist() == list(range(50))
    assert sampled(0, 10, "key").tolist() == []
