"""Imports lose nothing: columns, values, conversations and marks, each kind of trouble with several of its members."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.errors import BadInput
from tasks.imports.columns import ColumnsRead, ReadRecord
from tasks.imports.example import Conventions, Example, UnusableError
from tasks.imports.formats import FORMATS
from tasks.imports.marks import Scale, UnknownMarkError, scale_of, share_of
from tasks.imports.media import refuse_media_columns, refuse_media_marks
from tasks.imports.params import Dataset
from tasks.imports.recognise import conventions_of, recognise
from tasks.release.export import export
from tests.imports.conftest import Import, refusals

DATASET = Dataset(path="x")


def user(words: Any) -> dict[str, Any]:
    return {"role": "user", "content": words}


def answer(words: Any, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": words, **more}


def call(id_: str, city: str) -> dict[str, Any]:
    return {"id": id_, "type": "function", "function": {"name": "weather", "arguments": json.dumps({"city": city})}}


def read(*records: dict[str, Any]) -> list[Example]:
    """The examples of records of one file. Raises UnusableError for one that holds none."""
    conventions = conventions_of(records, DATASET)
    form = FORMATS[recognise(records, DATASET, "x").name]
    return [example for record in records for example in form.read(record, conventions)]


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


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
        (
            [
                {
                    "question": "q",
                    "options": [{"label": "A", "text": "oak"}, {"label": "B", "text": "yew"}],
                    "answer": "A",
                }
            ],
            ["oak"],
        ),
        ([{"question": "q", "A": "oak", "B": "yew", "C": "ash", "answer": "C"}], ["ash"]),
        ([{"question": "q", "option1": "oak", "option2": "yew", "answer": "2"}], ["yew"]),
        ([{"question": "q", "ending0": "oak", "ending1": "yew", "label": 1}], ["yew"]),
        ([{"question": "q", "choices": "['oak', 'yew']", "answer": "yew"}], ["yew"]),
        ([{"question": "q", "choices": ["1", "2", "3"], "answer": "3"}], ["3"]),
        ([{"question": "q", "choices": CHOICES, "answer": ["A", "C"]}], ["oak\nash"]),
        ([{"question": "q", "choices": CHOICES, "answer": "B. yew"}], ["yew"]),
    ],
)
def test_choices_stand_behind_the_question_and_the_answer_is_one_of_them(
    records: list[Any], expected: list[str]
) -> None:
    examples = read(*records)
    assert [example.response for example in examples] == expected
    assert all(
        example.instruction.startswith("q\n\n") and expected[0][:3] in example.instruction for example in examples
    )


DIALOGUE = [user("q1"), answer("a1"), user("q2")]
PAIRS: list[tuple[dict[str, Any], list[str]]] = [
    ({"prompt": "q2", "chosen": [*DIALOGUE, answer("a")], "rejected": [*DIALOGUE, answer("b")]}, ["q1", "a1"]),
    ({"prompt": DIALOGUE, "chosen": [user("q2"), answer("a")], "rejected": [user("q2"), answer("b")]}, ["q1", "a1"]),
    ({"prompt": DIALOGUE, "chosen": [answer("a")], "rejected": [answer("b")]}, ["q1", "a1"]),
    ({"prompt": "q2", "messages": [*DIALOGUE, answer("a")], "chosen": "a", "rejected": "b"}, ["q1", "a1"]),
    ({"prompt": "q2", "messages": DIALOGUE[:2], "chosen": "a", "rejected": "b"}, ["q1", "a1"]),
    ({"instruction": "q2", "history": [["q1", "a1"]], "chosen": "a", "rejected": "b"}, ["q1", "a1"]),
    (
        {"input": {"messages": DIALOGUE}, "preferred_output": [answer("a")], "non_preferred_output": [answer("b")]},
        ["q1", "a1"],
    ),
    (
        {
            "prompt": "q2",
            "chosen": [user("q2"), answer("a")],
            "rejected": [user("q2"), answer("b")],
            "messages": [user("q2"), answer("a")],
        },
        [],
    ),
]


@pytest.mark.parametrize(("record", "earlier"), PAIRS)
def test_a_pair_has_one_context_wherever_it_stands(record: dict[str, Any], earlier: list[str]) -> None:
    (example,) = read(record)
    assert [turn["content"] for turn in example.history or ()] == earlier
    assert (example.instruction, example.response, example.rejected) == ("q2", "a", "b")


def test_ultrafeedback_gives_the_best_and_the_worst_by_the_mean_of_its_aspects() -> None:
    made = [("good", 4.5, 5), ("middle", 3.0, 7), ("bad", 1.5, 10)]
    completions = [
        {"model": f"m-{text}", "response": text, "fine-grained_score": fine, "overall_score": overall}
        for text, fine, overall in made
    ]
    (example,) = read({"instruction": "q", "models": [], "completions": completions})
    assert (example.response, example.rejected, example.teacher) == ("good", "bad", "m-good")


def test_every_step_of_a_multi_turn_benchmark_has_its_calls() -> None:
    question = [[user("Go to d.")], [], [user("Move it.")]]
    truth = [["cd(folder='d')", "ls(a=True)"], [], ["mv('a', destination='b')"]]
    (example,) = read({"id": "1", "question": question, "involved_classes": [], "ground_truth": truth})
    assert json.loads(example.response) == [{"name": "mv", "arguments": {"0": "a", "destination": "b"}}]
    assert json.loads((example.history or [])[1]["tool_calls"])[1] == {"name": "ls", "arguments": {"a": True}}
    with pytest.raises(UnusableError, match="what is no call"):
        read({"id": "1", "question": [[user("Go.")]], "involved_classes": [], "ground_truth": [["__import__"]]})


@pytest.mark.parametrize(
    "off",
    [
        {"weight": 0},
        {"weight": "0"},
        {"train": False},
        {"trainable": False},
        {"loss": 0.0},
        {"train_detail": [{"begin_offset": 0, "train": False}]},
    ],
)
def test_a_turn_that_is_not_to_be_learnt_is_context_and_no_response(off: dict[str, Any]) -> None:
    (example,) = read(
        {"messages": [user("q"), answer("x", **off), user("q2"), answer("a", weight=1), user("q3"), answer("y", **off)]}
    )
    assert (example.instruction, example.response) == ("q2", "a")
    assert [turn["masked"] for turn in example.history or ()] == [None, True]
    with pytest.raises(UnusableError, match="marked as not to be learnt"):
        read({"messages": [user("q"), answer("x", **off)]})


NO_TEXT: list[dict[str, Any]] = [
    {"image": "1.jpg", "conversations": [user("What is shown?"), answer("A cat.")]},
    {"images": ["k.png"], "messages": [user("What is shown?"), answer("A cat.")]},
    {"instruction": "Transcribe it.", "audio_path": "k.wav", "output": "Hello."},
    {"messages": [user("<image>\nWhat is shown?"), answer("A cat.")]},
    {"messages": [user("Compare <image> with <image>."), answer("Both are cats.")]},
    {"instruction": "<|image_1|> What is shown?", "output": "A cat."},
    {"instruction": "What is shown?", "input": "<img>a/b.png</img>", "output": "A cat."},
    {"messages": [{**user("Read it."), "attachments": [{"file_id": "f"}]}, answer("Done.")]},
    *(
        {"messages": [user([{"type": kind, kind: {"url": "x"}}, {"type": "text", "text": "What?"}]), answer("A cat.")]}
        for kind in ("image_url", "input_audio", "file", "video", "image")
    ),
    {
        "messages": [
            user(
                [{"type": "image", "text": "", "image": "k.png"}, {"type": "text", "text": "How many?", "image": None}]
            ),
            answer("7."),
        ]
    },
]
TEXT: list[dict[str, Any]] = [
    {"instruction": "What does <image> do in SVG?", "output": "It embeds one."},
    {"instruction": "Explain:\n<video>\n<source>\n</video>", "output": "It plays."},
    {"image": "", "images": [], "messages": [user("Say hello."), answer("Hello.")]},
    {"messages": [user([{"type": "text", "text": "Say hello.", "image_url": None}]), answer("Hello.")]},
]


def admitted(record: dict[str, Any]) -> None:
    refuse_media_columns(record, "the row")
    for example in read(record):
        refuse_media_marks(example)


@pytest.mark.parametrize("record", NO_TEXT)
def test_a_row_that_needs_a_picture_or_a_file_is_refused(record: dict[str, Any]) -> None:
    with pytest.raises(UnusableError) as caught:
        admitted(record)
    assert caught.value.reason == "malformed_record"


@pytest.mark.parametrize("record", TEXT)
def test_a_row_that_speaks_of_markup_or_has_no_picture_is_read(record: dict[str, Any]) -> None:
    admitted(record)


@pytest.mark.parametrize(
    ("column", "marks", "shares"),
    [
        ("label", [0, 1], [0, 1]),
        ("label", ["0", "1"], [0, 1]),
        ("label", ["False", "True"], [0, 1]),
        ("label", [False, True], [0, 1]),
        ("label", [-1, 1, 0], [0, 1, 0.5]),
        ("label", [1.0, 0.4], [1, 0.4]),
        ("rating", [1, 5, 3], [0, 1, 0.5]),
        ("rating", ["1", "4"], [0, 0.75]),
        ("rating", [1, 1], [0, 0]),
        ("rating", [0, 1], [0, 1]),
        ("rating", [0, 5], [0, 1]),
        ("rating", [10, 1], [1, 0]),
        ("rating", [20, 95], [0.2, 0.95]),
        ("rating", ["20%", "95 %"], [0.2, 0.95]),
        ("stars", ["★☆☆☆☆", "★★★★★", "1 star", "5 stars"], [0, 1, 0, 1]),
        ("rating", ["1/5", "4 out of 5"], [0.2, 0.8]),
        ("feedback", ["👍", "thumbs down", "neutral", None], [1, 0, None, None]),
        ("feedback", [{"rating": 1}, {"rating": 5}], [0, 1]),
    ],
)
def test_what_a_mark_is_worth_is_decided_by_all_marks_of_its_file(
    column: str, marks: list[Any], shares: list[Any]
) -> None:
    scale = scale_of(marks, column)
    assert [share_of(mark, scale) for mark in marks] == pytest.approx(shares)


def test_a_mark_beyond_the_scale_of_its_file_is_no_mark() -> None:
    with pytest.raises(UnknownMarkError, match="a mark of 7 where the file's marks are from 1 to 5"):
        share_of(7, Scale(1, 5))


@pytest.mark.parametrize(
    "rows",
    [
        [("Put it into the oven.", 0), ("Brush it.", 1)],
        [("Put it into the oven.", "False"), ("Brush it.", "True")],
        [("Put it into the oven.", -1), ("Brush it.", 1)],
        [("Put it into the oven.", 1), ("Brush it.", 5)],
    ],
)
@pytest.mark.parametrize("column", ["label", "rating"])
@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_disliked_answers_are_refused_however_that_is_written(
    imported: Import, tmp_path: Path, rows: list[Any], column: str, suffix: str
) -> None:
    path = tmp_path / f"marked.{suffix}"
    if suffix == "csv":
        path.write_text(f"prompt,completion,{column}\n" + "".join(f"How?,{said},{mark}\n" for said, mark in rows))
    else:
        write(path, [{"prompt": "How?", "completion": said, column: mark} for said, mark in rows])
    outcome = imported(path)
    assert outcome.kept.select(["response", "score"]).to_pylist() == [{"response": "Brush it.", "score": 1.0}]
    assert refusals(outcome) == [("disliked", f"marked.{suffix}:{1 if suffix == 'jsonl' else 2}: score 0")]


def test_a_class_is_no_mark_of_its_answer() -> None:
    for label in ("billing", "negative"):
        assert read({"prompt": "q", "completion": "negative", "label": label})[0].score is None


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


def test_one_conversation_is_no_table(imported: Import, tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text(json.dumps({"messages": [user("q"), answer("a")], "tools": [{"name": "f"}, {"name": "g"}]}))
    assert imported(path).kept["instruction"].to_pylist() == ["q"]


AGENTIC = {
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "weather",
                "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
            },
        },
        {
            "type": "function",
            "function": {"name": "clock", "parameters": {"type": "object", "properties": {"zone": {"type": "string"}}}},
        },
    ],
    "messages": [
        user("Is it warmer in Rome or in Oslo, and how late is it?"),
        answer(
            "Let me look.",
            tool_calls=[
                call("a1", "Rome"),
                call("b2", "Oslo"),
                {"id": "c3", "function": {"name": "clock", "arguments": {"zone": "CET"}}},
            ],
        ),
        {"role": "tool", "tool_call_id": "b2", "name": "weather", "content": "-4 degrees"},
        {"role": "tool", "tool_call_id": "c3", "name": "clock", "content": "12:00"},
        {"role": "tool", "tool_call_id": "a1", "name": "weather", "content": "31 degrees"},
        answer("In Rome; it is noon.", reasoning_content="31 is more than -4."),
    ],
}


def test_results_stay_bound_to_their_calls_and_a_call_keeps_the_words_beside_it(
    imported: Import, tmp_path: Path
) -> None:
    rows = imported(write(tmp_path / "calls.jsonl", [AGENTIC])).kept
    for form in ("messages", "sharegpt", "jsonl", "csv", "parquet"):
        suffix = {"messages": "jsonl", "sharegpt": "json"}.get(form, form)
        out = tmp_path / f"out.{suffix}"
        export(rows, form, out)
        again = imported(out).kept
        assert (
            again.drop(["source", "parent_id", "example_id", "content_hash"]).to_pylist()
            == rows.drop(["source", "parent_id", "example_id", "content_hash"]).to_pylist()
        )
        out.unlink()
    export(rows, "messages", tmp_path / "m.jsonl")
    said = json.loads((tmp_path / "m.jsonl").read_text())["messages"]
    assert [turn["role"] for turn in said] == ["user", "assistant", "tool", "tool", "tool", "assistant"]
    assert said[1]["content"] == "Let me look."
    assert [(turn["tool_call_id"], turn["name"], turn["content"]) for turn in said if turn["role"] == "tool"] == [
        ("b2", "weather", "-4 degrees"),
        ("c3", "clock", "12:00"),
        ("a1", "weather", "31 degrees"),
    ]
    assert said[-1]["reasoning_content"] == "31 is more than -4."


def test_a_last_call_keeps_the_words_beside_it(imported: Import, tmp_path: Path) -> None:
    chat = {"messages": [user("Rome?"), answer("Let me look.", tool_calls=[call("a1", "Rome")])]}
    rows = imported(write(tmp_path / "calls.jsonl", [chat])).kept
    assert json.loads(rows["response"][0].as_py()) == [{"id": "a1", "name": "weather", "arguments": {"city": "Rome"}}]
    export(rows, "messages", tmp_path / "m.jsonl")
    said = json.loads((tmp_path / "m.jsonl").read_text())["messages"]
    assert [(turn["role"], turn["content"]) for turn in said] == [("user", "Rome?"), ("assistant", "Let me look.")]


def test_what_parquet_filled_in_is_emptied_again(imported: Import, tmp_path: Path) -> None:
    """Tools and arguments with different keys have the same keys in Parquet, null where there was none."""
    chats = [
        {
            "tools": [tool["function"]],
            "messages": [
                user("Now?"),
                {**answer(None), "tool_calls": [{"id": "x", "function": {"name": name, "arguments": arguments}}]},
            ],
        }
        for tool, name, arguments in zip(
            AGENTIC["tools"], ("weather", "clock"), ({"city": "Rome"}, {"zone": "CET"}), strict=True
        )
    ]
    plain = imported(write(tmp_path / "calls.jsonl", chats), name="calls").kept
    (tmp_path / "p").mkdir()
    pq.write_table(pa.Table.from_pylist(chats), tmp_path / "p" / "calls.parquet")
    packed = imported(tmp_path / "p" / "calls.parquet", name="calls").kept
    columns = ["instruction", "history", "response", "expects"]
    assert packed.select(columns).to_pylist() == plain.select(columns).to_pylist()
    assert [json.loads(text) for text in packed["tools"].to_pylist()] == [
        json.loads(text) for text in plain["tools"].to_pylist()
    ]


def test_real_calls_come_back_unchanged_through_parquet(shared: Path, imported: Import, tmp_path: Path) -> None:
    """Real rows with tools and calls as objects, as `datasets` keeps them: written to Parquet and read, they are what they were."""
    names = {"human": "user", "gpt": "assistant", "observation": "tool"}
    chats, kept = [], []
    for row in json.loads((shared / "instructions" / "tool-use" / "glaive_toolcall_en_demo.json").read_text()):
        said = []
        for turn in row["conversations"]:
            if turn["from"] == "function_call":
                said.append(
                    {"role": "assistant", "content": None, "tool_calls": [{"function": json.loads(turn["value"])}]}
                )
            else:
                said.append({"role": names[turn["from"]], "content": turn["value"]})
        chats.append({"messages": said, "tools": json.loads(row["tools"])})
    for chat in chats:  # Arrow holds no column of two types
        try:
            pa.Table.from_pylist([*kept[-40:], chat])
        except pa.ArrowException:
            continue
        kept.append(chat)
    assert len(kept) > 100
    for start in range(0, len(kept), 40):
        part = kept[start : start + 40]
        try:
            table = pa.Table.from_pylist(part)
            pq.write_table(table, tmp_path / "calls.parquet")
        except pa.ArrowException:
            continue
        plain = imported(write(tmp_path / "calls.jsonl", part), name="calls").kept
        packed = imported(tmp_path / "calls.parquet", name="calls").kept
        columns = ["instruction", "history", "response", "expects"]
        assert canonical(packed.select(columns).to_pylist()) == canonical(plain.select(columns).to_pylist())


def canonical(rows: list[Any]) -> list[Any]:
    """Rows with JSON texts in one form: an Arrow column has one order of keys, and one type, also for 5 and 5.5."""

    def ordered(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: ordered(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [ordered(inner) for inner in value]
        return (
            json.dumps(json.loads(value, parse_int=float), sort_keys=True)
            if isinstance(value, str) and value[:2] == "[{"
            else value
        )

    return [ordered(row) for row in rows]


CLAUDE = [
    {"type": "summary", "leafUuid": "l", "summary": "s"},
    {"type": "user", "sessionId": "s", "uuid": "1", "message": {"role": "user", "content": "Fix /home/jane/app.py."}},
    {
        "type": "assistant",
        "sessionId": "s",
        "message": {"id": "m1", "role": "assistant", "content": [{"type": "thinking", "thinking": "Look first."}]},
    },
    {
        "type": "assistant",
        "sessionId": "s",
        "message": {
            "id": "m1",
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": "ls /home/jane"}}],
        },
    },
    {
        "type": "user",
        "sessionId": "s",
        "message": {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "app.py"}]},
    },
    {
        "type": "assistant",
        "sessionId": "s",
        "message": {"id": "m2", "role": "assistant", "content": [{"type": "text", "text": "Done."}]},
    },
    {
        "type": "assistant",
        "sessionId": "s",
        "isSidechain": True,
        "message": {"id": "m3", "role": "assistant", "content": "aside"},
    },
]
CODEX = [
    {"type": "session_meta", "payload": {"id": "s"}},
    {
        "type": "response_item",
        "payload": {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "Fix /home/user/app.py."}],
        },
    },
    {
        "type": "response_item",
        "payload": {
            "type": "function_call",
            "call_id": "t1",
            "name": "Bash",
            "arguments": '{"command": "ls /home/user"}',
        },
    },
    {"type": "response_item", "payload": {"type": "function_call_output", "call_id": "t1", "output": "app.py"}},
    {"type": "event_msg", "payload": {"type": "token_count"}},
    {
        "type": "response_item",
        "payload": {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Done."}]},
    },
]


@pytest.mark.parametrize("lines", [CLAUDE, CODEX])
def test_a_session_of_a_coding_agent_is_one_conversation(imported: Import, tmp_path: Path, lines: list[Any]) -> None:
    (row,) = imported(write(tmp_path / "session.jsonl", lines)).kept.to_pylist()
    assert (row["instruction"], row["response"]) == ("Fix /home/user/app.py.", "Done.")
    called, result = row["history"][1:]
    assert json.loads(called["tool_calls"]) == [{"id": "t1", "name": "Bash", "arguments": {"command": "ls /home/user"}}]
    assert (result["content"], result["tool_call_id"], result["name"]) == ("app.py", "t1", "Bash")


@pytest.mark.parametrize(
    "secret",
    [
        "AKIA" + "A1B2C3D4E5F6G7H8",
        "ghp_" + "a1B2" * 9,
        "export API_KEY=9f8e7d6c5b4a3210",
        "-----BEGIN RSA PRIVATE KEY-----",
        "postgres://app:hunter22@db/x",
        "mail jane.roe@corp.io",
    ],
)
def test_a_session_with_a_key_in_it_is_refused(imported: Import, tmp_path: Path, secret: str) -> None:
    text = json.dumps(CLAUDE).replace("ls /home/jane", secret)
    assert imported(write(tmp_path / "session.jsonl", json.loads(text))).kept.num_rows == 0


def test_sessions_are_read_only_where_personal_data_is_filtered(imported: Import, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"set filters\.pii\.enabled: true"):
        imported(write(tmp_path / "session.jsonl", CLAUDE), personal_data_filtered=False)
