"""Problems rewritten as in MetaMath (Yu et al. 2023): in other words, and backwards, from the answer to one of the numbers.

What is asked backwards has a known answer, the number that was masked, so its solutions are checked exactly (FOBAR, Jiang et al.
2023; self-verification, Weng et al. 2022). A problem in other words must come to the answer of the problem before it.
"""

import re
from collections.abc import Sequence
from typing import Final

from tasks.core.outcome import Tools
from tasks.core.schema import stable_id
from tasks.generation.from_topics.mathematics.params import MathematicsRows
from tasks.generation.from_topics.mathematics.problems import QUESTION, OpenProblem
from tasks.generation.from_topics.mathematics.solving import Solved
from tasks.generation.open_rows import answered
from tasks.teachers.prompts import Fence, beside, closed, load
from tasks.teachers.prompts.defects import instruction_defect
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Teacher
from tasks.text.equal_texts import text_keys

REPHRASE, STATEMENT = beside(__file__, "mathematics_rephrase", "mathematics_statement")
_STATEMENT: Final = closed(statement={"type": "string"})
_NUMBER: Final = re.compile(r"(?<![\w.,/:^])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\w/:^]|[.,]\d)", re.ASCII)
"""A number that stands alone: no part of a word, a fraction, a time or a power."""
_X: Final = re.compile(r"(?<![a-zA-Z])x(?![a-zA-Z])")
_ASKED: Final = "what is the value of unknown variable x?"
REASONS: Final = {
    "changes_numbers": "the rewritten problem holds other numbers than the one before; detail: those that differ",
    "nothing_to_mask": "no number of the problem stands there exactly once, or the problem has an x of its own",
}


def variants(
    solved: Sequence[Solved], params: MathematicsRows, teacher: Teacher, tools: Tools, rows: SortedRows
) -> list[OpenProblem]:
    """The rewritten problems, each with the answer that it must have; those that went wrong are rejected or have failed."""
    found: list[OpenProblem] = []
    if "rephrase" in params.variants:
        found += _rephrased(solved, teacher, rows)
    if "inverse" in params.variants:
        found += _inverse(solved, tools, rows)
    if "self_verification" in params.variants:
        found += _stated(solved, teacher, tools, rows)
    return found


def numbers(text: str) -> set[str]:
    """The numbers of a text, without commas and zeros that say nothing."""
    plain = (match[0].replace(",", "") for match in _NUMBER.finditer(text))
    return {one.rstrip("0").rstrip(".") if "." in one else one for one in plain}


def _start(one: Solved, operator: str) -> OpenProblem:
    parent = one.row["example_id"]
    row = one.row | {
        "example_id": stable_id("mathematics", parent, operator),
        "parent_id": parent,
        "operator": operator,
        "prompt_source": None,
        "requests": [],
        "generation": 2,
        **dict.fromkeys(("instruction", "response", "reference", "attempts", "pass_rate")),
    }
    return OpenProblem(row, reference=one.answer)


def _ask_in(problem: OpenProblem, question: str) -> OpenProblem:
    problem.question = problem.row["instruction"] = question
    return problem


def _rephrased(solved: Sequence[Solved], teacher: Teacher, rows: SortedRows) -> list[OpenProblem]:
    prompt, requests = load(REPHRASE), []
    for one in solved:
        fence = Fence.around(one.row["instruction"])
        values = {"fence": fence.mark, "problem": fence.wrap("problem", one.row["instruction"])}
        requests.append(prompt.request(values, QUESTION))
    before = {one.row["example_id"]: one.row["instruction"] for one in solved}
    left = []
    for problem, reply in answered([_start(one, "rephrase") for one in solved], requests, teacher, rows):
        problem.row["prompt_source"] = prompt.mark
        old = before[problem.row["parent_id"]]
        new = _ask_in(problem, reply.data["question"].strip()).question
        if defect := instruction_defect(new):
            rows.reject(problem.row, *defect)
        elif odd := numbers(old) ^ numbers(new):
            rows.reject(problem.row, "changes_numbers", ", ".join(sorted(odd)))
        elif len(set(text_keys([old, new]))) == 1:
            rows.reject(problem.row, "near_equal", "1.0")
        else:
            left.append(problem)
    return left


def _inverse(solved: Sequence[Solved], tools: Tools, rows: SortedRows) -> list[OpenProblem]:
    left = []
    for one in solved:
        problem, old = _start(one, "inverse"), one.row["instruction"]
        masked = _masked(old, numbers(old), problem.row["example_id"], tools)
        if masked is None:
            rows.reject(_ask_in(problem, old).row, "nothing_to_mask")
            continue
        text, problem.reference = masked
        asked = f"If we know the answer to the above question is {one.answer}, {_ASKED}"
        left.append(_ask_in(problem, f"{text}\n{asked}"))
    return left


def _stated(solved: Sequence[Solved], teacher: Teacher, tools: Tools, rows: SortedRows) -> list[OpenProblem]:
    prompt, requests = load(STATEMENT), []
    for one in solved:
        texts = one.row["instruction"], one.answer
        fence = Fence.around(*texts)
        values = {
            "fence": fence.mark,
            "problem": fence.wrap("problem", texts[0]),
            "answer": fence.wrap("answer", texts[1]),
        }
        requests.append(prompt.request(values, _STATEMENT))
    before = {one.row["example_id"]: one for one in solved}
    left = []
    for problem, reply in answered([_start(one, "self_verification") for one in solved], requests, teacher, rows):
        problem.row["prompt_source"] = prompt.mark
        one = before[problem.row["parent_id"]]
        statement = _ask_in(problem, reply.data["statement"].strip()).question
        old = numbers(one.row["instruction"])
        masked = _masked(statement, old - numbers(one.answer), problem.row["example_id"], tools)
        if odd := (old | numbers(one.answer)) ^ numbers(statement):
            rows.reject(problem.row, "changes_numbers", ", ".join(sorted(odd)))
        elif masked is None or "?" in statement:
            rows.reject(problem.row, "nothing_to_mask")
        else:
            text, problem.reference = masked
            left.append(_ask_in(problem, f"{text} {_ASKED[0].upper()}{_ASKED[1:]}"))
    return left


def _masked(text: str, among: set[str], row_id: str, tools: Tools) -> tuple[str, str] | None:
    """The text with x in the place of one of the numbers `among`, drawn at random from those that stand there once, and that
    number; None where there is none."""
    if _X.search(text):
        return None
    spans = [match.span() for match in _NUMBER.finditer(text)]
    written = [text[start:end] for start, end in spans]
    able = [span for span, one in zip(spans, written, strict=True) if written.count(one) == 1 and numbers(one) & among]
    if not able:
        return None
    start, end = able[int(tools.rng(row_id).integers(len(able)))]
    return f"{text[:start]}x{text[end:]}", text[start:end]
