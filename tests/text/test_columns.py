"""Columns of texts are measured the same, however many texts there are."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.schema import MESSAGE
from tasks.text.columns import COLUMNS, COMPILE_FROM, byte_sums, joined, pieces, plain, with_appended, with_pieces

WEIGHT = np.random.default_rng(1).integers(0, 1 << 32, 256, np.uint32)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), min_size=1, max_size=8))
def test_what_texts_weigh_is_the_same_compiled_and_not(texts: list[str]) -> None:
    several = texts * (-(-COMPILE_FROM // len(texts)))
    expected = [sum(int(WEIGHT[byte]) for byte in text.encode()) % (1 << 32) for text in texts]
    assert byte_sums(plain(texts), WEIGHT).tolist() == expected
    assert byte_sums(plain(several), WEIGHT).tolist() == expected * (len(several) // len(texts))


def test_a_slice_weighs_what_its_own_texts_weigh() -> None:
    texts = plain([f"text {n}" for n in range(2 * COMPILE_FROM)])
    part = texts.slice(7, COMPILE_FROM)
    assert np.array_equal(byte_sums(part, WEIGHT), byte_sums(pa.array(part.to_pylist(), pa.large_string()), WEIGHT))
    assert np.array_equal(byte_sums(part, WEIGHT), byte_sums(texts, WEIGHT)[7 : 7 + len(part)])


@given(st.lists(st.lists(st.sampled_from("abc"), max_size=3), max_size=6), st.data())
def test_what_is_noted_stands_behind_what_was_there_once(before: list[list[str]], data: st.DataObject) -> None:
    rules = data.draw(
        st.dictionaries(st.sampled_from(range(max(len(before), 1))), st.lists(st.sampled_from("bcd"), max_size=3))
    )
    rules = {row: rule for row, rule in rules.items() if row < len(before)}
    column = pa.chunked_array([pa.array(part, pa.list_(pa.string())) for part in (before[:2], before[2:])])
    expected = [
        list(dict.fromkeys([*old, *rules.get(row, ())])) if row in rules else old for row, old in enumerate(before)
    ]
    assert with_appended(column, rules).to_pylist() == expected


def test_a_row_is_joined_with_its_turns() -> None:
    turns = [{"role": "user", "content": "a"}, {"role": "assistant", "content": None}]
    table = pa.table({"history": pa.array([turns, [], None], pa.list_(MESSAGE)), "response": ["b", None, "c"]})
    assert joined(table, ("history", "response")).to_pylist() == ["a\n\nb", "\n", "\nc"]


def test_reasoning_is_read_and_rewritten_as_other_texts_are() -> None:
    turns = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "reasoning": "c", "masked": True}]
    columns = {name: pa.array([None, name]) for name in COLUMNS if name != "history"}
    table = pa.table(columns | {"history": pa.array([None, turns], pa.list_(MESSAGE))})
    parts = pieces(table)
    assert dict(zip(parts.columns, parts.texts.to_pylist(), strict=True))["history.reasoning"] == "c"
    assert set(parts.rows.tolist()) == {1}
    made = with_pieces(table, parts, {n: text.as_py().upper() for n, text in enumerate(parts.texts)})
    assert made["reasoning"].to_pylist() == [None, "REASONING"]
    asked, answered = made["history"].to_pylist()[1]
    assert (asked["content"], asked["reasoning"]) == ("A", None)
    assert (answered["content"], answered["reasoning"], answered["masked"]) == ("B", "C", True)
