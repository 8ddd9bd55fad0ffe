"""The method `code`: what is kept passes its tests in the sandbox, what is not says why, and each round is one batch."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tasks.core.errors import BadInput
from tasks.core.outcome import Outcome, Tools
from tasks.generation.from_topics.code.exercises import stray
from tasks.generation.from_topics.code.params import CodeRows
from tasks.generation.from_topics.code.seeds import seeds
from tasks.verification.execution import code, programs, sandbox
from tests.generation.making import made
from tests.servers.models import ModelServer
from tests.servers.wire import Reply, Seen
from tests.teachers.prompts.material import chunks_of

pytestmark = pytest.mark.usefixtures("sandboxed")

GOOD = "def double(x):\n    return 2 * x"
WRONG = "def double(x):\n    return x + 2"
TESTS = [f"assert double({x}) == {2 * x}" for x in (0, 1, 2, 5, -3)]
ASKED = {"problem": "Write a function that doubles a number.", "signature": "def double(x: int) -> int"}
node = pytest.mark.skipif(not sandbox.available("javascript"), reason="node is not installed")


def kind_of(seen: Seen) -> str:
    """Which prompt a question came from."""
    marks = {
        "You write programming exercises": "exercise",
        "You test programs": "tests",
        "You solve an exercise": "solution",
        "you mend it": "repair",
        "You translate programs": "translation",
        "You explain programs": "explanation",
        "from its explanation": "back",
    }
    return next(kind for words, kind in marks.items() if words in " ".join(seen.system.split("\n")[:1]))


def answering(**replies: Any) -> Callable[[Seen], Any]:
    """A server that answers each kind of question in its way; a list has an answer for each time it is asked."""
    given = {
        "exercise": ASKED,
        "tests": {"assertions": TESTS},
        "solution": {"approach": "Multiply by two.", "program": GOOD},
        **replies,
    }
    asked = dict.fromkeys(given, 0)

    def reply(seen: Seen) -> Any:
        kind = kind_of(seen)
        found = given[kind]
        if isinstance(found, list):
            found = found[min(asked[kind], len(found) - 1)]
        asked[kind] += 1
        return found

    return reply


def run(server: ModelServer, folder: Path, at_once: int = 1, **params: Any) -> Outcome:
    """`at_once` requests at a time, one so that they come in order."""
    settings = {"topics": ("numbers",), "rows": 1, "solutions": 1, "repairs": 0} | params
    return made(server, folder, CodeRows(**settings), concurrency=at_once)


def test_a_kept_row_passes_its_tests_and_says_how_it_came(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.reply = answering()
    (row,) = run(model_server, tmp_path, personas=["You teach."]).kept.to_pylist()
    assert row["instruction"] == (
        f"{ASKED['problem']}\n\nWrite it in Python:\n\n```python\n{ASKED['signature']}\n```\n\n`double(0)` returns `0`."
    )
    assert row["response"] == f"Multiply by two.\n\n```python\n{GOOD}\n```"
    assert row["tests"].splitlines() == TESTS
    assert (row["attempts"], row["pass_rate"], row["topic"], row["difficulty"]) == (1, 1.0, "numbers", "easy")
    assert (row["persona"], row["teacher"], len(row["requests"])) == ("You teach.", "openai/test-model", 3)
    judged = code.judge(programs.find(row["response"]), row["tests"], code.Programs())
    assert judged.verdict.word == "pass"
    tests_asked = next(seen for seen in model_server.seen if kind_of(seen) == "tests")
    assert GOOD not in tests_asked.prompt, "the tests are written without a solution"


@pytest.mark.parametrize(
    ("replies", "reason", "detail"),
    [
        ({"exercise": ASKED | {"signature": "double"}}, "no_signature", "double"),
        ({"exercise": ASKED | {"problem": "Write this:\n```python\npass\n```"}}, "holds_code", ""),
        ({"exercise": ASKED | {"problem": "I cannot help with that."}}, "refusal", "cannot help"),
        ({"tests": {"assertions": ["assert double(1) == 2", "assert double(1) == 2", "x"]}}, "too_few_tests", "1 of 3"),
        ({"solution": {"approach": "", "program": WRONG}}, "no_agreement", "1 of 5; assert double(0) == 0: got 2"),
        ({"solution": {"approach": "", "program": "def double(x:"}}, "no_agreement", "line 1"),
        ({"solution": {"approach": "", "program": f"{GOOD}\nprint(double(2))"}}, "no_agreement", "at the top level"),
        ({"solution": {"approach": "", "program": f"{GOOD}\ndef rest(): return y"}}, "undefined_name", "y (line 3)"),
        (
            {
                "tests": {"assertions": [f"assert double({x}) == 0" for x in range(4)]},
                "solution": {"approach": "", "program": "def double(x):\n    return 0"},
            },
            "tests_prove_nothing",
            "return 0",
        ),
    ],
)
def test_what_is_not_proven_is_rejected_with_its_reason(
    model_server: ModelServer, tmp_path: Path, replies: dict[str, Any], reason: str, detail: str
) -> None:
    model_server.reply = answering(**replies)
    outcome = run(model_server, tmp_path)
    (row,) = outcome.rejected.to_pylist()
    assert (row["reason"], outcome.kept.num_rows) == (reason, 0)
    assert detail in row["detail"]


def test_an_error_is_fed_back_until_the_program_stands(model_server: ModelServer, tmp_path: Path) -> None:
    right = {"approach": "Double it.", "program": f"```python\n{GOOD}\n```"}
    model_server.reply = answering(
        solution={"approach": "", "program": WRONG},
        repair=[{"approach": "", "program": "def double(x):\n    return x * x"}, right],
    )
    (row,) = run(model_server, tmp_path, repairs=3).kept.to_pylist()
    shown = [seen.prompt for seen in model_server.seen if kind_of(seen) == "repair"]
    assert "assert double(0) == 0: got 2" in shown[0]
    assert "assert double(1) == 2: got 1" in shown[1]
    assert (len(shown), row["attempts"], row["pass_rate"], len(row["requests"])) == (2, 3, 1 / 3, 5)


def test_cases_that_solutions_contradict_are_dropped_and_other_solutions_rejected(
    model_server: ModelServer, tmp_path: Path
) -> None:
    wrong_case = "assert double(7) == 15"
    model_server.reply = answering(
        tests={"assertions": [wrong_case, *TESTS]},
        solution=[{"approach": "", "program": text} for text in (WRONG, GOOD, f"{GOOD}  # two")],
    )
    outcome = run(model_server, tmp_path, solutions=3)
    (row,) = outcome.kept.to_pylist()
    assert row["tests"].splitlines() == TESTS
    assert row["pass_rate"] == pytest.approx(2 / 3)
    assert sorted(zip(outcome.rejected["reason"].to_pylist(), outcome.rejected["detail"].to_pylist(), strict=True)) == [
        ("not_chosen", "passes 1 of 6 test cases"),
        ("not_chosen", "passes 5 of 6 test cases"),
    ]
    assert outcome.facts["cases_contradicted"] == 1


def test_like_exercises_count_once_and_each_round_is_one_batch(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.reply = answering(
        exercise=[ASKED, ASKED, ASKED | {"problem": "Write a function that doubles numbers."}]
    )
    model_server.delay = 0.2
    outcome = run(model_server, tmp_path, rows=3, solutions=4, topics=["a", "b", "c"], at_once=8)
    assert sorted(outcome.rejected["reason"].to_pylist()) == [
        "duplicate_instruction", *["not_chosen"] * 3, "not_novel",
    ]  # fmt: skip
    assert model_server.most_in_flight == 4


@node
def test_translations_and_explanations_are_run_against_the_same_tests(
    model_server: ModelServer, tmp_path: Path
) -> None:
    words = " ".join(["It takes a number and returns the number times two, whatever its sign."] * 3)
    model_server.reply = answering(
        translation={"program": "function double(x) { return x * x; }"},
        repair={"approach": "", "program": "function double(x) { return 2 * x; }"},
        explanation={"explanation": words},
        back={"program": GOOD},
    )
    outcome = run(model_server, tmp_path, translate="javascript", explain=True, repairs=1)
    first, translation, explanation = outcome.kept.to_pylist()
    assert {translation["parent_id"], explanation["parent_id"]} == {first["example_id"]}
    assert translation["response"] == "```javascript\nfunction double(x) { return 2 * x; }\n```"
    assert (translation["attempts"], translation["pass_rate"], translation["operator"]) == (2, 0.5, "javascript")
    assert (
        code.judge(programs.find(translation["response"]), translation["tests"], code.Programs()).verdict.word == "pass"
    )
    assert (explanation["response"], explanation["tests"]) == (words, None)


@node
@pytest.mark.parametrize(
    ("replies", "reason"),
    [
        ({"translation": {"program": "function double(x) { return x; }"}}, "fails_tests"),
        ({"explanation": {"explanation": "It doubles."}}, "too_short"),
        ({"explanation": {"explanation": f"{'so it goes ' * 12}\n{GOOD}"}}, "copies_the_program"),
        ({"back": {"program": WRONG}}, "explains_too_little"),
        ({"back": Reply(status=400)}, None),
    ],
)
def test_a_translation_or_explanation_that_says_something_else_is_rejected(
    model_server: ModelServer, tmp_path: Path, replies: dict[str, Any], reason: str | None
) -> None:
    usual: dict[str, Any] = {
        "translation": {"program": "function double(x) { return 2 * x; }"},
        "explanation": {"explanation": "It takes a number and returns it times two. " * 4},
        "back": {"program": GOOD},
    }
    model_server.reply = answering(**(usual | replies))
    outcome = run(model_server, tmp_path, translate="javascript", explain=True)
    assert outcome.rejected["reason"].to_pylist() == ([reason] if reason else [])
    assert outcome.failed.num_rows == (reason is None)
    assert outcome.kept.num_rows == 2


def test_a_call_without_an_answer_is_a_failed_row(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.reply = answering(solution=[Reply(status=400), {"approach": "", "program": GOOD}])
    outcome = run(model_server, tmp_path, solutions=2)
    assert (outcome.kept.num_rows, outcome.failed.num_rows) == (1, 1)


def test_snippets_come_from_files_and_passages_of_code(tmp_path: Path) -> None:
    folder = tmp_path / "snippets"
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "hidden.py").write_text("hidden = 'this is not looked at'\n" * 3)
    (folder / "long.py").write_text("\n".join(f"value_{number} = {number}" for number in range(100)))
    (folder / "empty.py").write_text("\n")
    (folder / "picture.bin").write_bytes(b"\0" * 100)
    tools = Tools("key", tmp_path)
    documents = chunks_of("for number in numbers:\n    total += number ** 2", kind="code")
    found = seeds(CodeRows(snippets=folder, snippets_licence="MIT"), documents, tools)
    assert [(seed.source, seed.licence) for seed in found] == [("code/long.py", "MIT"), ("book", "public domain")]
    assert {seed.kind for seed in found} == {"snippet"}
    assert len(found[0].text.splitlines()) == 15
    assert found == seeds(CodeRows(snippets=folder, snippets_licence="MIT"), documents, tools)
    (folder / "empty.py").write_text("changed = 1")
    assert CodeRows(snippets=folder).identity() != CodeRows(snippets=folder / "long.py").identity()
    with pytest.raises(BadInput, match="name topics, snippets, or documents"):
        seeds(CodeRows(), chunks_of("prose only"), tools)


@pytest.mark.parametrize(
    ("program", "found"),
    [
        ('"""Says what it is."""\nimport re\nX = 1\nclass A: pass\ndef f(x): return x', ""),
        ("def f(x): return x\nprint(f(1))", "line 2"),
        ("def f(x): return x\nif __name__ == '__main__':\n    f(1)", "line 2"),
        ("def f(", ""),
    ],
)
def test_code_at_the_top_level_is_found(program: str, found: str) -> None:
    assert stray(program).partition(":")[0] == found
