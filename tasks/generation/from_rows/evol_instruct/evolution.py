"""Evol-Instruct: a teacher makes instructions harder, or finds new ones beside them, round after round.

Xu et al. 2023, "WizardLM: Empowering Large Language Models to Follow Complex Instructions": five in-depth operators and
one in breadth. Unlike there, a row that has evidence is answered from the same passages again, by the grounded prompt, so that
the evolved row has evidence too. Rows without evidence (imported ones) are answered from what the model knows, as in the paper.
"""

import functools
import math
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final, get_args

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE, Row, stable_id
from tasks.generation.from_rows.answering import passages_of
from tasks.generation.from_rows.evol_instruct.elimination import answer_given, eliminate
from tasks.generation.from_rows.evol_instruct.lengths import Operator, Steering
from tasks.generation.from_rows.evol_instruct.params import EvolInstruct
from tasks.generation.method import Inputs
from tasks.teachers.prompts import Fence, Prompt, beside, closed, defects, grounded, joined, load
from tasks.teachers.prompts.defects import Defect
from tasks.teachers.prompts.grounded import CitedPassage
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Completion, Failure, Request, Teacher
from tasks.text.equal_texts import text_keys
from tasks.text.words import words

_JUDGE, _ANSWER, *_OPERATORS = beside(
    __file__, "evol_judge", "evol_answer", *(f"evol_{name}" for name in get_args(Operator))
)
PROMPTS: Final = (_JUDGE, _ANSWER, *_OPERATORS, *grounded.PROMPTS)
"""The prompt texts that the stage's key must cover."""
HARDER: Final = {"easy": "medium", "medium": "hard", "hard": "hard"}
"""The difficulty after an in-depth evolution."""

INSTRUCTION: Final = closed(instruction={"type": "string"})
JUDGEMENT: Final = closed(asks_for_more={"type": "boolean"})
ANSWER: Final = closed(answer={"type": "string"})


@dataclass
class _Attempt:
    """One evolution on its way: the row it starts from, and the row it is becoming."""

    root: str
    before: Row
    passages: list[CitedPassage]
    operator: Operator
    row: Row


def make(inputs: Inputs, params: EvolInstruct, teacher: Teacher | None, tools: Tools) -> Outcome:
    """The rows evolved from `inputs.rows`, each naming the one before it as its parent.

    `inputs.rows` has EXAMPLE's columns, `inputs.documents` CHUNK's. Evolved are single-turn rows without tools and verifiable
    constraints, short instructions first. A failed evolution is rejected, and the next round tries its parent again with another
    operator, as in the paper. Facts: attempts, survivors and their share by operator, `least_survival`. Raises what the
    teacher raises.
    """
    rows, chunks = inputs.rows, inputs.documents
    assert rows is not None
    assert teacher is not None
    work = _Evolution(
        params,
        teacher,
        dict(zip(text_keys(rows["instruction"]), rows["example_id"].to_pylist(), strict=True)),
    )
    heads = _shortest(rows, chunks, params)
    if params.shares:
        return _with_shares(work, heads, Steering(params.shares, params.operators), tools)
    for number in range(params.rounds):
        attempts = [_attempt(root, *head, number, _next_operator(root, number, params)) for root, head in heads.items()]
        for evolved in work.round(attempts, number):
            heads[evolved.root] = (evolved.row, evolved.passages)
        tools.progress(number + 1, params.rounds)
    return work.sorted_rows.outcome(EXAMPLE, work.facts())


def _with_shares(
    work: "_Evolution", heads: dict[str, tuple[Row, list[CitedPassage]]], steering: Steering, tools: Tools
) -> Outcome:
    """As `make`, in rounds until the shares of lengths hold. A root's earlier rows stay parents, since later ones are longer."""
    parents = {root: [row] for root, (row, _) in heads.items()}
    most = work.params.rounds
    for number in range(most):
        if not (chosen := steering.plan(parents, number)):
            break
        attempts = [_attempt(one.root, one.parent, heads[one.root][1], number, one.operator) for one in chosen]
        kept = {evolved.root: evolved.row for evolved in work.round(attempts, number)}
        steering.learn(chosen, kept)
        for root, row in kept.items():
            parents[root].append(row)
        tools.progress(number + 1, most)
        if not steering.off():
            break
    lengths = steering.facts()
    warnings = [f"the shares of lengths do not hold: {why}" for why in lengths["why"]]
    return work.sorted_rows.outcome(EXAMPLE, work.facts() | {"lengths": lengths, "warnings": warnings})


