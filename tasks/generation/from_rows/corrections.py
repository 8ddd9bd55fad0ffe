"""Corrections: a response in which a check or a judge finds a fault is written anew by a teacher that is shown the fault.

Self-Refine (Madaan et al. 2023): feedback, then another answer, round after round. Unlike there, the feedback is the reason of a
rule, a check or a judge, and only an answer that now passes the same is kept.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Final, Literal

import pyarrow as pa
from pydantic import Field

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE, Row
from tasks.generation.from_rows import judging
from tasks.generation.from_rows.answering import (
    ANSWER,
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
from tasks.teachers.prompts import beside, joined, load
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Completion, Failure, Request, Teacher
from tasks.verification.judges import substance
from tasks.verification.verifier import VerifierContext

PROMPTS: Final = beside(__file__, "corrections")
Finder = Literal["substance", "check", "judge"]
OF_THE_INSTRUCTION: Final = ("unresolved_pointer", "no_subject")
"""Faults that no answer mends."""
_TEXTS: Final = ("instruction", "response", "system", "history")
_SCHEMA: Final = pa.schema([EXAMPLE.field(name) for name in _TEXTS])


class Corrections(judging.ChosenJudge, Answering):
    """Responses with a fault are written anew by a teacher that is shown the fault."""

    method: Literal["corrections"] = "corrections"

    find: Annotated[tuple[Finder, ...], Field(min_length=1)] = ("substance", "check")
    """Who looks for faults: `substance`, rules on responses that break off or send the reader elsewhere; `check`, the row's tests,
    reference, constraints and calculations; `judge`, a model by `rubric`."""
    rounds: Annotated[int, Field(ge=1, le=10)] = 2
    """Times that an answer is asked for, each time with the fault of the one before."""
    pair: bool = False
    """Make a preference pair of the correction and the response that it corrects."""

    def teacher_names(self) -> tuple[str, ...]:
        """The one that answers, and the one that judges."""
        return (
            tuple(dict.fromkeys((self.teacher, self.judge))) if "judge" in self.find and self.judge else (self.teacher,)
        )


def make(inputs: Inputs, params: Corrections, teacher: Teacher | None, tools: Tools) -> Outcome:
    """A row for each response of `inputs.rows` with a fault that a new answer mends; with `pair`, the old response as `rejected`.

    Answers that still have a fault are rejected as `still_wrong`, and the next round is shown that fault. `attempts` counts the old
    response and the answers; `rationale` says what was wrong. Facts: rows looked at, faults by who found them, corrected by round.
    Rows that stand on passages are left alone. Raises what the teacher raises, and NoSandbox.
    """
    assert inputs.rows is not None
    assert teacher is not None
    work = _Correcting(params, teacher, inputs.teachers.get(params.judge or params.teacher, teacher), tools)
    asked = questions(unsupported(inputs.rows), None, params)
    faults, _ = work.faults([one.row for one in asked], SortedRows())
    first = Counter(who for who, _ in faults.values())
    left = [
        (one, one.row["response"], faults[one.row["example_id"]][1]) for one in asked if one.row["example_id"] in faults
    ]
    corrected = []
    for number in range(1, params.rounds + 1):
        before = len(work.rows.kept)
        left = work.round(left, number)
        corrected.append(len(work.rows.kept) - before)
        tools.progress(number, params.rounds)
    facts = {"looked_at": len(asked), "faults": dict(sorted(first.items())), "corrected_by_round": corrected}
    return work.rows.outcome(EXAMPLE, facts)


Faulty = tuple[RowToAnswer, str, str]
"""A row, its latest response, and the fault of that."""


class _Correcting:
    """Finds faults, and asks for answers without them."""

    def __init__(self, params: Corrections, teacher: Teacher, judge: Teacher, tools: Tools) -> None:
        self.params, self.teacher, self.judge, self.tools = params, teacher, judge, tools
        self.rows = SortedRows()

    def faults(self, rows: Sequence[Row], unjudged: SortedRows) -> tuple[dict[str, tuple[str, str]], set[str]]:
        """Of rows with a fault, by id: who found it, and what it is; and the ids of rows that a judge could not judge, which go to
        `unjudged`. Rules come first, the judge last and only for rows in which the others find nothing."""
        found: dict[str, tuple[str, str]] = {}
        if "substance" in self.params.find and rows:
            table = pa.Table.from_pylist([{name: row[name] for name in _TEXTS} for row in rows], _SCHEMA)
            verdicts = substance.compute(table, substance.Substance(), VerifierContext(None, None, self.tools)).rows
            for number, one in verdicts.items():
                if one.word == "fail" and one.reason not in OF_THE_INSTRUCTION:
                    found[rows[number]["example_id"]] = (
                        "substance",
                        f"{substance.REASONS[one.reason].partition(';')[0]}: {one.why}",
                    )
        if "check" in self.params.find:
            for row, verdict in zip(rows, check(rows, self.tools), strict=True):
                if verdict and verdict.word == "fail":
                    found.setdefault(row["example_id"], ("check", verdict.why))
        if "judge" not in self.params.find:
            return found, set()
        waiting = [row for row in rows if row["example_id"] not in found]
        judged = judging.scored(waiting, self.params.rubric, self.judge, unjudged)
        found |= {name: ("judge", one.why) for name, one in judged.items() if one.word == "fail"}
        return found, {row["example_id"] for row in waiting} - judged.keys()

    def round(self, left: Sequence[Faulty], number: int) -> list[Faulty]:
        """Asks for an answer to each row without its fault; what still has one is returned with it."""
        replies = self.teacher.ask([self._request(*one, number) for one in left])
        written: list[tuple[RowToAnswer, Row]] = []
        for (question, _, fault), reply in zip(left, replies, strict=True):
            row = self._row(question, fault, reply, number)
            if isinstance(reply, Failure):
                self.rows.fail(row, reply)
            elif defect := answer_defect(row["response"], row["instruction"]):
                self.rows.reject(row, *defect)
            else:
                written.append((question, row))
        faults, lost = self.faults([row for _, row in written], self.rows)
        again: list[Faulty] = []
        for question, row in written:
            if (name := row["example_id"]) in faults:
                self.rows.reject(row, "still_wrong", faults[name][1])
                again.append((question, row["response"], faults[name][1]))
            elif name not in lost:
                self.rows.keep(row | {"rejected": question.row["response"]} if self.params.pair else row)
        return again

    def _row(self, question: RowToAnswer, fault: str, reply: Completion | Failure, number: int) -> Row:
        return blank(question, "corrections", self.teacher, str(number)) | {
            "response": reply.data["answer"].strip() if isinstance(reply, Completion) else None,
            "requests": [reply.request_hash],
            "prompt_source": joined(question.row["prompt_source"], load(*PROMPTS)),
            "rationale": fault,
            "generation": (question.row["generation"] or 0) + 1,
            "attempts": number + 1,
        }

    def _request(self, question: RowToAnswer, response: str, fault: str, number: int) -> Request:
        fence, texts = material(question.row, answer=response, fault=fault)
        values: dict[str, str | int] = {"fence": fence, "max_words": self.params.max_words, "material": texts}
        return load(*PROMPTS).request(values, ANSWER, sample=number)


def estimate(params: Corrections, sizes: Sizes) -> Calls:
    """As if every row had a fault in every round; the judge looks once more."""
    asked = params.chosen(sizes.rows)
    own = asked * params.rounds
    if "judge" not in params.find:
        return Calls(own, 2 * sizes.passage_tokens, asked)
    judge = Calls(asked + own, sizes.passage_tokens + judging.rubric_tokens(params.rubric))
    if len(params.teacher_names()) == 1:
        return Calls(own + judge.requests, judge.context_tokens, asked)
    return Calls(own, 2 * sizes.passage_tokens, asked, {params.judge: judge})


METHOD: Final = Method(
    params=Corrections,
    inputs=("rows",),
    make=make,
    version=3,
    teacher="required",
    prompts=(*PROMPTS, *judging.PROMPTS),
    reasons={
        "still_wrong": "the corrected answer has a fault, too; detail: the fault",
        **judging.REASONS,
    },
    libraries=("sympy", "math-verify", "latex2sympy2-extended"),
    estimate=estimate,
)
