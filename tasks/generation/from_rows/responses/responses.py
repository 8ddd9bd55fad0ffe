"""Responses: an instruction is answered several times, and the best answer is kept.

What can be checked (tests, the reference) decides which is best: rejection sampling (Yuan et al. 2023, "Scaling Relationship on
Learning Mathematical Reasoning"). Else a judge does, or the result that most answers come to (self-consistency, Wang et al. 2023),
or, where they give no result, the answer nearest in meaning to all others (minimum Bayes risk, Bertsch et al. 2023).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE, Row
from tasks.generation.from_rows import judging
from tasks.generation.from_rows.answering import Answering, questions, samples
from tasks.generation.from_rows.checks import check
from tasks.generation.from_rows.responses.choosing import Choice, agreed, central, judged, verified
from tasks.generation.method import Inputs
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Teacher
from tasks.verification.judges.votes import Judgement
from tasks.verification.verifier import Verdict

REASONS: Final = {
    "not_chosen": "another answer to the same instruction is better; detail: its id, and why",
    "no_agreement": "the answers to an instruction that nothing can check come to different results; detail: how many agree",
    "judged_bad": "a judge refuses it by its rubric; detail: the weakest criterion with the reason, and the levels of all",
    **judging.REASONS,
}
DECIDED: Final = ("check", "agreement", "judge", "nearest")
"""How the best answer was found."""


class Responses(judging.ChosenJudge, Answering):
    """An instruction is answered several times, and the best answer is kept."""

    method: Literal["responses"] = "responses"

    samples: Annotated[int, Field(ge=2, le=64)] = 4
    """Answers to each instruction."""
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.8
    """Sampling temperature: at 0 all answers are the same."""
    choose: Literal["agreement", "judge"] = "agreement"
    """Who chooses where neither tests nor a reference decide: `agreement`, the result that most answers come to, or the answer
    nearest to all others; `judge`, the best score by `rubric`."""
    least_agreement: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Share of the answers that must come to the same result, where nothing can check it; else none is kept."""

    def teacher_names(self) -> tuple[str, ...]:
        """The one that answers, and the one that judges."""
        judging_too = self.choose == "judge" and self.judge and self.judge != self.teacher
        return (self.teacher, self.judge) if judging_too else (self.teacher,)


def make(inputs: Inputs, params: Responses, teacher: Teacher | None, tools: Tools) -> Outcome:
    """The best of several answers to each row of `inputs.rows` that can be answered, with the pass rate; the others are rejected.

    `pass_rate`: the share of the answers that pass the check, come to the chosen result, or pass the judge; null where the nearest
    was taken. `attempts`: how many were asked for. Facts: how many questions, by what the best answer was found (`none`: there is
    none), and the mean pass rate of kept rows. Raises what the teacher raises, and NoSandbox.
    """
    assert inputs.rows is not None
    assert teacher is not None
    rows = SortedRows()
    asked = questions(inputs.rows, inputs.documents, params)
    found = samples(
        asked, params, teacher, rows, method="responses", number=params.samples, temperature=params.temperature
    )
    everything = [row for answers in found for row in answers]
    verdicts = {row["example_id"]: one for row, one in zip(everything, check(everything, tools), strict=True) if one}
    judgements: dict[str, Judgement] = {}
    if params.choose == "judge":
        open_to_judge = [row for row in everything if row["example_id"] not in verdicts]
        judge = inputs.teachers.get(params.judge or params.teacher, teacher)
        judgements = judging.scored(open_to_judge, params.rubric, judge, rows)
    decided: Counter[str] = Counter()
    for answers in found:
        choice = _choice(answers, verdicts, judgements, params)
        if choice:
            _sort(choice, params, rows)
            decided[choice.how if choice.best else "none"] += 1
    tools.progress(len(asked), len(asked))
    return rows.outcome(EXAMPLE, _facts(len(asked), decided, rows.kept))


def _choice(
    answers: Sequence[Row], verdicts: Mapping[str, Verdict], judgements: Mapping[str, Judgement], params: Responses
) -> Choice | None:
    """Which of the answers to one instruction is kept; None where none is left to choose from."""
    if params.choose == "judge":
        answers = [row for row in answers if row["example_id"] in {**verdicts, **judgements}]
    unchecked = [row for row in answers if row["example_id"] not in verdicts]
    checked = [row for row in answers if row["example_id"] in verdicts]
    if not unchecked or any(verdicts[row["example_id"]].word == "pass" for row in checked):
        return verified(answers, verdicts) if answers else None
    if params.choose == "judge":
        choice = judged(unchecked, judgements)
    else:
        choice = agreed(unchecked, params.least_agreement * params.samples) or central(unchecked)
    return replace(choice, refused=choice.refused + verified(checked, verdicts).refused)


def _sort(choice: Choice, params: Responses, rows: SortedRows) -> None:
    """Lays down the answers to one instruction."""
    rate = None if choice.right is None else round(choice.right / params.samples, 4)
    if choice.best:
        rows.keep(choice.best | {"pass_rate": rate})
    for row, why in choice.refused:
        rows.reject(row | {"pass_rate": rate}, *why)


def _facts(asked: int, decided: Counter[str], kept: Sequence[Row]) -> dict[str, Any]:
    rates = [row["pass_rate"] for row in kept if row["pass_rate"] is not None]
    return {
        "questions": asked,
        "decided_by": {name: decided[name] for name in (*DECIDED, "none")},
        "mean_pass_rate": round(sum(rates) / len(rates), 4) if rates else None,
    }
