"""Few-shot prompts become a row for each of their examples."""

import json
from pathlib import Path
from typing import Any

import pytest

from tasks.imports.example import Conventions, UnusableError
from tasks.imports.formats import FORMATS, few_shot
from tasks.imports.params import Dataset
from tasks.imports.recognise import recognise
from tests.imports.conftest import Import, refusals

PLAIN = Conventions(Dataset(path="x"))
CAPITALS = "Name the capital.\n\nQ: France?\nA: Paris\n\nQ: Italy?\nA: Rome,\nsince 1871.\n\nQ: Spain?\nA:"
PROMPTS: list[tuple[str, list[tuple[str, str]], str, str]] = [
    (CAPITALS, [("France?", "Paris"), ("Italy?", "Rome,\nsince 1871.")], "Name the capital.", "Spain?"),
    ("Input: 1\nOutput: one\n###\nInput: 2\nOutput: two\n###\nInput: 3", [("1", "one"), ("2", "two")], "", "3"),
    ("### Instruction:\nHop.\n### Response:\nHopped.\n\n### Instruction:\nGo.\n### Response:\nGone.",
     [("Hop.", "Hopped."), ("Go.", "Gone.")], "", ""),
    ("**Question 1:** Q: or A?\n**Answer 1:** Q.\n\n**Question 2:** B?\n**Answer 2:** Yes: B.\n",
     [("Q: or A?", "Q."), ("B?", "Yes: B.")], "", ""),
    ("Q1: a?\nQ2: b?\nA2: only the second.\n", [("b?", "only the second.")], "", ""),
    ("What is Q: and what is A: in a quiz?", [], "What is Q: and what is A: in a quiz?", ""),
]  # fmt: skip


@pytest.mark.parametrize(("prompt", "examples", "task", "asked"), PROMPTS)
def test_a_prompt_is_its_task_its_examples_and_what_it_asks(
    prompt: str, examples: list[tuple[str, str]], task: str, asked: str
) -> None:
    assert few_shot.parsed(prompt) == (task, examples, asked)


def test_what_is_asked_is_a_row_where_it_is_answered() -> None:
    said = [(one.instruction, one.response) for one in FORMATS["few_shot"].read({"prompt": CAPITALS}, PLAIN)]
    assert said == [
        ("Name the capital.\n\nFrance?", "Paris"),
        ("Name the capital.\n\nItaly?", "Rome,\nsince 1871."),
    ]
    answered = [*FORMATS["few_shot"].read({"inputs": CAPITALS, "targets": " Madrid\n"}, PLAIN)]
    assert (answered[2].instruction, answered[2].response) == ("Name the capital.\n\nSpain?", "Madrid")


TURNS = [
    {"role": "system", "content": "Translate to French."},
    {"role": "system", "name": "example_user", "content": "cat"},
    {"role": "system", "name": "example_assistant", "content": "chat"},
    {"role": "system", "name": "example_user", "content": "dog"},
    {"role": "system", "name": "example_assistant", "content": "chien"},
    {"role": "user", "content": "horse"},
]


@pytest.mark.parametrize("named", [True, False])
def test_examples_in_messages_are_rows_with_the_system_text(named: bool) -> None:
    plain = [dict(turn) for turn in TURNS]
    for turn in plain:
        if name := turn.pop("name", ""):
            turn["role"] = name.removeprefix("example_")
    said = FORMATS["few_shot"].read({"messages": TURNS if named else plain}, PLAIN)
    assert [(one.system, one.instruction, one.response, one.history) for one in said] == [
        ("Translate to French.", "cat", "chat", None),
        ("Translate to French.", "dog", "chien", None),
    ]


@pytest.mark.parametrize(
    ("record", "name"),
    [
        ({"prompt": CAPITALS}, "few_shot"),
        ({"prompt": CAPITALS, "completion": "Madrid"}, "few_shot"),
        ({"messages": TURNS}, "few_shot"),
        ({"prompt": CAPITALS, "chosen": "Madrid", "rejected": "Rome"}, "dpo"),
        ({"prompt": "Q: one example is a form of words.\nA: Is it?", "completion": "Yes."}, "plain"),
        ({"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}] * 3}, "sharegpt"),
    ],
)
def test_a_prompt_with_two_answered_examples_is_recognised(record: dict[str, Any], name: str) -> None:
    assert recognise([record], Dataset(path="x"), "x").name == name


def test_a_prompt_in_which_nothing_is_answered_is_refused() -> None:
    for record in ({"prompt": "Q: why?\nA:"}, {"messages": [{"role": "user", "content": "q"}]}):
        with pytest.raises(UnusableError) as caught:
            list(FORMATS["few_shot"].read(record, PLAIN))
        assert caught.value.reason == "empty"


def test_every_row_leads_back_to_its_prompt(imported: Import, tmp_path: Path) -> None:
    path = tmp_path / "prompts.jsonl"
    records = [
        {"prompt": CAPITALS},
        {"prompt": CAPITALS.replace("capital", "seat"), "note": "x"},
        {"prompt": "Q: why?\nA:"},
    ]
    path.write_text("\n".join(map(json.dumps, records)))
    outcome = imported(path, format="few_shot")
    rows = outcome.kept.to_pylist()
    assert [row["record"] for row in rows] == [0, 0, 1, 1]
    assert len({row["example_id"] for row in rows}) == 4
    assert [reason for reason, _ in refusals(outcome)] == ["empty"]