OFTEN: Final = 20
"""Attempts of an operator from which its survival is judged: of 20, a tenth is two rows."""


class _Evolution:
    """The steps of a round. Each takes the attempts that are left, lays the others down, and returns those that go on."""

    def __init__(self, params: EvolInstruct, teacher: Teacher, known: dict[str, str]) -> None:
        self.params, self.teacher = params, teacher
        self.known = known
        """Instructions there are, as compared, with the ids of their rows."""
        self.sorted_rows = SortedRows()
        self.attempted: Counter[str] = Counter()
        self.evolved: Counter[str] = Counter()

    def facts(self) -> dict[str, Any]:
        """Attempts and survivors by operator, the share that survived, and the least share of an operator that was tried often."""
        survival = {name: round(self.evolved[name] / tried, 4) for name, tried in sorted(self.attempted.items())}
        often = [share for name, share in survival.items() if self.attempted[name] >= OFTEN]
        return {
            "attempted": dict(self.attempted),
            "evolved": dict(self.evolved),
            "survival": survival,
            "least_survival": min(often, default=None),
        }

    def round(self, attempts: list[_Attempt], number: int) -> list[_Attempt]:
        """The attempts of round `number` that succeeded."""
        self.attempted.update(attempt.operator for attempt in attempts)
        left = self._sifted(self._written(attempts, number))
        done = self._answered(self._judged(left) if self.params.judge else left)
        self.evolved.update(attempt.operator for attempt in done)
        return done

    def _ask(self, attempts: list[_Attempt], questions: list[Request]) -> list[tuple[_Attempt, Completion]]:
        """Attempts that got an answer, with it; the others are laid down."""
        answered = []
        for attempt, reply in zip(attempts, self.teacher.ask(questions), strict=True):
            attempt.row["requests"] = [*attempt.row["requests"], reply.request_hash]
            if isinstance(reply, Failure):
                self.sorted_rows.fail(attempt.row, reply)
            else:
                answered.append((attempt, reply))
        return answered

    def _written(self, attempts: list[_Attempt], number: int) -> list[_Attempt]:
        for attempt in attempts:
            attempt.row["teacher"] = self.teacher.name
        replies = self._ask(attempts, [_rewriting(attempt, number) for attempt in attempts])
        for attempt, reply in replies:
            attempt.row["instruction"] = reply.data["instruction"].strip()
        return [attempt for attempt, _ in replies]

    def _sifted(self, attempts: list[_Attempt]) -> list[_Attempt]:
        left = []
        keys = text_keys([attempt.row["instruction"] for attempt in attempts])
        for attempt, key in zip(attempts, keys, strict=True):
            before, after = attempt.before["instruction"], attempt.row["instruction"]
            breadth = attempt.operator == "breadth"
            failed = (
                eliminate(before, after, breadth=breadth, near_equal=self.params.near_equal)
                or answer_given(before, attempt.before["response"] or "", after)
                or defects.instruction_defect(after, (passage.text for passage in attempt.passages), before)
            )
            if failed:
                self.sorted_rows.reject(attempt.row, *failed)
            elif (twin := self.known.setdefault(key, attempt.row["example_id"])) != attempt.row["example_id"]:
                self.sorted_rows.reject(attempt.row, "duplicate_instruction", twin)
            else:
                left.append(attempt)
        return left

    def _judged(self, attempts: list[_Attempt]) -> list[_Attempt]:
        left = []
        for attempt, reply in self._ask(attempts, [_judging(attempt) for attempt in attempts]):
            if reply.data["asks_for_more"]:
                left.append(attempt)
            else:
                self.sorted_rows.reject(attempt.row, "no_gain", "in the teacher's judgement")
        return left

    def _answering(self, attempt: _Attempt) -> Request:
        instruction, most = attempt.row["instruction"], self.params.max_words
        if attempt.passages:
            return grounded.question(instruction, attempt.passages, max_words=most)
        fence = Fence.around(instruction)
        values: dict[str, str | int] = {
            "fence": fence.mark,
            "max_words": most,
            "instruction": fence.wrap("instruction", instruction),
        }
        return load(_ANSWER).request(values, ANSWER)

    def _answered(self, attempts: list[_Attempt]) -> list[_Attempt]:
        left = []
        for attempt, reply in self._ask(attempts, [self._answering(attempt) for attempt in attempts]):
            if fault := _read_answer(attempt, reply):
                self.sorted_rows.reject(attempt.row, *fault)
            else:
                self.sorted_rows.keep(attempt.row)
                left.append(attempt)
        return left


