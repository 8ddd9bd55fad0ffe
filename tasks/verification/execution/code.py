"""Programs in responses: parsed, looked over for undefined names, and run against the row's own tests in the sandbox."""

import json
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any, Final, Literal

import pyarrow as pa
from pydantic import Field

from tasks.core.schema import EXECUTION
from tasks.verification.execution import grammars, programs, sandbox
from tasks.verification.execution.json_tests import json_tests
from tasks.verification.execution.programs import FoundProgram
from tasks.verification.execution.trying import tried
from tasks.verification.verifier import Verdict, Verdicts, Verifier, VerifierContext, VerifierParams

REASONS: Final = {
    "no_program": "the row has tests, and its response no program; detail: what was looked for",
    "does_not_parse": "the program does not parse or compile; detail: the first error",
    "undefined_name": "the program uses a name that nothing defines; detail: the names and their lines",
    "fails_tests": "the program fails its tests; detail: the first failing assertion, and what was there instead",
    "raises": "the program ends with an error when it is run; detail: the error",
    "too_slow": "the program or its tests do not end in time; detail: the limit",
    "tests_prove_nothing": "a program that does nothing passes the tests; detail: which",
    "tests_do_not_parse": "the row's tests are no program; detail: the error",
    "tests_not_repeatable": "the tests read files, the clock, the network or true randomness; detail: which",
}
_SLOW: Final = "still running"
_NEEDS: Final = ("ModuleNotFoundError", "EOFError")


class Programs(VerifierParams):
    """Programs in responses, run against the row's `tests`; rows without a program get no verdict, nor do tests of another kind."""

    verifier: Literal["code"] = "code"

    run: bool = False
    """Run programs that have no tests, for errors."""
    untested: Literal["unsure", "pass"] = "unsure"
    """The verdict on a program without tests in which nothing wrong was found."""
    language: str = ""
    """The language of programs of which neither a fence nor the text says it; empty: such responses are no programs."""
    seconds: Annotated[float, Field(gt=0, le=300)] = 5.0
    """Wall time of a program with its tests; the tests on programs that do nothing have as much again."""
    memory_mb: Annotated[int, Field(ge=64, le=16384)] = 512
    """Memory of a program, in MiB."""


@dataclass(frozen=True)
class JudgedProgram:
    """What was found about one program."""

    verdict: Verdict
    executed: dict[str, Any] | None = None
    """What was run, as in the column `executed`."""
    marks: str = ""
    """Of a Python program with tests, a letter for each assertion in the order in which they ran: P passed, F failed."""


def compute(rows: pa.Table, params: Programs, context: VerifierContext) -> Verdicts:
    """Judges rows whose response holds a program, and rows with tests. Replaces `executed` by what was run before and now.

    Facts: the programs by language, how many were tested, and how many could not be run here. Raises NoSandbox.
    """
    responses, tests = rows["response"].to_pylist(), rows["tests"].to_pylist()
    found = [programs.find(response or "", params.language) for response in responses]
    others = [json_tests(text) is not None for text in tests]
    todo = {row: found[row] for row in range(rows.num_rows) if (found[row] or tests[row]) and not others[row]}
    judged = tried(todo, lambda row, program: judge(program, tests[row] or "", params), context.tools)
    verdicts = {row: one.verdict for row, one in judged.items()}
    executed = rows["executed"].to_pylist()
    for row, one in judged.items():
        if one.executed:
            executed[row] = [*(executed[row] or ()), one.executed]
    languages = [one.language for one in found if one]
    facts = {
        "programs": {name: languages.count(name) for name in sorted(set(languages))},
        "tested": sum(bool(found[row] and tests[row]) for row in todo),
        "not_available": sum("not available" in verdict.why for verdict in verdicts.values()),
    }
    return Verdicts(verdicts, columns={"executed": pa.array(executed, pa.list_(EXECUTION))}, facts=facts)


def judge(program: FoundProgram | None, tests: str, params: Programs) -> JudgedProgram:
    """The verdict on one program, run in the sandbox against `tests` (empty: none). Raises NoSandbox."""
    if program is None:
        return JudgedProgram(Verdict("fail", "the response holds no program", "no_program"))
    if program.language == "python":
        return _judge_python(program, tests, params)
    try:
        return _judge_other(program, tests, params)
    except sandbox.Unavailable as error:
        return JudgedProgram(_parsed(program, error))


def _judge_python(program: FoundProgram, tests: str, params: Programs) -> JudgedProgram:
    request = {"program": program.text, "tests": tests, "run": params.run, "seconds": params.seconds}
    ran = sandbox.run(
        sandbox.packaged("harness"), "python", json.dumps(request), 2 * params.seconds + 5, params.memory_mb
    )
    try:
        found = json.loads(ran.stdout)
    except ValueError:
        why = (
            f"ended by its {ran.killed_by} limit" if ran.killed_by else f"ended with code {ran.exit_code} and no result"
        )
        if ran.killed_by == "time":
            return JudgedProgram(Verdict("fail", why, "too_slow"))
        return JudgedProgram(Verdict("fail", why, "fails_tests" if tests else "raises"), _executed("python", 0, 1, why))
    if "syntax" in found:
        # prose that only looked like a program is none
        return JudgedProgram(Verdict("fail", found["syntax"], "does_not_parse"))
    if tests:
        return replace(_tested(found), marks=found.get("real", {}).get("marks", ""))
    if found["undefined"]:
        return JudgedProgram(Verdict("fail", ", ".join(found["undefined"][:5]), "undefined_name"))
    return _untested(found.get("real"), params)


