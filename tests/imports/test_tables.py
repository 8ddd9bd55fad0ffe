"""Tables: every column is read or named, a value is text or refused, a choice is no number."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.imports.columns import ColumnsRead, ReadRecord
from tasks.imports.example import Conventions, UnusableError
from tasks.imports.formats import FORMATS
from tests.imports.conftest import DATASET, Import, answer, read, user, write

TABLES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"instruction": "q", "input": "m", "response": "a"}, {"instruction": "q\n\nm"}),
    ({"question": "q", "context": "m", "answer": "a"}, {"instruction": "q\n\nm"}),
    ({"instruction": "q", "output": "a", "system": "s", "history": [["b", "c"]]}, {"system": "s", "turns": ["b", "c"]}),
    ({"question": "q", "answer": "a", "rationale": "t", "system_prompt": "s"}, {"reasoning": "t", "system": "s"}),
    ({"instruction": "q", "question": "m", "output": "a"}, {"instruction": "q\n\nm"}),
    ({"Question": "q", " Answer": "a"}, {}),
    (
        {"question": "q", "passages": [{"title": "T", "text": "one"}, {"title": "U", "text": "two"}], "answer": "a"},
        {"instruction": "q\n\nT\none\n\nU\ntwo"},
    ),
    (
        {"question": "q", "context": {"title": ["T", "U"], "sentences": [["one.", "1."], ["two."]]}, "answer": "a"},
        {"instruction": "q\n\nT\none. 1.\n\nU\ntwo."},
    ),
    ({"question": "q", "answers": {"text": ["a", "b"], "answer_start": [1, 2]}}, {}),
    ({"question": "q", "answer": {"value": "a", "aliases": ["b"]}}, {}),
    ({"prompt": [user("q")], "completion": [answer("a")]}, {}),
    ({"prompt": [user("b"), answer("c"), user("q")], "completion": "a"}, {"turns": ["b", "c"]}),
    ({"problem": "q", "solution": "a", "answer": "7"}, {}),
    ({"question": "q", "answer": 12}, {"response": "12"}),
    ({"question": "q", "answer": True}, {"response": "true"}),
    ({"question": b"q", "answer": b"a"}, {}),
    ({"instruction": "q", "input": "nan", "output": "a"}, {}),
    ({"instruction": "q", "input": float("nan"), "output": "a", "system": "None"}, {"system": None}),
    ({"instruction": "q", "input": "", "output": float("nan")}, {"response": ""}),
    (
        {"query": "q", "tools": "[{}, 1]", "answers": '[{"name": "f", "arguments": {}}]'},
        {"expects": "tool_call", "response": '[{"name": "f", "arguments": {}}]'},
    ),
]


@pytest.mark.parametrize(("record", "expected"), TABLES)
def test_a_table_is_read_whole_whatever_its_columns_are_called(
    record: dict[str, Any], expected: dict[str, Any]
) -> None:
    (example,) = read(record)
    turns = [turn["content"] for turn in example.history or ()]
    assert turns == expected.get("turns", [])
    for column, value in {"instruction": "q", "response": "a", **expected}.items():
        assert column == "turns" or getattr(example, column) == value


@pytest.mark.parametrize(
    "record",
    [
        {"instruction": "q", "output": {"weird": 1}},
        {"instruction": ["q", "r"], "output": "a"},
        {"instruction": {"weird": "q"}, "output": "a"},
        {"instruction": "q", "output": b"\xff\xfe"},
        {"instruction": "q", "input": {"weird": 1}, "output": "a"},
        {"question": "q", "choices": ["a", "b"], "answer": 7},
        {"question": "q", "choices": ["a", "b"], "answer": "F"},
        {"prompt": "q", "chosen": [user("q"), answer("a")], "rejected": [user("another"), answer("b")]},
    ],
)
def test_what_is_no_text_is_refused_with_a_reason_and_never_written_as_json(record: dict[str, Any]) -> None:
    with pytest.raises(UnusableError) as caught:
        read(record)
    assert caught.value.reason == "malformed_record"


CHOICES = ["oak", "yew", "ash", "elm"]


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        (
            [{"question": "q", "choices": CHOICES, "answer": 1}, {"question": "q", "choices": CHOICES, "answer": 0}],
            ["yew", "oak"],
        ),
        (
            [{"question": "q", "choices": CHOICES, "answer": 4}, {"question": "q", "choices": CHOICES, "answer": 1}],
            ["elm", "oak"],
        ),
        ([{"question": "q", "options": {"A": "oak", "B": "yew"}, "answer": "B"}], ["yew"]),
        ([{"question": "q", "options": ["oak", "yew"], "answer": "(b)"}], ["yew"]),
        ([{"question": "q", "choices": {"text": CHOICES, "label": ["1", "2", "3", "4"]}, "answerKey": "2"}], ["yew"]),
        ([{"question": "q", "options": [{"label": "A", "text": "oak"}, {"label": "B", "text": "yew"}], "answer": "A"}], ["oak"]),
        ([{"question": "q", "A": "oak", "B": "yew", "C": "ash", "answer": "C"}], ["ash"]),
        ([{"question": "q", "option1": "oak", "option2": "yew", "answer": "2"}], ["yew"]),
        ([{"question": "q", "ending0": "oak", "ending1": "yew", "label": 1}], ["yew"]),
        ([{"question": "q", "choices": "['oak', 'yew']", "answer": "yew"}], ["yew"]),
        ([{"question": "q", "choices": ["1", "2", "3"], "answer": "3"}], ["3"]),
        ([{"question": "q", "choices": CHOICES, "answer": ["A", "C"]}], ["oak\nash"]),
        ([{"question": "q", "choices": CHOICES, "answer": "B. yew"}], ["yew"]),
        ([{"question": "q", "options": ["A)oak", "B)yew"], "correct": "B"}], ["yew"]),
    ],
)  # fmt: skip
def test_choices_stand_behind_the_question_and_the_answer_is_one_of_them(
    records: list[Any], expected: list[str]
) -> None:
    examples = read(*records)
    assert [example.response for example in examples] == expected
    assert all(
        example.instruction.startswith("q\n\n") and expected[0][:3] in example.instruction for example in examples
    )


def test_columns_that_are_not_read_are_named(imported: Import, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {
            "id": n,
            "instruction": f"q{n}",
            "input": "m",
            "output": "a",
            "text": f"Below is a task: q{n}\n\nm ### a",
            "empty": None,
        }
        for n in range(300)
    ]
    rows[250]["late"] = "said late"
    rows[280]["empty"] = "not empty here"
    rows[290]["prompt"] = "another prompt"
    outcome = imported(write(tmp_path / "rows.jsonl", rows))
    (fact,) = outcome.facts["files"].values()
    assert fact["unread"] == ["late", "empty", "prompt"]
    assert "columns not read: late, empty, prompt" in outcome.facts["notes"][0]


@given(
    st.dictionaries(
        st.sampled_from(["question", "answer", "prompt", "output", "input", "extra", "more"]),
        st.text("abc", min_size=1, max_size=8),
        min_size=1,
    )
)
def test_no_column_vanishes(record: dict[str, str]) -> None:
    """Each text of a row stands in the example, or its column is named."""
    if not FORMATS["plain"].recognises(record):
        return
    columns = ColumnsRead()
    watched = columns.watched(record)
    assert isinstance(watched, ReadRecord)
    made = [*FORMATS["plain"].read(watched, Conventions(DATASET))]
    columns.note(watched, made)
    said = "\n".join(f"{example.instruction}\n{example.response}" for example in made)
    assert [name for name, words in record.items() if words not in said and name not in columns.unread] == []


@pytest.mark.parametrize(
    "text",
    [
        '{"instruction": ["q", "r"], "output": ["a", "b"]}',
        '{"instruction": {"0": "q", "1": "r"}, "output": {"0": "a", "1": "b"}}',
        '{"columns": ["instruction", "output"], "index": [0, 1], "data": [["q", "a"], ["r", "b"]]}',
        '{"x": {"instruction": "q", "output": "a"}, "y": {"instruction": "r", "output": "b"}}',
        '{"version": 1, "rows": [{"instruction": "q", "output": "a"}, {"instruction": "r", "output": "b"}]}',
        '{"messages": [[{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}],'
        ' [{"role": "user", "content": "r"}, {"role": "assistant", "content": "b"}]], "id": [1, 2]}',
    ],
)
def test_one_record_that_is_a_table_is_read_by_rows(imported: Import, tmp_path: Path, text: str) -> None:
    path = tmp_path / "table.json"
    path.write_text(text)
    rows = imported(path).kept.select(["instruction", "response"]).to_pylist()
    assert rows == [{"instruction": "q", "response": "a"}, {"instruction": "r", "response": "b"}]


@pytest.mark.parametrize(
    ("record", "reference"),
    [
        ({"question": "q", "answer": "She makes 9 * 2.\n#### 18"}, "18"),
        ({"problem": "q", "solution": r"It is \boxed{\frac{1}{2}}."}, r"\frac{1}{2}"),
        ({"question": "q", "response": "long", "final_answer": 3}, "3"),
        ({"instruction": "q", "output": "long", "ground_truth": "7"}, "7"),
        ({"question": "q", "answer": "plain"}, None),
    ],
)
def test_the_right_answer_is_kept_beside_the_response(record: dict[str, Any], reference: str | None) -> None:
    (example,) = FORMATS["plain"].read(record, Conventions(DATASET))
    assert example.reference == reference
    assert example.response in record.values()
