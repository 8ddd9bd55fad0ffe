import re
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pytest

from tasks.core.errors import BudgetReached
from tasks.core.outcome import Outcome, Tools
from tasks.generation.from_rows.evol_instruct.evolution import PROMPTS, make, prompt_of
from tasks.generation.from_rows.evol_instruct.lengths import Operator
from tasks.generation.from_rows.evol_instruct.params import EvolInstruct
from tasks.generation.method import Inputs
from tasks.teachers import Budget, TeacherSettings, open_teacher
from tasks.teachers.prompts import grounded
from tests.generation.making import made
from tests.servers.models import ModelServer
from tests.servers.wire import Reply, Seen
from tests.teachers.prompts.material import both_protocols, chunks_of, examples_of

TEXT = "A generator is a function that yields. It keeps its state between calls. A list holds all items at once."
CHUNKS = chunks_of(TEXT)
EVIDENCE = [{"chunk_id": "c0", "start": 0, "end": 38}]
GOOD = {"answer": "A generator keeps its state between calls [1].", "citations": [1], "abstain": False}


def rewritten(seen: Seen) -> str:
    """The instruction in a question, made longer by words that depend on it."""
    before = re.findall(r"<instruction-\w+>\n(.*?)\n</instruction", seen.prompt, re.DOTALL)[0]
    return f"{before} {'Name pitfalls for beginners.' if 'Contrast' in before else 'Contrast memory footprint.'}"


def well(seen: Seen) -> dict[str, Any]:
    """Does what each prompt asks."""
    if "rewrite instructions" in seen.system or "invent instructions" in seen.system:
        return {"instruction": rewritten(seen)}
    if "compare two instructions" in seen.system:
        return {"asks_for_more": True}
    return GOOD


def run(server: ModelServer, folder: Path, rows: pa.Table, provider: str = "openai", **params: Any) -> Outcome:
    return made(server, folder, EvolInstruct(**params), rows, CHUNKS, provider)


def reasons(outcome: Outcome) -> list[str]:
    return list(outcome.rejected["reason"].to_pylist())


@both_protocols
def test_two_rounds_make_a_chain(model_server: ModelServer, tmp_path: Path, provider: str) -> None:
    model_server.reply = well
    rows = examples_of(
        "What is a generator?", evidence=EVIDENCE, difficulty="easy", category="definition", response="R"
    )
    outcome = run(model_server, tmp_path, rows, provider, operators=("deepen", "breadth"))
    (first,) = rows.to_pylist()
    second, third = outcome.kept.to_pylist()
    assert second["parent_id"] == first["example_id"]
    assert third["parent_id"] == second["example_id"]
    assert {second["operator"], third["operator"]} == {"deepen", "breadth"}
    assert [row["generation"] for row in (first, second, third)] == [0, 1, 2]
    for row in (second, third):
        assert row["response"] == "A generator keeps its state between calls."
        assert [TEXT[s["start"] : s["end"]] for s in row["evidence"]] == ["It keeps its state between calls."]
        assert (row["method"], row["answer_method"], row["category"]) == ("evol_instruct", "rag", "definition")
        assert row["teacher"] == f"{provider}/test-model"
        assert row["prompt_source"] == f"{prompt_of(row['operator']).mark} + {grounded.prompt().mark}"
        assert len(set(row["requests"])) == 2
    assert third["difficulty"] == "medium", "one of the two went into depth"
    assert outcome.facts == {
        "attempted": {"breadth": 1, "deepen": 1},
        "evolved": {"breadth": 1, "deepen": 1},
        "survival": {"breadth": 1.0, "deepen": 1.0},
        "least_survival": None,
    }


@pytest.mark.parametrize("operator", get_args(Operator))
def test_each_operator_asks_with_its_own_prompt(model_server: ModelServer, tmp_path: Path, operator: str) -> None:
    model_server.reply = well
    rows = examples_of("What is a generator?", evidence=EVIDENCE)
    run(model_server, tmp_path, rows, operators=(operator,), rounds=1)
    prompt = prompt_of(operator)
    assert prompt.text.splitlines()[0] in model_server.seen[0].system
    assert prompt.name in {path.stem for path in PROMPTS}
    assert TEXT in model_server.prompts[0]


