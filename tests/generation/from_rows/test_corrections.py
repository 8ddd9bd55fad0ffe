from pathlib import Path
from typing import Any

import pytest

from tasks.generation.from_rows.corrections import Corrections
from tests.generation.from_rows.answered import answering, fenced
from tests.generation.making import made
from tests.servers.models import ModelServer
from tests.servers.wire import Reply, Seen
from tests.teachers.prompts.material import examples_of

WRONG, RIGHT = "The answer is 48.", "7 × 6 = 42.\nThe answer is 42."
ROWS = examples_of("What is 7 × 6?", response=WRONG, reference="42", origin="human")


def test_a_wrong_response_is_answered_again_with_the_reason(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.reply = answering("The answer is 41.", RIGHT)
    outcome = made(model_server, tmp_path, Corrections(), ROWS)
    (kept,) = outcome.kept.to_pylist()
    assert (kept["response"], kept["rejected"], kept["attempts"], kept["origin"]) == (RIGHT, None, 3, "synthetic")
    assert "41" in kept["rationale"]
    assert (outcome.rejected["reason"].to_pylist(), outcome.facts["corrected_by_round"]) == (["still_wrong"], [0, 1])
    first, second = model_server.seen
    assert fenced(first, "answer") == WRONG
    assert "48" in fenced(first, "fault")
    assert "41" in fenced(second, "fault")


def test_the_old_response_loses_a_pair(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.reply = answering(RIGHT)
    (kept,) = made(model_server, tmp_path, Corrections(pair=True), ROWS).kept.to_pylist()
    assert (kept["response"], kept["rejected"]) == (RIGHT, WRONG)


@pytest.mark.parametrize(
    ("columns", "faults"),
    [
        ({"response": RIGHT, "reference": "42"}, {}),
        ({"response": "Generators keep their state. They do it by means of the"}, {"substance": 1}),
        ({"response": RIGHT, "evidence": [{"chunk_id": "c0", "start": 0, "end": 3}], "reference": "1"}, {}),
    ],
)
def test_only_rows_with_a_fault_are_asked_about(
    model_server: ModelServer, tmp_path: Path, columns: dict[str, Any], faults: dict[str, int]
) -> None:
    model_server.reply = answering("Generators keep their state between calls.")
    outcome = made(model_server, tmp_path, Corrections(), examples_of("How do generators keep state?", **columns))
    assert outcome.facts["faults"] == faults
    assert model_server.requests == outcome.kept.num_rows == sum(faults.values())


def test_a_judge_finds_faults_and_has_to_be_content(model_server: ModelServer, tmp_path: Path) -> None:
    levels = {"Bad.": 1, "Worse.": 1, "Good.": 5}
    answer = answering("Worse.", "Good.")

    def reply(seen: Seen) -> Any:
        if "You judge rows" not in seen.system:
            return answer(seen)
        names = ("accuracy", "helpfulness", "clarity_and_tone", "conciseness", "completeness")
        return {name: {"reason": "it is so", "score": levels[fenced(seen, "response")]} for name in names}

    model_server.reply = reply
    rows = examples_of("Why does it rain?", response="Bad.")
    params = Corrections(find=("judge",), judge="critic")
    assert params.teacher_names() == ("", "critic")
    outcome = made(model_server, tmp_path, params, rows)
    assert outcome.kept["response"].to_pylist() == ["Good."]
    assert outcome.rejected["reason"].to_pylist() == ["still_wrong"]
    assert outcome.facts["faults"] == {"judge": 1}


def test_refusals_and_failures_leave_once(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.script({"answer": "I'm sorry, but I cannot help with that."})
    model_server.reply = lambda _seen: Reply(status=400, text="no")
    rows = examples_of("What is 7 × 6?", "What is 14 × 3?", response=WRONG, reference="42")
    outcome = made(model_server, tmp_path, Corrections(), rows)
    assert (outcome.rejected["reason"].to_pylist(), outcome.failed.num_rows) == (["refusal"], 1)
