from pathlib import Path
from typing import Any

import pytest

from tasks.generation.from_rows.reasoning import SYSTEM, Reasoning, Style
from tests.generation.making import made
from tests.servers.models import ModelServer
from tests.servers.wire import Reply
from tests.teachers.prompts.material import examples_of

STEPS = "Seven sixes are 7 × 6 = 42."
ROWS = examples_of("What is 7 × 6?", response="42", reference="42")


def test_one_parent_gives_a_row_with_reasoning_and_one_without(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.reply = lambda _seen: {"reasoning": STEPS, "answer": "42"}
    outcome = made(model_server, tmp_path, Reasoning(styles=("long",)), ROWS)
    thought, bare = outcome.kept.to_pylist()
    assert (thought["reasoning"], thought["response"], thought["system"]) == (STEPS, "42", SYSTEM["long"])
    assert (bare["reasoning"], bare["response"], bare["system"]) == (None, "42", SYSTEM["answer_only"])
    assert {row["parent_id"] for row in (thought, bare)} == {"e0"}
    assert thought["example_id"] != bare["example_id"]
    assert outcome.facts["proved"] == 1
    assert outcome.facts["made"] == {"with_reasoning": 1, "answer_only": 1}


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ({"reasoning": "Seven sixes are 7 × 6 = 48.", "answer": "48"}, "fails_check"),
        ({"reasoning": "Seven sixes are 7 × 6 = 43, roughly 42.", "answer": "42"}, "fails_check"),
        ({"reasoning": "Count. The answer is 41.", "answer": "42"}, "other_result"),
        ({"reasoning": "", "answer": "42"}, "malformed_answer"),
        ({"reasoning": "I multiply the two step by step.", "answer": "42"}, "no_steps"),
        ({"reasoning": "7 × 6 = 42. Here is how I found 42:", "answer": "42"}, "no_steps"),
        ({"reasoning": STEPS, "answer": "7 × 6 = 42"}, "malformed_answer"),
        ({"reasoning": STEPS, "answer": ""}, "malformed_answer"),
        ({"reasoning": STEPS, "answer": "I'm sorry, but I cannot help with that."}, "refusal"),
    ],
)
def test_what_is_not_right_is_refused(model_server: ModelServer, tmp_path: Path, reply: Any, reason: str) -> None:
    model_server.reply = lambda _seen: reply
    outcome = made(model_server, tmp_path, Reasoning(), ROWS)
    assert outcome.rejected["reason"].to_pylist() == [reason]
    assert outcome.kept.num_rows == 0


@pytest.mark.parametrize("style", ["short", "long"])
def test_each_style_is_asked_for(model_server: ModelServer, tmp_path: Path, style: Style) -> None:
    model_server.reply = lambda _seen: {"reasoning": STEPS, "answer": "42"}
    rows = examples_of("What is 7 × 6?", response="42", system="Be kind.")
    outcome = made(model_server, tmp_path, Reasoning(styles=(style,), makes=("with_reasoning",)), rows)
    (kept,) = outcome.kept.to_pylist()
    assert kept["system"] == f"Be kind.\n{SYSTEM[style]}"
    assert ("at length" in model_server.seen[0].system) == (style == "long")
    assert outcome.facts["proved"] == 0, "nothing to check it by"


def test_a_failure_is_a_failed_row(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.reply = lambda _seen: Reply(status=400, text="no")
    assert made(model_server, tmp_path, Reasoning(), ROWS).failed.num_rows == 1