def _tested(found: dict[str, Any]) -> JudgedProgram:
    if "tests_syntax" in found:
        return JudgedProgram(Verdict("fail", found["tests_syntax"], "tests_do_not_parse"))
    if found["unrepeatable"]:
        return JudgedProgram(Verdict("fail", f"the tests depend on {found['unrepeatable']}", "tests_not_repeatable"))
    real = found["real"]
    passed, failed, why = real["passed"], real["failed"], real["why"]
    executed = _executed("python", passed, failed + (not real["ended"]), why)
    if failed or not real["ended"]:
        if why and why.startswith(_SLOW):
            return JudgedProgram(Verdict("fail", why, "too_slow"), executed)
        if not passed and not failed and why and why.startswith(_NEEDS):
            return JudgedProgram(Verdict("unsure", f"could not be run here: {why}"), executed)
        return JudgedProgram(
            Verdict("fail", why or "the tests did not end", "fails_tests", passed / max(1, passed + failed)), executed
        )
    if not passed or found.get("passes"):
        why = f"{found['passes']} pass them too" if found.get("passes") else "they assert nothing"
        return JudgedProgram(Verdict("fail", why, "tests_prove_nothing"), executed)
    return JudgedProgram(Verdict("pass", f"passes its {passed} assertions", score=1.0), executed)


def _untested(real: dict[str, Any] | None, params: Programs) -> JudgedProgram:
    if real is None:
        return JudgedProgram(Verdict(params.untested, "parses and defines its names; not run, not tested"))
    why = real["why"] or ""
    if real["ended"]:
        return JudgedProgram(
            Verdict(params.untested, "parses, defines its names, runs without an error; not tested"),
            _executed("python", 0, 0, None),
        )
    if why.startswith(_NEEDS):
        kind = "needs input" if why.startswith("EOFError") else "needs a package"
        return JudgedProgram(Verdict("unsure", f"{kind}: {why}; parsed, not tested"), _executed("python", 0, 0, why))
    reason = "too_slow" if why.startswith(_SLOW) else "raises"
    return JudgedProgram(Verdict("fail", why, reason), _executed("python", 0, 1, why))


def _judge_other(program: FoundProgram, tests: str, params: Programs) -> JudgedProgram:
    """Languages in which tests are text behind the program, which fails by its exit code."""
    run = partial(sandbox.run, language=program.language, seconds=params.seconds, memory_mb=params.memory_mb)
    if not tests:
        checked = sandbox.check(program.text, program.language)
        if checked.exit_code:
            return JudgedProgram(Verdict("fail", _error(checked), "does_not_parse"))
        if not params.run:
            return JudgedProgram(
                Verdict(params.untested, f"is {program.language} to its own tool; not run, not tested")
            )
    ran = run(f"{program.text}\n{tests}")
    if ran.killed_by or ran.exit_code:
        reason = "too_slow" if ran.killed_by == "time" else "fails_tests" if tests else "raises"
        return JudgedProgram(Verdict("fail", _error(ran), reason), _executed(program.language, 0, 1, _error(ran)))
    if not tests:
        why = f"is {program.language} to its own tool, runs without an error; not tested"
        return JudgedProgram(Verdict(params.untested, why), _executed(program.language, 0, 0, None))
    executed = _executed(program.language, 1, 0, None)
    if not run(tests).exit_code:
        return JudgedProgram(Verdict("fail", "an empty program passes them too", "tests_prove_nothing"), executed)
    return JudgedProgram(Verdict("pass", "passes its tests", score=1.0), executed)


def _parsed(program: FoundProgram, missing: sandbox.Unavailable) -> Verdict:
    """What a grammar says of a program that cannot be run here: never that it is right."""
    try:
        ran = sandbox.parse(program.text, program.language)
    except sandbox.Unavailable as error:
        return Verdict("unsure", f"{program.language}: not available: {missing}; not parsed: {error}")
    if ran.killed_by or ran.exit_code:
        return Verdict("unsure", f"{program.language}: not available: {missing}; the parser: {_error(ran)}")
    if ran.stdout:
        return Verdict("fail", f"{ran.stdout}, by the grammar of {program.language}", "does_not_parse")
    return Verdict("unsure", f"{program.language}: parses; not run: not available: {missing}")


def _error(ran: sandbox.Run) -> str:
    """One line: the limit, or the line of standard error that names the error."""
    if ran.killed_by:
        return f"ended by its {ran.killed_by} limit"
    lines = [line.strip() for line in ran.stderr.splitlines() if line.strip()]
    named = [line for line in lines if "rror" in line]
    return (named or lines or [f"exit code {ran.exit_code}"])[0][:300]


def _executed(what: str, passed: int, failed: int, detail: str | None) -> dict[str, Any]:
    return {"what": what, "passed": passed, "failed": failed, "detail": detail}


VERIFIER: Final = Verifier(
    params=Programs,
    reasons=REASONS,
    compute=compute,
    version=2,
    libraries=grammars.PACKAGES,
)