def _read_answer(attempt: _Attempt, reply: Completion) -> Defect | None:
    """Fills in the response of an attempt; why it cannot stand, if it cannot."""
    if attempt.passages:
        reading = grounded.read(reply.data, attempt.passages)
        attempt.row |= {"response": reading.response, "evidence": [span._asdict() for span in reading.evidence]}
        return Defect(reading.reason, reading.detail) if reading.reason else None
    answer = reply.data["answer"].strip()
    attempt.row |= {"response": answer}
    return (
        defects.text_defect(answer, attempt.row["instruction"]) if answer else Defect("malformed_answer", "it is empty")
    )


def prompt_of(operator: Operator) -> Prompt:
    """The prompt text of an operator."""
    return load(*beside(__file__, f"evol_{operator}"))


def _shortest(
    rows: pa.Table, chunks: pa.Table | None, params: EvolInstruct
) -> dict[str, tuple[Row, list[CitedPassage]]]:
    """The rows to evolve with the passages of their evidence (none where they have none), by id, fewest words first."""
    plain = [
        pc.equal(pc.fill_null(pc.list_value_length(rows["constraints"]), 0), 0),
        pc.equal(pc.fill_null(pc.list_value_length(rows["history"]), 0), 0),
        pc.greater(pc.fill_null(pc.utf8_length(rows["instruction"]), 0), 0),
        pc.is_null(rows["tools"]),
    ]
    able = rows.filter(functools.reduce(pc.and_, plain)).to_pylist()
    able.sort(key=lambda row: (len(words(row["instruction"])), row["example_id"]))
    able = able[: min(math.ceil(params.share * len(able)), params.most or len(able))]
    found = passages_of(able, chunks)
    return {row["example_id"]: (row, given[: params.passages]) for row, given in zip(able, found, strict=True)}


def _next_operator(root: str, number: int, params: EvolInstruct) -> Operator:
    """Where a row begins among the operators depends on the row alone, so a new document elsewhere changes nothing here."""
    return params.operators[(int(stable_id("operator", root), 16) + number) % len(params.operators)]


def _attempt(root: str, before: Row, passages: list[CitedPassage], number: int, operator: Operator) -> _Attempt:
    row = before | {
        "example_id": stable_id("evol", before["example_id"], operator, str(number)),
        "parent_id": before["example_id"],
        "content_hash": None,
        "instruction": None,
        "response": None,
        "evidence": None,
        "origin": "synthetic",
        "method": "evol_instruct",
        "answer_method": "rag" if passages else "closed_book",
        "operator": operator,
        "prompt_source": joined(prompt_of(operator).mark, grounded.prompt() if passages else load(_ANSWER)),
        "requests": [],
        "generation": (before["generation"] or 0) + 1,
        "expects": None,
        "difficulty": before["difficulty"] if operator == "breadth" else HARDER.get(before["difficulty"] or "", None),
    }
    return _Attempt(root, before, passages, operator, row)


def _rewriting(attempt: _Attempt, number: int) -> Request:
    before = attempt.before["instruction"]
    texts = [passage.text for passage in attempt.passages]
    fence = Fence.around(before, *texts)
    values = {
        "fence": fence.mark,
        "instruction": fence.wrap("instruction", before),
        "passages": "\n\n".join(fence.wrap("passage", text, n) for n, text in enumerate(texts, 1))
        or "There are no passages: whoever answers knows the subject.",
    }
    return prompt_of(attempt.operator).request(values, INSTRUCTION, sample=number)


def _judging(attempt: _Attempt) -> Request:
    before, after = attempt.before["instruction"], attempt.row["instruction"]
    fence = Fence.around(before, after)
    values = {"fence": fence.mark, "before": fence.wrap("earlier", before), "after": fence.wrap("later", after)}
    return load(_JUDGE).request(values, JUDGEMENT)
