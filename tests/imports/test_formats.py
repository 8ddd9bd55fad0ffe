"""What each format's smallest honest record becomes, and that it is recognised."""

import json
from pathlib import Path
from typing import Any

import pytest

from tasks.imports.conversation import turn_of
from tasks.imports.example import Conventions, UnusableError
from tasks.imports.formats import FORMATS
from tasks.imports.params import Dataset
from tasks.imports.recognise import conventions_of, recognise
from tests.imports.conftest import Import, refusals

PLAIN = Conventions(Dataset(path="x"))
QUESTION = {"from": "human", "value": "q"}
ANSWER = {"from": "gpt", "value": "a"}
CALLED = [
    {"role": "user", "content": "weather?"},
    {"role": "assistant", "content": "", "tool_calls": [{"id": "c1", "function": {"name": "look", "arguments": '{"x": 1}'}}]},
    {"role": "tool", "tool_call_id": "c1", "content": "sun"},
    {"role": "assistant", "content": "sunny"},
]  # fmt: skip
CHAT = (
    'USER: weather?\n\n\nASSISTANT: <functioncall> {"name": "look", "arguments": \'{"x": 1}\'} <|endoftext|>\n\n\n'
    "FUNCTION RESPONSE: sun\n\n\nASSISTANT: sunny <|endoftext|>"
)
TREE: dict[str, Any] = {
    "message_tree_id": "t",
    "prompt": {
        "role": "prompter",
        "text": "q",
        "replies": [
            {"role": "assistant", "text": "worse", "rank": 1, "replies": []},
            {"role": "assistant", "text": "best", "rank": 0, "lang": "en", "replies": []},
            {"role": "assistant", "text": "gone", "rank": -1, "deleted": True, "replies": []},
        ],
    },
}
BFCL = {
    "id": "1",
    "question": [[{"role": "user", "content": "area?"}]],
    "function": [{"name": "area"}],
    "ground_truth": [{"area": {"base": [10], "unit": ["units", ""], "left_out": [""]}}],
}
AREA = '[{"name": "area", "arguments": {"base": 10, "unit": "units"}}]'

