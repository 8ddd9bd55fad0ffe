"""Which of several answers to one instruction is the best."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tasks.core.schema import Row
from tasks.teachers.prompts.defects import Defect
from tasks.text.embeddings import embed
from tasks.text.final_answers import GUESSED, final
from tasks.verification.execution.mathematics import compare
from tasks.verification.judges.votes import Judgement
from tasks.verification.verifier import Verdict

_WITHOUT_RESULT: Final = 0.5
"""Share of the answers that must give a result for the results to be compared."""


@dataclass(frozen=True)
class Choice:
    """The best of several answers, or that there is none."""

    how: str
    best: Row | None
    right: int | None
    """How many answers are right, as far as that can be said."""
    refused: tuple[tuple[Row, Defect], ...]
    """The others, each with its reason."""


def verified(answers: Sequence[Row], verdicts: Mapping[str, Verdict]) -> Choice:
    """Of those that pass a check, the one nearest to the others that do."""
    passing = [row for row in answers if _word(row, verdicts) == "pass"]
    why = {row["example_id"]: f"{one.word}: {one.why}" for row in answers if (one := verdicts.get(row["example_id"]))}
    return _choice(
        "check", answers, passing, lambda row: Defect("fails_check", why.get(row["example_id"], "unchecked"))
    )


def judged(answers: Sequence[Row], judgements: Mapping[str, Judgement]) -> Choice:
    """Of those that the judge passes, the one with the best score, the first of several."""
    by_id = {row["example_id"]: judgements[row["example_id"]] for row in answers}
    passing = [row for row in answers if by_id[row["example_id"]].word == "pass"]
    passing.sort(key=lambda row: -by_id[row["example_id"]].score)
    for row in answers:
        row["requests"] = [*row["requests"], *by_id[row["example_id"]].requests]
    refused = lambda row: Defect("judged_bad", by_id[row["example_id"]].why)  # noqa: E731
    return _choice("judge", answers, passing, refused, passing[0] if passing else None)


def agreed(answers: Sequence[Row], least: float) -> Choice | None:
    """Of those that come to the commonest result (self-consistency), the one nearest to the others; none where fewer than `least`
    come to it, or another is as common. None in place of a choice where most answers give no result."""
    results = [final(row["response"]) for row in answers]
    given = [(row, one.answer) for row, one in zip(answers, results, strict=True) if one and one.how not in GUESSED]
    if len(given) <= _WITHOUT_RESULT * len(answers):
        return None
    groups: list[tuple[str, list[Row]]] = []
    for row, result in given:
        same = next((rows for other, rows in groups if compare(result, other) == "equal"), None)
        if same is None:
            groups.append((result, [row]))
        else:
            same.append(row)
    groups.sort(key=lambda group: -len(group[1]))
    result, first = groups[0]
    sure = len(first) >= least and (len(groups) == 1 or len(groups[1][1]) < len(first))
    detail = f"{len(first)} of {len(answers)} come to {result[:60]}"
    refused = lambda _row: Defect("not_chosen" if sure else "no_agreement", detail)  # noqa: E731
    return _choice("agreement", answers, first if sure else [], refused)


def central(answers: Sequence[Row]) -> Choice:
    """The answer nearest in meaning to all others (minimum Bayes risk, with the cosine of embeddings as gain)."""
    return _choice("nearest", answers, answers, lambda _row: Defect("not_chosen", ""), counted=False)


def _choice(
    how: str,
    answers: Sequence[Row],
    right: Sequence[Row],
    refused: Callable[[Row], Defect],
    best: Row | None = None,
    counted: bool = True,
) -> Choice:
    """The best of those that are `right`: `best`, or the one nearest to the others. The rest of them is `not_chosen`; `refused`
    says why an answer that is not right is refused."""
    best = best or (_nearest(right) if right else None)
    among = {row["example_id"] for row in right}
    others = tuple(
        (
            row,
            Defect("not_chosen", f"{best['example_id']} by {how}")
            if best and row["example_id"] in among
            else refused(row),
        )
        for row in answers
        if row is not best
    )
    return Choice(how, best, len(right) if counted else None, others)


def _nearest(answers: Sequence[Row]) -> Row:
    vectors = embed([row["response"] for row in answers])
    return answers[int(np.argmax(np.round((vectors @ vectors.T).sum(axis=1), 5)))]


def _word(row: Row, verdicts: Mapping[str, Verdict]) -> str:
    found = verdicts.get(row["example_id"])
    return found.word if found else ""
