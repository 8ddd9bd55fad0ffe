"""Rows from solved exercises: the program in another language, and its explanation; both are run against the same tests.

Dubey et al. 2024, section 4.3.1: programs are translated into languages that have few, and explained; that an explanation says
everything is checked by translating it back into a program.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tasks.core.outcome import Tools
from tasks.core.schema import Row, stable_id
from tasks.generation.from_topics.code.cases import javascript_tests, python_tests
from tasks.generation.from_topics.code.params import CodeRows
from tasks.generation.from_topics.code.solutions import Proven, bare, judged, repairing
from tasks.generation.from_topics.code.typing_names import with_typing
from tasks.generation.open_rows import answered
from tasks.teachers.prompts import Fence, beside, closed, load
from tasks.teachers.prompts.defects import Defect, text_defect
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Request, Teacher
from tasks.text.words import words

TRANSLATION, EXPLANATION, BACK = beside(__file__, "code_translation", "code_explanation", "code_from_explanation")
_PROGRAM: Final = closed(program={"type": "string"})
_EXPLAINED: Final = closed(explanation={"type": "string"})
LANGUAGES: Final = {"javascript": "JavaScript"}
LEAST_WORDS: Final = 25
"""Words of an explanation, at least."""
MOST_COPIED: Final = 0.5
"""Share of a program's lines that may stand in its explanation."""
REASONS: Final = {
    "few_cases_left": "too few test cases have values that the other language knows; detail: how many",
    "copies_the_program": "the explanation holds the program; detail: share of its lines",
    "explains_too_little": "a program written from the explanation alone fails the tests; detail: its first error",
}


@dataclass
class _Derived:
    """A translation or an explanation on its way."""

    row: Row
    of: Proven
    text: str = ""
    why: str = ""


def translated(proven: Sequence[Proven], params: CodeRows, teacher: Teacher, tools: Tools, rows: SortedRows) -> int:
    """Adds a row for each program, in the language that `params.translate` names; how many are kept."""
    left = _to_translate(proven, params, rows)
    kept = 0
    for attempt in range(1, params.repairs + 2):
        left = _asked(left, _translating if attempt == 1 else _mending, teacher, rows, "program")
        for one in left:
            one.text = bare(one.text, params.translate)
            one.row |= {"response": f"```{params.translate}\n{one.text}\n```", "attempts": attempt}
        runs = judged([(one.text, one.row["tests"]) for one in left], params.translate, params, tools)
        failing = []
        for one, found in zip(left, runs, strict=True):
            one.why = found.verdict.why
            if found.verdict.word == "pass":
                rows.keep(one.row | {"pass_rate": 1 / attempt})
                kept += 1
            elif attempt > params.repairs:
                rows.reject(one.row | {"pass_rate": 0.0}, found.verdict.reason, one.why)
            else:
                failing.append(one)
        left = failing
    return kept


def _to_translate(proven: Sequence[Proven], params: CodeRows, rows: SortedRows) -> list[_Derived]:
    """The programs with tests that can be written in the other language."""
    language, left = params.translate, []
    for one in proven:
        row = _row(one, language, load(TRANSLATION).mark)
        row["instruction"] = (
            f"Translate this Python function into {LANGUAGES[language]}. Keep its name and its behaviour.\n\n"
            f"```python\n{one.program}\n```"
        )
        row["tests"], count = javascript_tests(one.cases, one.name)
        if count < params.least_tests:
            rows.reject(row, "few_cases_left", f"{count} of {params.least_tests}")
        else:
            left.append(_Derived(row, one))
    return left


def explained(proven: Sequence[Proven], params: CodeRows, teacher: Teacher, tools: Tools, rows: SortedRows) -> int:
    """Adds a row with an explanation of each program; how many are kept."""
    derived = [_Derived(_row(one, "explanation", load(EXPLANATION).mark), one) for one in proven]
    for one in derived:
        one.row["instruction"] = f"Explain what this Python function does and how.\n\n```python\n{one.of.program}\n```"
    left = []
    for one in _asked(derived, _explaining, teacher, rows, "explanation"):
        one.row |= {"response": one.text, "expects": "explanation", "category": "explanation", "attempts": 1}
        if defect := _defect(one):
            rows.reject(one.row, *defect)
        else:
            left.append(one)
    left = _asked(left, _writing_back, teacher, rows, "program")
    pairs = [(with_typing(bare(one.text, "python")), python_tests(one.of.cases, one.of.name)) for one in left]
    kept = 0
    for one, found in zip(left, judged(pairs, "python", params, tools), strict=True):
        if found.verdict.word == "pass":
            rows.keep(one.row | {"pass_rate": 1.0})
            kept += 1
        else:
            rows.reject(one.row | {"pass_rate": 0.0}, "explains_too_little", found.verdict.why)
    return kept


def _row(one: Proven, what: str, mark: str) -> Row:
    parent = one.row["example_id"]
    return one.row | {
        "example_id": stable_id("code", parent, what),
        "parent_id": parent,
        "operator": what,
        "prompt_source": mark,
        "requests": [],
        "generation": 2,
        "response": None,
        "tests": None,
        "attempts": None,
        "pass_rate": None,
    }


def _asked(
    derived: Sequence[_Derived],
    request: Callable[[_Derived], Request],
    teacher: Teacher,
    rows: SortedRows,
    field: str,
) -> list[_Derived]:
    """Those that got an answer, with its `field` as their text; the others have failed."""
    left = []
    for one, reply in answered(derived, [request(one) for one in derived], teacher, rows):
        one.text = reply.data[field].strip()
        left.append(one)
    return left


def _translating(one: _Derived) -> Request:
    fence = Fence.around(one.of.program)
    language = LANGUAGES[one.row["operator"]]
    values = {"fence": fence.mark, "language": language, "program": fence.wrap("program", one.of.program)}
    return load(TRANSLATION).request(values, _PROGRAM)


def _mending(one: _Derived) -> Request:
    return repairing(one.row["instruction"], one.text, one.why, LANGUAGES[one.row["operator"]])


def _explaining(one: _Derived) -> Request:
    fence = Fence.around(one.of.program)
    values = {"fence": fence.mark, "program": fence.wrap("program", one.of.program)}
    return load(EXPLANATION).request(values, _EXPLAINED)


def _writing_back(one: _Derived) -> Request:
    material = f"{one.text}\n\nSignature: {one.of.signature}"
    fence = Fence.around(material)
    values = {"fence": fence.mark, "explanation": fence.wrap("explanation", material)}
    return load(BACK).request(values, _PROGRAM)


def _defect(one: _Derived) -> Defect | None:
    """Why an explanation cannot stand, before it is tried."""
    if (count := len(words(one.text))) < LEAST_WORDS:
        return Defect("too_short", f"response: {count} words")
    lines = [line.strip() for line in one.of.program.splitlines() if len(line.strip()) > 8]
    copied = sum(line in one.text for line in lines) / max(1, len(lines))
    if "```" in one.text or copied > MOST_COPIED:
        return Defect("copies_the_program", f"{copied:.0%}")
    return text_defect(one.text, one.of.program)