SHAPES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("alpaca", {"instruction": "q", "input": "i", "output": "a"}, {"instruction": "q\n\ni"}),
    ("alpaca", {"instruction": "q", "input": "", "output": "a", "history": [["x", "y"]]}, {"turns": ["user", "assistant"]}),
    ("evol", {"instruction": "q", "output": "a"}, {}),
    ("dolly", {"instruction": "q", "context": "c", "response": "a", "category": "k"}, {"instruction": "q\n\nc", "category": "k"}),
    ("sharegpt", {"conversations": [QUESTION, ANSWER]}, {}),
    ("sharegpt", {"id": 1, "items": [QUESTION, ANSWER]}, {}),
    ("sharegpt", {"conversation": [{"user": "q", "assistant": "a"}]}, {}),
    (
        "sharegpt",
        {
            "messages": [
                {"role": "system", "content": "s"},
                {"role": "user", "content": "q"},
                {"role": "assistant", "content": "a"},
            ]
        },
        {"system": "s"},
    ),
    (
        "sharegpt",
        {"conversations": [QUESTION, {"from": "chatgpt", "value": "x"}, QUESTION, ANSWER, QUESTION]},
        {"turns": ["user", "assistant"]},
    ),
    (
        "humaneval",
        {
            "task_id": "x/0",
            "prompt": "def f(x):\n",
            "canonical_solution": "    return x\n",
            "test": "def check(candidate):\n    assert candidate(1) == 1\n",
            "entry_point": "f",
        },
        {
            "instruction": "Complete this Python function.\n\n```python\ndef f(x):\n```",
            "response": "```python\ndef f(x):\n    return x\n```",
            "tests": "def check(candidate):\n    assert candidate(1) == 1\n\ncheck(f)\n",
        },
    ),
    (
        "mbpp",
        {"text": "q", "code": "f = abs\r\n", "test_setup_code": "a = 1", "test_list": ["assert f(a) == 1"]},
        {
            "instruction": "q\n\nThe function must satisfy: `assert f(a) == 1`",
            "response": "```python\nf = abs\n```",
            "tests": "a = 1\nassert f(a) == 1",
        },
    ),
    ("lima", {"conversations": ["q", "a"], "source": "s"}, {"topic": "s"}),
    (
        "glaive",
        {"messages": CALLED, "tools": [{"name": "look"}]},
        {"instruction": "weather?", "response": "sunny", "turns": ["user", "assistant", "tool"]},
    ),
    (
        "glaive",
        {"system": 'SYSTEM: Use - {"name": "look"}', "chat": CHAT},
        {
            "instruction": "weather?",
            "response": "sunny",
            "turns": ["user", "assistant", "tool"],
            "system": "Use",
            "tools": '[{"name": "look"}]',
        },
    ),
    ("bfcl", BFCL, {"instruction": "area?", "response": AREA, "expects": "tool_call"}),
    ("dpo", {"prompt": "q", "chosen": "a", "rejected": "b"}, {"rejected": "b"}),
    ("dpo", {"conversations": [QUESTION], "chosen": ANSWER, "rejected": {"from": "gpt", "value": "b"}}, {"rejected": "b"}),
    ("hh", {"chosen": "\n\nHuman: q\n\nAssistant: a", "rejected": "\n\nHuman: q\n\nAssistant: b"}, {"rejected": "b"}),
    ("kto", {"prompt": "q", "completion": "a", "label": True}, {"score": 1.0}),
    ("chat_log", {"question": "q", "answer": "a", "rating": 4}, {"score": 0.75}),
    (
        "chat_log",
        {
            "messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}],
            "feedback": {"thumb": "up"},
        },
        {"score": 1.0},
    ),
    ("oasst", TREE, {"response": "best", "rejected": "worse", "language": "en"}),
    (
        "self_instruct",
        {"instruction": "q", "instances": [{"input": "", "output": "a"}], "is_classification": True},
        {"category": "classification"},
    ),
    ("human", {"instruction": "q", "response": "a", "author": "Ada", "tests": "t"}, {"tests": "t"}),
    ("flan", {"column 1": "q", "column 2": "4", "column 3": "2+2=4."}, {"response": "2+2=4. The answer is 4."}),
    ("plain", {"question": "q", "answer": "a", "other": 1}, {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "record", "expected"), SHAPES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_record_is_recognised_and_read(name: str, record: dict[str, Any], expected: dict[str, Any]) -> None:
    assert recognise([record], Dataset(path="x"), "x").name == name
    (example,) = FORMATS[name].read(record, conventions_of([record], Dataset(path="x")))
    roles = [turn["role"] for turn in example.history or ()]
    assert roles == expected.pop("turns", [])
    for column, value in {"instruction": "q", "response": "a", **expected}.items():
        assert getattr(example, column) == value


def test_calls_between_question_and_answer_stand_behind_the_place_of_the_question() -> None:
    (example,) = FORMATS["sharegpt"].read({"messages": CALLED}, PLAIN)
    assert example.history == [
        turn_of("user", None),
        turn_of("assistant", None, tool_calls='[{"id": "c1", "name": "look", "arguments": {"x": 1}}]'),
        turn_of("tool", "sun", "look", tool_call_id="c1"),
    ]


def test_an_earlier_answer_with_ranked_siblings_makes_a_pair_of_its_own() -> None:
    tree = json.loads(json.dumps(TREE))
    best = tree["prompt"]["replies"][1]
    best["replies"] = [
        {"role": "prompter", "text": "more?", "replies": [{"role": "assistant", "text": "more", "replies": []}]}
    ]
    pair, whole = FORMATS["oasst"].read(tree, PLAIN)
    assert (pair.response, pair.rejected, pair.history) == ("best", "worse", None)
    assert (whole.instruction, whole.response, whole.rejected, len(whole.history or ())) == ("more?", "more", None, 2)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"conversations": []}, "empty"),
        ({"conversations": [QUESTION]}, "empty"),
        ({"conversations": [ANSWER]}, "empty"),
        ({"conversations": [QUESTION, {"from": "martian", "value": "a"}]}, "malformed_record"),
        ({"conversations": [QUESTION, {"from": "gpt", "value": [{"image": "x"}]}]}, "malformed_record"),
        ({"conversations": [QUESTION, ANSWER], "tools": "no json"}, "malformed_record"),
    ],
)
def test_a_conversation_that_holds_no_example_says_why(record: dict[str, Any], reason: str) -> None:
    with pytest.raises(UnusableError) as caught:
        list(FORMATS["sharegpt"].read(record, PLAIN))
    assert caught.value.reason == reason


def test_disliked_answers_are_refused_unless_they_are_to_be_kept(imported: Import, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    rows = [{"question": "q", "answer": f"a{n}", "feedback": mark} for n, mark in enumerate(["up", "down", None])]
    path.write_text("\n".join(map(json.dumps, rows)))
    assert refusals(imported(path)) == [("disliked", "log.jsonl:2: score 0")]
    assert imported(path, disliked="keep").kept["score"].to_pylist() == [1.0, 0.0, None]