def test_a_failed_evolution_is_tried_again_with_another_operator(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.script({"instruction": "What is a generator?"})
    model_server.reply = well
    rows = examples_of("What is a generator?", evidence=EVIDENCE)
    outcome = run(model_server, tmp_path, rows, rounds=2)
    assert reasons(outcome) == ["near_equal"]
    (failed,) = outcome.rejected.to_pylist()
    evolved = outcome.kept.to_pylist()[0]
    assert failed["parent_id"] == evolved["parent_id"] == "e0"
    assert failed["operator"] != evolved["operator"]


def test_short_instructions_come_first(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.reply = well
    rows = examples_of(
        "Describe in detail what a generator is.", "Generators?", "What is a list?", "Why yield?", evidence=EVIDENCE
    )
    outcome = run(model_server, tmp_path, rows, rounds=1, share=0.5)
    assert sorted(outcome.kept["parent_id"].to_pylist()) == ["e1", "e3"]
    assert run(model_server, tmp_path, rows, rounds=1, most=1).kept["parent_id"].to_pylist() == ["e1"]


def test_rows_with_turns_tools_or_constraints_are_left_alone(model_server: ModelServer, tmp_path: Path) -> None:
    turn = {"role": "user", "content": "Hi", "name": None, "tool_calls": None}
    rows = pa.concat_tables(
        [
            examples_of("Constrained?", evidence=EVIDENCE, constraints=["max_words:40"], example_id="e2"),
            examples_of("Multi-turn?", evidence=EVIDENCE, history=[turn], example_id="e3"),
            examples_of("Tools?", tools="[]", example_id="e4"),
        ]
    )
    assert run(model_server, tmp_path, rows, share=1).kept.num_rows == 0
    assert model_server.requests == 0


@pytest.mark.parametrize("evidence", [None, [{"chunk_id": "elsewhere", "start": 0, "end": 1}]])
def test_a_row_without_passages_is_answered_from_what_the_model_knows(
    model_server: ModelServer, tmp_path: Path, evidence: list[dict[str, Any]] | None
) -> None:
    model_server.reply = lambda seen: {"answer": "It yields."} if "as an expert" in seen.system else well(seen)
    rows = examples_of("What is a generator?", evidence=evidence, method="imported", response="R")
    outcome = run(model_server, tmp_path, rows, rounds=1, share=1)
    (row,) = outcome.kept.to_pylist()
    assert (row["response"], row["evidence"], row["answer_method"]) == ("It yields.", None, "closed_book")
    model_server.reply = lambda seen: {"answer": " "} if "as an expert" in seen.system else well(seen)
    refused = run(model_server, tmp_path / "again", rows, rounds=1, share=1)
    assert reasons(refused) == ["malformed_answer"]


def test_every_attempt_is_accounted_for_whatever_comes_back(model_server: ModelServer, tmp_path: Path) -> None:
    texts = {
        "one?": {"instruction": ""},
        "two?": {"instruction": "I'm sorry, but I cannot rewrite this."},
        "three?": "garbage",
        "four?": Reply(status=400, message="not accepted"),
        "eight?": {"instruction": "It keeps its state between calls."},
        "five?": {"instruction": "#Rewritten Prompt# Explain generators, coroutines and closures"},
    }

    def reply(seen: Seen) -> Any:
        asked = re.findall(r"<instruction-\w+>\\n(\w+\?)\\n", str(seen.body["messages"]))
        if asked and asked[0] in texts:
            return texts[asked[0]]
        return GOOD | {"abstain": True} if "six?" in seen.prompt and "You answer" in seen.system else well(seen)

    model_server.reply = reply
    rows = examples_of(*texts, "six?", "seven?", evidence=EVIDENCE)
    outcome = run(model_server, tmp_path, rows, rounds=1, share=1)
    assert Counter(reasons(outcome)) == {
        "empty": 1,
        "refusal": 1,
        "copied_passage": 1,
        "prompt_leakage": 1,
        "abstained": 1,
    }
    assert sorted(outcome.failed["parent_id"].to_pylist()) == ["e2", "e3"]
    assert outcome.kept["parent_id"].to_pylist() == ["e7"]
    assert outcome.failed.num_rows + outcome.rejected.num_rows + outcome.kept.num_rows == 8


def test_the_same_question_is_not_made_twice(model_server: ModelServer, tmp_path: Path) -> None:
    same = {"instruction": "Contrast generators with lists: memory, speed, reuse."}
    model_server.reply = lambda seen: GOOD if "You answer" in seen.system else same
    rows = examples_of("Generators?", "Lists?", evidence=EVIDENCE)
    outcome = run(model_server, tmp_path, rows, rounds=1, share=1)
    assert reasons(outcome) == ["duplicate_instruction"]
    assert outcome.rejected["detail"].to_pylist() == [outcome.kept["example_id"][0].as_py()]


def test_survival_is_judged_of_operators_that_were_tried_often(model_server: ModelServer, tmp_path: Path) -> None:
    asked = 0

    def seldom(seen: Seen) -> dict[str, Any]:
        nonlocal asked
        if "rewrite instructions" not in seen.system:
            return GOOD
        asked += 1
        return {"instruction": rewritten(seen) if asked % 5 == 0 else "It."}

    model_server.reply = seldom
    rows = examples_of(*(f"What does generator {number} keep?" for number in range(20)), evidence=EVIDENCE)
    outcome = run(model_server, tmp_path, rows, rounds=1, share=1, operators=("deepen",))
    assert outcome.facts["survival"] == {"deepen": 0.2}
    assert outcome.facts["least_survival"] == 0.2
    few = run(model_server, tmp_path, rows.slice(1), rounds=1, share=1, operators=("deepen",))
    assert few.facts["least_survival"] is None


def test_the_teacher_may_judge_that_nothing_was_gained(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.reply = lambda seen: {"asks_for_more": False} if "compare two" in seen.system else well(seen)
    rows = examples_of("Generators?", evidence=EVIDENCE)
    outcome = run(model_server, tmp_path, rows, rounds=1, judge=True)
    assert outcome.rejected.select(["reason", "detail"]).to_pylist() == [
        {"reason": "no_gain", "detail": "in the teacher's judgement"}
    ]
    assert model_server.requests == 2, "no answer is paid for"


def test_a_row_evolves_alike_whoever_stands_beside_it(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.reply = well
    rows = examples_of("Generators?", "Lists?", "Tuples?", evidence=EVIDENCE)
    outcome = run(model_server, tmp_path, rows, share=1)
    model_server.forget()
    alone = run(model_server, tmp_path, rows.slice(1, 1), share=1)
    assert model_server.requests == 0, "the journal has all the answers"
    ids = set(outcome.kept["example_id"].to_pylist())
    assert set(alone.kept["example_id"].to_pylist()) < ids


def test_a_reached_budget_is_no_failed_row(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.reply = well
    settings = TeacherSettings(provider="openai", model="m", base_url=model_server.openai_url)
    rows = examples_of("Generators?", "Lists?", evidence=EVIDENCE)
    with (
        open_teacher(settings, Tools("key", tmp_path), Budget(requests=1)) as teacher,
        pytest.raises(BudgetReached),
    ):
        make(Inputs(CHUNKS, rows), EvolInstruct(share=1), teacher, Tools("key", tmp_path))
