"""Programs in responses: each verdict with its reason and the failing assertion, and what was run in `executed`."""

import time
from typing import Any

import pytest

from tasks.verification.execution import code, programs
from tasks.verification.verifier import Verdict, VerifierContext
from tests.verification.conftest import Table

pytestmark = pytest.mark.usefixtures("sandboxed")

GOOD = "def double(x):\n    return 2 * x"
TESTS = "assert double(2) == 4\nassert double(3) == 6"


def judged(rows: Table, context: VerifierContext, response: str, tests: str | None = None, **settings: Any) -> Verdict:
    table = rows({"response": response, "tests": tests})
    return code.compute(table, code.Programs(**settings), context).rows[0]


@pytest.mark.parametrize(
    ("program", "tests", "reason", "why"),
    [
        (GOOD, TESTS, "", "passes its 2 assertions"),
        ("def double(x):\n    return x + 2", TESTS, "fails_tests", "assert double(3) == 6: got 5"),
        ("def double(x):\n    return y", TESTS, "fails_tests", "NameError"),
        ("def double(x:\n    return x", TESTS, "does_not_parse", "line 1"),
        ("import os\nos._exit(0)", TESTS, "fails_tests", "ended the process"),
        ("import sys\nsys.exit(0)", TESTS, "fails_tests", "SystemExit"),
        ("def double(x):\n    while True: pass", TESTS, "too_slow", "2 s"),
        (GOOD, "assert True", "tests_prove_nothing", "an empty program"),
        (GOOD, "assert double(2) == 4", "tests_prove_nothing", "return 4"),
        (GOOD, "x = double(2)", "tests_prove_nothing", "assert nothing"),
        (GOOD, "assert (", "tests_do_not_parse", "line 1"),
        (GOOD, f"import time\n{TESTS}", "tests_not_repeatable", "the clock"),
        (GOOD, f"assert open('x')\n{TESTS}", "tests_not_repeatable", "files"),
        (GOOD, "def test_it():\n    assert double(2) == 4\n    assert double(1) == 2", "", "passes its 2 assertions"),
    ],
)
def test_a_program_with_tests_is_run_against_them(
    rows: Table, context: VerifierContext, program: str, tests: str, reason: str, why: str
) -> None:
    verdict = judged(rows, context, f"Here you are:\n\n```python\n{program}\n```\n", tests, seconds=2)
    assert verdict.reason == reason, verdict
    assert verdict.word == ("fail" if reason else "pass")
    assert why in verdict.why


def test_what_was_run_stands_in_executed(rows: Table, context: VerifierContext) -> None:
    table = rows(
        {"response": f"```python\n{GOOD}\n```", "tests": f"{TESTS}\nassert double(1) == 3"}, {"response": "No."}
    )
    found = code.compute(table, code.Programs(), context)
    assert found.columns["executed"].to_pylist() == [
        [{"what": "python", "passed": 2, "failed": 1, "detail": "assert double(1) == 3: got 2"}],
        None,
    ]
    assert list(found.rows) == [0]


@pytest.mark.parametrize(
    ("program", "settings", "word", "why"),
    [
        (GOOD, {}, "unsure", "not run, not tested"),
        (GOOD, {"untested": "pass"}, "pass", "not run, not tested"),
        ("def f():\n    return undefined_thing", {}, "fail", "undefined_thing (line 2)"),
        ("print(1)", {"run": True}, "unsure", "runs without an error; not tested"),
        ("1 / 0\nx = 1", {"run": True}, "fail", "ZeroDivisionError"),
        ("x = input()\nprint(x)", {"run": True}, "unsure", "needs input"),
        ("import no_such_package", {"run": True}, "unsure", "needs a package"),
    ],
)
def test_without_tests_nothing_is_said_to_be_right(
    rows: Table, context: VerifierContext, program: str, settings: dict[str, Any], word: str, why: str
) -> None:
    verdict = judged(rows, context, f"```python\n{program}\n```", **settings)
    assert (verdict.word, why in verdict.why) == (word, True), verdict


def test_rows_without_a_program_get_no_verdict_and_those_with_tests_fail(rows: Table, context: VerifierContext) -> None:
    table = rows({}, {"tests": TESTS}, {"response": "```json\n{}\n```"})
    assert {row: one.reason for row, one in code.compute(table, code.Programs(), context).rows.items()} == {
        1: "no_program"
    }


def test_a_language_without_its_tool_is_unsure(rows: Table, context: VerifierContext) -> None:
    verdict = judged(rows, context, "```fortran\nend\n```")
    assert verdict.word == "unsure"
    assert "not available" in verdict.why or "no language" in verdict.why


def test_the_program_is_found_whatever_stands_around_it() -> None:
    assert programs.find("Use:\n```py\na = 1\n```\nOutput:\n```text\n1\n```\nthen\n```python\nb = a\n```") == (
        "a = 1\n\nb = a\n", "python", False,
    )  # fmt: skip
    assert programs.find(GOOD) == (GOOD, "python", True)
    assert programs.find("Import duties are high, and class matters.") is None


@pytest.mark.parametrize(
    ("program", "tests", "word", "why"),
    [
        ("```ruby\ndef double(x)\n  2 * x\nend\n```", None, "unsure", "parses; not run"),
        ("```rb\ndef double(x)\n  2 * x\n```", None, "fail", "line "),
        ("```ts\nconst x: number = 2;\n```", "x === 2", "unsure", "parses; not run"),
        ("```c#\nclass A { int Two() => ; }\n```", None, "fail", "line 1"),
        ("```fortran\nend\n```", None, "unsure", "no grammar"),
    ],
)
def test_where_no_tool_runs_a_language_a_grammar_parses_and_never_passes(
    rows: Table, context: VerifierContext, program: str, tests: str | None, word: str, why: str
) -> None:
    verdict = judged(rows, context, program, tests, untested="pass")
    assert (verdict.word, why in verdict.why) == (word, True), verdict
    assert verdict.reason == ("does_not_parse" if word == "fail" else "")


@pytest.mark.parametrize("text", ["(" * 10**6, 'a)(b;{"' * 140_000, "\0 class {"])
def test_what_is_written_to_wear_a_parser_out_ends_in_time(rows: Table, context: VerifierContext, text: str) -> None:
    start = time.monotonic()
    verdict = judged(rows, context, f"```typescript\n{text}\n```")
    assert verdict.word in ("fail", "unsure")
    assert time.monotonic() - start < 40  # the limit is 10 s, and machines are busy
