"""Which rows are reviewed: the sample that was asked for, the same one for one seed, and nobody's row twice."""

from collections import Counter
from typing import Any, get_args

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.schema import CLUSTERED
from tasks.review import queue
from tasks.review.finding import ColumnTest, matches
from tests.review_page import stores

ROWS = pa.Table.from_pylist(stores.rows(300), CLUSTERED).append_column(
    "refused", pa.array([f"filters/{'toxic' if row % 9 == 0 else 'too_short'}" for row in range(300)])
)


def column(name: str, at: list[int]) -> list[Any]:
    return ROWS.column(name).take(at).to_pylist()


@given(by=st.sampled_from(get_args(queue.By)), size=st.integers(1, 400), seed=st.text(max_size=3))
def test_a_sample_is_of_the_size_asked_for_without_repeats_and_depends_on_nothing_else(
    by: queue.By, size: int, seed: str
) -> None:
    drawn = queue.sample(ROWS, by, size, seed)
    assert len(set(drawn)) == len(drawn) <= size
    assert len(drawn) == size or by in ("low_scores", "disagreement", "personal_data") or size > 300
    assert drawn == queue.sample(ROWS, by, size, seed)
    assert drawn == queue.sample(ROWS, by, 400, seed)[:size]


def test_a_row_that_comes_new_moves_no_other() -> None:
    ids = column("example_id", queue.sample(ROWS, "random", 300, "s"))
    fewer = ROWS.slice(0, 250)
    assert [one for one in ids if one in set(fewer.column("example_id").to_pylist())] == [
        fewer.column("example_id")[at].as_py() for at in queue.sample(fewer, "random", 300, "s")
    ]
    assert ids != column("example_id", queue.sample(ROWS, "random", 300, "another"))


@pytest.mark.parametrize(
    ("by", "name"), [("source", "source"), ("method", "method"), ("topic", "topic"), ("rejected", "refused")]
)
def test_every_value_gets_equally_many_rows(by: queue.By, name: str) -> None:
    counts = Counter(column(name, queue.sample(ROWS, by, 3 * len(set(ROWS.column(name).to_pylist())), "")))
    assert set(counts.values()) == {3}


def test_new_templates_come_before_known_ones() -> None:
    known = {"template-0@1", "template-1@1"}
    assert not known & set(column("prompt_source", queue.sample(ROWS, "templates", 100, "", known)))


def test_rows_that_verifiers_see_differently_come_first_and_furthest_apart_first() -> None:
    drawn = column("verdicts", queue.sample(ROWS, "disagreement", 300, ""))
    assert len(drawn) == 50
    assert all({one["verdict"] for one in verdicts} == {"pass", "fail"} for verdicts in drawn)
    spread = [abs(verdicts[0]["score"] - verdicts[1]["score"]) for verdicts in drawn]
    assert spread == sorted(spread, reverse=True)


def test_the_lowest_scores_come_first() -> None:
    drawn = column("verdicts", queue.sample(ROWS, "low_scores", 300, ""))
    means = [sum(one["score"] for one in verdicts) / 2 for verdicts in drawn]
    assert len(means) == 100
    assert means == pytest.approx(sorted(means))


def test_rows_with_personal_data_and_no_others() -> None:
    found = column("pii", queue.sample(ROWS, "personal_data", 300, ""))
    assert len(found) == sum(bool(one) for one in ROWS.column("pii").to_pylist()) > 0
    assert all(found)


def test_about_the_share_that_was_asked_for_goes_to_two_people() -> None:
    ids = ROWS.column("example_id").to_pylist()
    assert queue.doubled(ids, 0, "") == set()
    assert queue.doubled(ids, 1, "") == set(ids)
    assert 0.1 < len(queue.doubled(ids, 0.2, "")) / 300 < 0.3


def test_sides_are_drawn_for_each_person_and_row() -> None:
    drawn = [queue.response_is_first(name, str(row), "h") for name in ("ada", "bob") for row in range(500)]
    assert 400 < sum(drawn) < 600
    assert drawn[:500] != drawn[500:]


def found(words: str = "", *tests: ColumnTest) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = ROWS.take(matches(ROWS, words, tests)).to_pylist()
    return rows


def test_rows_are_found_by_words_in_any_text_and_case() -> None:
    texts = [
        f"{row['system']} {row['instruction']} {row['response']} {row['rejected']}".lower() for row in ROWS.to_pylist()
    ]
    assert len(found("Generator LOOP")) == sum("generator" in text and "loop" in text for text in texts) > 0
    assert len(found('"inside a loop"')) == sum("inside a loop" in text for text in texts) > 0
    assert len(found("ask something")) == sum(bool(row["history"]) for row in ROWS.to_pylist())
    assert matches(ROWS, ".*") == []


def test_rows_are_found_by_any_column() -> None:
    assert {row["source"] for row in found("", ColumnTest("source", "is", "tutorial"))} == {"tutorial"}
    assert all(row["grounding"] <= 0.9 for row in found("", ColumnTest("grounding", "at most", "0.9")))
    assert len(found("", ColumnTest("verdicts", "contains", "says it twice"))) == 100
    assert len(found("", ColumnTest("rejected", "filled"))) == 60
    assert len(found("", ColumnTest("pii", "empty"))) == 300 - len(found("", ColumnTest("pii", "filled")))
    assert all(row["pii"] for row in found("", ColumnTest("pii", "contains", "PERSON")))
