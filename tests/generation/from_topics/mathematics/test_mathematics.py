"""The method `mathematics`: what is kept is agreed on and confirmed, what is not says why, variants have the answer they must."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.errors import BadInput
from tasks.core.outcome import Outcome, Tools
from tasks.generation.from_topics.mathematics.params import MathematicsRows
from tasks.generation.from_topics.mathematics.problems import known_answer
from tasks.generation.from_topics.mathematics.variants import _masked, numbers
from tasks.verification.execution import mathematics
from tests.generation.making import made
from tests.servers.models import ModelServer
from tests.servers.wire import Reply, Seen

pytestmark = pytest.mark.usefixtures("sandboxed")

QUESTION = "A box holds 12 eggs. Anna buys 3 boxes and uses 5 eggs. How many eggs are left?"
RIGHT = {"solution": "She buys 3 × 12 = 36 eggs. Then 36 − 5 = 31 are left.", "answer": "31"}
OTHER = {"solution": "She has 12 + 3 = 15 eggs. Then 15 − 5 = 10 are left.", "answer": "10"}
WRONG = {"solution": "She buys 3 × 12 = 38 eggs. Then 38 − 5 = 33 are left.", "answer": "33"}
BARE = {"solution": "eggs bought − eggs used = eggs left, so x = 31.", "answer": "31"}
PROGRAM = {"program": "def solve():\n    return 3 * 12 - 5"}


def kind_of(seen: Seen) -> str:
    """Which prompt a question came from."""
    marks = {
        "You write problems": "problem",
        "step by step": "solution",
        "by writing Python": "program",
        "in other words": "rephrase",
        "into statements": "statement",
    }
    return next(kind for words, kind in marks.items() if words in seen.system.split("\n")[0])


def answering(**replies: Any) -> Callable[[Seen], Any]:
    """A server that answers each kind of question in its way; a list has an answer for each time it is asked, a function sees the
    question."""
    given: dict[str, Any] = {"problem": {"question": QUESTION}, "solution": RIGHT, "program": PROGRAM, **replies}
    asked = dict.fromkeys(given, 0)

    def reply(seen: Seen) -> Any:
        kind = kind_of(seen)
        found = given[kind]
        if callable(found):
            return found(seen.prompt)
        if isinstance(found, list):
            found = found[min(asked[kind], len(found) - 1)]
        asked[kind] += 1
        return found

    return reply


def run(server: ModelServer, folder: Path, at_once: int = 1, **params: Any) -> Outcome:
    """`at_once` requests at a time, one so that they come in order."""
    settings = {"topics": () if "known" in params else ("eggs",), "rows": 1, "samples": 1} | params
    return made(server, folder, MathematicsRows(**settings), concurrency=at_once)


def reasons(outcome: Outcome) -> list[str]:
    return sorted(outcome.rejected["reason"].to_pylist())


def test_the_answer_of_the_majority_is_kept_and_every_other_solution_says_why_not(
    model_server: ModelServer, tmp_path: Path
) -> None:
    model_server.reply = answering(solution=[OTHER, WRONG, RIGHT, RIGHT | {"answer": "31.0"}, RIGHT])
    outcome = run(model_server, tmp_path, samples=5, personas=["You sell eggs."])
    (row,) = outcome.kept.to_pylist()
    assert (row["instruction"], row["reference"], row["pass_rate"]) == (QUESTION, "31", 3 / 5)
    assert row["response"] == f"{RIGHT['solution']}\n\nThe answer is 31."
    assert (row["topic"], row["difficulty"], row["persona"]) == ("eggs", "easy", "You sell eggs.")
    assert mathematics.judge(row["instruction"], row["response"], row["reference"]).word == "pass"
    assert reasons(outcome) == ["not_chosen", "not_chosen", "wrong_answer", "wrong_calculation"]
    assert set(outcome.rejected["parent_id"].to_pylist()) == {row["example_id"]}
    assert model_server.requests == 7, "equal requests are not taken for one"


def test_of_right_solutions_one_that_shows_its_calculations_is_kept(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.reply = answering(solution=[BARE, RIGHT])
    outcome = run(model_server, tmp_path, samples=2)
    assert outcome.kept["response"].to_pylist() == [f"{RIGHT['solution']}\n\nThe answer is 31."]
    assert (reasons(outcome), outcome.kept["pass_rate"].to_pylist()) == (["not_chosen"], [1.0])


@pytest.mark.parametrize("answer", ["31 kg", "3 × 12 − 5 = 31", "The number of eggs is 31."])
def test_an_answer_with_its_unit_or_calculation_is_held_against_the_number_of_a_program(
    model_server: ModelServer, tmp_path: Path, answer: str
) -> None:
    model_server.reply = answering(solution=RIGHT | {"answer": answer})
    assert run(model_server, tmp_path, samples=2).kept.num_rows == 1


@pytest.mark.parametrize(
    ("replies", "reason", "detail"),
    [
        ({"solution": [RIGHT, OTHER]}, "no_agreement", "31 (1); 10 (1)"),
        ({"program": {"program": "def solve():\n    return 32"}}, "program_disagrees", "32 against 31"),
        ({"program": {"program": "def solve():\n    return eggs"}}, "program_disagrees", "NameError"),
        ({"program": Reply(status=400)}, "program_disagrees", "no result"),
        ({"solution": RIGHT | {"answer": "30"}}, None, ""),
        ({"solution": {"solution": "The answer is 12.", "answer": "31"}}, "two_answers", "12"),
        ({"solution": RIGHT | {"answer": "more " * 30}}, "no_answer", "more"),
        ({"solution": WRONG}, "wrong_calculation", "36"),
        ({"solution": BARE}, "no_calculation", "2 right"),
        ({"solution": {"solution": "I cannot help with that.", "answer": "31"}}, "refusal", "cannot help"),
        ({"problem": {"question": "Eggs"}}, "too_short", "1 words"),
    ],
)
def test_what_is_not_confirmed_is_rejected_with_its_reason(
    model_server: ModelServer, tmp_path: Path, replies: dict[str, Any], reason: str | None, detail: str
) -> None:
    model_server.reply = answering(**replies)
    outcome = run(model_server, tmp_path, samples=2)
    assert outcome.kept.num_rows == 0
    assert reason is None or set(reasons(outcome)) == {reason}
    assert all(detail in row["detail"] for row in outcome.rejected.to_pylist())


def test_known_answers_decide_whatever_the_majority_says(model_server: ModelServer, tmp_path: Path) -> None:
    file = tmp_path / "known.jsonl"
    records = [
        {"question": QUESTION, "answer": "3 * 12 = <<3*12=36>>36\n36 - 5 = <<36-5=31>>31\n#### 31"},
        {
            "question": "How many eggs does a hen lay?",
            "answer": "It depends. Some lay more than others do, some fewer, some none.",
        },
    ]
    file.write_text("\n".join(map(json.dumps, records)))
    model_server.reply = answering(solution=[OTHER, RIGHT, OTHER, RIGHT | {"solution": "36 − 5 = 31."}])
    outcome = run(model_server, tmp_path, known=file, rows=5, samples=4, answers=2)
    first, second = outcome.kept.to_pylist()
    assert (first["reference"], second["reference"], second["operator"]) == ("31", "31", "answer_augmentation")
    assert (first["attempts"], second["attempts"], second["parent_id"]) == (2, 4, first["example_id"])
    assert reasons(outcome) == ["no_known_answer", "wrong_answer", "wrong_answer"]
    assert {kind_of(seen) for seen in model_server.seen} == {"solution"}
    identity = MathematicsRows(known=file).identity()
    file.write_text(json.dumps(records[0]))
    assert MathematicsRows(known=file).identity() != identity


def test_one_right_solution_of_many_is_too_few(model_server: ModelServer, tmp_path: Path) -> None:
    file = tmp_path / "known.jsonl"
    file.write_text(json.dumps({"question": QUESTION, "answer": "31"}))
    model_server.reply = answering(solution=[RIGHT, OTHER, OTHER])
    outcome = run(model_server, tmp_path, known=file, samples=3)
    assert reasons(outcome) == ["wrong_answer"] * 3
    assert {row["detail"] for row in outcome.rejected.to_pylist()} == {"1 of 3 solutions come to 31"}


def solving_backwards(prompt: str) -> dict[str, str]:
    """Finds the number that is missing: 12 eggs in a box, 3 boxes, 5 used."""
    if " x " not in f" {prompt} ":
        return RIGHT
    missing = next(number for number in ("12", "3", "5") if number not in numbers(prompt))
    steps = {"12": "(31 + 5) / 3 = 12", "3": "(31 + 5) / 12 = 3", "5": "3 × 12 − 31 = 5"}[missing]
    return {"solution": f"We have {steps}, so x = {missing}.", "answer": missing}


def test_variants_have_the_answer_that_they_must(model_server: ModelServer, tmp_path: Path) -> None:
    stated = "A box holds 12 eggs. Anna buys 3 boxes and uses 5 eggs. 31 eggs are left."
    model_server.reply = answering(
        rephrase={
            "question": "Anna uses 5 eggs of the 3 boxes that she bought, with 12 in each. How many has she now?"
        },
        statement={"statement": stated},
        solution=solving_backwards,
    )
    outcome = run(model_server, tmp_path, variants=["rephrase", "inverse", "self_verification"])
    origin, rephrased, inverse, verified = outcome.kept.to_pylist()
    assert {row["parent_id"] for row in (rephrased, inverse, verified)} == {origin["example_id"]}
    assert [row["operator"] for row in (rephrased, inverse, verified)] == ["rephrase", "inverse", "self_verification"]
    assert rephrased["reference"] == "31"
    for row in (inverse, verified):
        assert row["reference"] in {"12", "3", "5"}
        assert row["reference"] not in numbers(row["instruction"])
        assert row["instruction"].lower().endswith("what is the value of unknown variable x?")
    assert "is 31, what" in inverse["instruction"]
    assert outcome.facts["variants"] == {"rephrase": 1, "inverse": 1, "self_verification": 1}


@pytest.mark.parametrize(
    ("replies", "variant", "reason"),
    [
        ({"rephrase": {"question": "Anna has 4 boxes of 12 eggs and uses 5. How many now?"}}, "rephrase", "changes_numbers"),
        ({"rephrase": {"question": QUESTION}}, "rephrase", "near_equal"),
        ({"rephrase": {"question": QUESTION.replace("How", "So how")}, "solution": [RIGHT, OTHER]}, "rephrase", "wrong_answer"),
        ({"solution": [RIGHT, OTHER]}, "inverse", "wrong_answer"),
        ({"statement": {"statement": "A box holds 12 eggs. 31 are left."}}, "self_verification", "changes_numbers"),
        ({"statement": {"statement": f"{QUESTION} 31."}}, "self_verification", "nothing_to_mask"),
        ({"problem": {"question": "Of 3 hens, 3 cats and 3 cows, how many have x legs?"}}, "inverse", "nothing_to_mask"),
    ],
)  # fmt: skip
def test_a_variant_that_went_wrong_says_why(
    model_server: ModelServer, tmp_path: Path, replies: dict[str, Any], variant: str, reason: str
) -> None:
    model_server.reply = answering(**replies)
    outcome = run(model_server, tmp_path, variants=[variant])
    assert (outcome.kept.num_rows, reasons(outcome)) == (1, [reason])


def test_calls_without_an_answer_fail_alone_and_rounds_are_batches(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.reply = answering(
        problem=[{"question": QUESTION}, {"question": "A hen lays 3 eggs in 4 days. How many in 28 days?"}],
        solution=lambda prompt: (
            {"solution": "28 / 4 × 3 = 21", "answer": "21"} if "hen" in prompt else Reply(status=400)
        ),
        program={"program": "def solve():\n    return 21"},
    )
    model_server.delay = 0.1
    outcome = run(model_server, tmp_path, rows=2, samples=3, topics=["a", "b"], at_once=8)
    assert (outcome.kept.num_rows, outcome.failed.num_rows, reasons(outcome)) == (1, 3, ["not_chosen"] * 2)
    assert model_server.most_in_flight == 6


def test_something_has_to_be_named(model_server: ModelServer, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="name topics, or a file"):
        run(model_server, tmp_path, topics=[])
    (tmp_path / "none.jsonl").write_text(
        '{"question": "Why is that so?", "answer": "Nobody knows, and so it stays unknown to all of us."}'
    )
    with pytest.raises(BadInput, match="no problem with a short final answer"):
        run(model_server, tmp_path, known=tmp_path / "none.jsonl")


@pytest.mark.parametrize(
    ("text", "answer"),
    [("so\n#### 18", "18"), ("$\\boxed{\\frac{1}{2}}$", "\\frac{1}{2}"), ("42", "42"), ("a\nb", None), ("", None)],
)
def test_known_answers_are_read_as_they_are_marked(text: str, answer: str | None) -> None:
    assert known_answer(text) == answer


@given(st.lists(st.integers(2, 10**6) | st.decimals(1, 99, places=2), min_size=1, max_size=6), st.integers(0, 99))
def test_one_number_that_stands_alone_is_masked_and_can_be_put_back(values: list[Any], draw: int) -> None:
    text = " ".join(f"take {value:,} of them," for value in values)
    found = _masked(text, numbers(text), str(draw), Tools("key", Path()))
    if found is None:
        assert len({str(value) for value in values}) < len(values)
    else:
        masked, number = found
        assert masked.replace(" x ", f" {number} ") == text
