"""Conversations: one context, turns that are not learnt, pictures, and results bound to their calls."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.imports.example import UnusableError
from tasks.imports.media import refuse_media_columns, refuse_media_marks
from tasks.release.export import export
from tests.imports.conftest import Import, answer, call, read, user, write

DIALOGUE = [user("q1"), answer("a1"), user("q2")]
PAIRS: list[tuple[dict[str, Any], list[str]]] = [
    ({"prompt": "q2", "chosen": [*DIALOGUE, answer("a")], "rejected": [*DIALOGUE, answer("b")]}, ["q1", "a1"]),
    ({"prompt": DIALOGUE, "chosen": [user("q2"), answer("a")], "rejected": [user("q2"), answer("b")]}, ["q1", "a1"]),
    ({"prompt": DIALOGUE, "chosen": [answer("a")], "rejected": [answer("b")]}, ["q1", "a1"]),
    ({"prompt": "q2", "messages": [*DIALOGUE, answer("a")], "chosen": "a", "rejected": "b"}, ["q1", "a1"]),
    ({"prompt": "q2", "messages": DIALOGUE[:2], "chosen": "a", "rejected": "b"}, ["q1", "a1"]),
    ({"instruction": "q2", "history": [["q1", "a1"]], "chosen": "a", "rejected": "b"}, ["q1", "a1"]),
    ({"prompt": "q2", "chosen": ["a"], "rejected": ["b", "c"]}, []),
    ({"input": {"messages": DIALOGUE}, "preferred_output": [answer("a")], "non_preferred_output": [answer("b")]}, ["q1", "a1"]),
    (
        {
            "prompt": "q2",
            "chosen": [user("q2"), answer("a")],
            "rejected": [user("q2"), answer("b")],
            "messages": [user("q2"), answer("a")],
        },
        [],
    ),
]  # fmt: skip


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
