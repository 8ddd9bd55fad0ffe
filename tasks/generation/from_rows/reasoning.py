"""Reasoning: how an answer is found as a field of its own, and the answer apart, held against the known one where there is one.

Chain of thought (Wei et al. 2022), written by a teacher and kept only where it ends in the right answer (STaR, Zelikman et al.
2022). The system message says which form is wanted, as in Mukherjee et al. 2023 ("Orca"), so that one model learns both.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE, Row, stable_id
from tasks.generation.from_rows.answering import (
    Answering,
    RowToAnswer,
    answer_defect,
    blank,
    material,
    questions,
    unsupported,
)
from tasks.generation.from_rows.checks import check
from tasks.generation.method import Calls, Inputs, Method, Sizes
from tasks.teachers.prompts import beside, closed, joined, load
from tasks.teachers.prompts.defects import Defect, text_defect
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Completion, Failure, Request, Teacher
from tasks.text.claims import numbers
from tasks.text.final_answers import GUESSED, final
from tasks.verification.execution.mathematics import compare

Style = Literal["short", "long"]
PROMPTS: Final = beside(__file__, "reasoning")
STYLES: Final[dict[Style, str]] = {
    "short": "Only the steps that are needed, in a few short sentences.",
    "long": "Think at length: say what is asked and what is known, take one step after another, and check the result at the end.",
}
SYSTEM: Final = {
    "short": "Think briefly before you answer.",
    "long": "Think step by step and check the result before you answer.",
    "answer_only": "Answer directly, without reasoning.",
}
"""What the system message of a row says about its form."""
_SHORT: Final = 4
"""Words of an answer that is a number with its unit."""
_CALCULATION: Final = re.compile(r"[0-9)%] ?[+×*/÷−–-] ?[(0-9][^=\n]{0,80}=")
_FORM: Final = closed(reasoning={"type": "string"}, answer={"type": "string"})


class Reasoning(Answering):
    """Rows with how the answer is found in a field of its own, and rows with the answer only."""

    method: Literal["reasoning"] = "reasoning"

    styles: Annotated[tuple[Style, ...], Field(min_length=1)] = ("short", "long")
    """How detailed the reasoning is; which one a row gets depends on its id."""
    makes: Annotated[tuple[Literal["with_reasoning", "answer_only"], ...], Field(min_length=1)] = (
        "with_reasoning",
        "answer_only",
    )
    """The rows that are made from one parent."""
    say_so: bool = True
    """Whether the system message says which form is wanted."""


def make(inputs: Inputs, params: Reasoning, teacher: Teacher | None, tools: Tools) -> Outcome:
    """Rows with `reasoning` and rows with the answer only, from each row of `inputs.rows` that can be answered without passages.

    An answer that is wrong by the row's tests or reference is rejected with its reasoning, and so is reasoning that states a wrong
    calculation or comes to another result. Facts: questions, how many answers were proved right, mean words of reasoning by style.
    Raises what the teacher raises, and NoSandbox.
    """
    assert inputs.rows is not None
    assert teacher is not None
    rows = SortedRows()
    asked = questions(unsupported(inputs.rows), None, params)
    replies = teacher.ask([_request(one, params) for one in asked])
    written = [
        row
        for question, reply in zip(asked, replies, strict=True)
        if (row := _read(question, reply, params, teacher, rows)) is not None
    ]
    answers = check(written, tools)
    steps = check(
        [
            row | {"response": row["reasoning"], "reference": None, "tests": None, "constraints": None}
            for row in written
        ],
        tools,
    )
    proved, words = 0, dict[str, list[int]]()
    for row, answer, step in zip(written, answers, steps, strict=True):
        wrong = next((one for one in (answer, step) if one and one.word != "pass"), None)
        if wrong:
            rows.reject(row, "fails_check", f"{wrong.word}: {wrong.why}")
            continue
        proved += answer is not None
        words.setdefault(_style(row["parent_id"], params), []).append(len(row["reasoning"].split()))
        _keep(row, params, rows)
    facts: dict[str, Any] = {
        "questions": len(asked),
        "proved": proved,
        "reasoning_words": {style: round(sum(counts) / len(counts), 1) for style, counts in sorted(words.items())},
        "made": dict(Counter("with_reasoning" if row["reasoning"] else "answer_only" for row in rows.kept)),
    }
    return rows.outcome(EXAMPLE, facts)


def _style(parent: str, params: Reasoning) -> Style:
    return params.styles[int(stable_id("style", parent)[:8], 16) % len(params.styles)]


def _request(question: RowToAnswer, params: Reasoning) -> Request:
    fence, texts = material(question.row)
    style = STYLES[_style(question.row["example_id"], params)]
    values: dict[str, str | int] = {"fence": fence, "style": style, "max_words": params.max_words, "material": texts}
    return load(*PROMPTS).request(values, _FORM)


def _read(
    question: RowToAnswer, reply: Completion | Failure, params: Reasoning, teacher: Teacher, rows: SortedRows
) -> Row | None:
    """The row with reasoning that a reply gives; one that cannot stand goes to `rows`."""
    row = blank(question, "reasoning", teacher) | {
        "requests": [reply.request_hash],
        "prompt_source": joined(question.row["prompt_source"], load(*PROMPTS)),
        "operator": _style(question.row["example_id"], params),
    }
    if isinstance(reply, Failure):
        rows.fail(row, reply)
        return None
    row |= {name: reply.data[key].strip() for name, key in (("reasoning", "reasoning"), ("response", "answer"))}
    if defect := _defect(row):
        rows.reject(row, *defect)
        return None
    return row


def _defect(row: Row) -> Defect | None:
    reasoning, answer = row["reasoning"], row["response"]
    if not reasoning:
        return Defect("malformed_answer", "there is no reasoning")
    if defect := answer_defect(answer, row["instruction"]) or text_defect(reasoning, row["instruction"]):
        return defect
    reached = final(reasoning)
    if reached and reached.how not in GUESSED and compare(reached.answer, answer) == "different":
        return Defect("other_result", f"{reached.answer[:60]} and {answer[:60]}")
    if reasoning.endswith(":"):
        return Defect("no_steps", "steps are announced and none follows")
    result = _number(answer)
    if result and result not in numbers(reasoning):
        return Defect("no_steps", f"the reasoning does not come to {result}")
    if _CALCULATION.search(answer) and not _CALCULATION.search(row["reference"] or answer):
        return Defect("malformed_answer", "the answer holds the calculation, which belongs into the reasoning")
    return None


def _number(answer: str) -> str | None:
    """The number that an answer is, in the form of `claims.numbers`; None where it is none, or several."""
    found = list(numbers(answer))
    return found[0] if len(found) == 1 and len(answer.split()) <= _SHORT else None


def _keep(row: Row, params: Reasoning, rows: SortedRows) -> None:
    """Keeps the rows of one parent in the forms that are wanted."""
    forms: Sequence[tuple[str, str, str | None]] = (
        ("with_reasoning", row["operator"], row["reasoning"]),
        ("answer_only", "answer_only", None),
    )
    for form, said, reasoning in forms:
        if form in params.makes:
            system = (
                "\n".join(text for text in (row["system"], SYSTEM[said]) if text) if params.say_so else row["system"]
            )
            made = {"example_id": stable_id(row["example_id"], form), "system": system, "reasoning": reasoning}
            rows.keep(row | made | {"operator": said})


def estimate(params: Reasoning, sizes: Sizes) -> Calls:
    """One request for each chosen row."""
    asked = params.chosen(sizes.rows)
    return Calls(asked, sizes.passage_tokens, asked * len(params.makes))


METHOD: Final = Method(
    params=Reasoning,
    inputs=("rows",),
    make=make,
    teacher="required",
    prompts=PROMPTS,
    version=4,
    reasons={
        "no_steps": "the reasoning announces steps or stops before the result; detail: which",
        "other_result": "the reasoning comes to another result than the answer; detail: both",
    },
    libraries=("sympy", "math-verify", "latex2sympy2-extended"),
    estimate=estimate,
)
