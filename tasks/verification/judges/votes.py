"""Votes of judges on one row, and what they come to: the majority decides, the mean is the score, a tie is `unsure`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tasks.core.visible import visible
from tasks.verification.judges.rubric import Level, Rubric
from tasks.verification.verifier import Word

WHY_LENGTH: Final = 400
"""Characters of a verdict's `why`."""


@dataclass(frozen=True)
class Vote:
    """What one judge said in one answer."""

    word: Word
    score: float
    """0 … 1."""
    levels: Mapping[str, Level]
    """By criterion."""
    reasons: Mapping[str, str]
    request: str
    """Journal hash of the call."""


@dataclass(frozen=True)
class Judgement:
    """What the judges of a row, or of one labelled for calibration, came to."""

    word: Word
    score: float
    why: str
    votes: tuple[Vote, ...] = field(repr=False)

    @property
    def requests(self) -> tuple[str, ...]:
        """Journal hashes of the calls."""
        return tuple(vote.request for vote in self.votes)

    def level(self, criterion: str, rubric: Rubric) -> float:
        """The mean share, 0 … 1, that the votes gave a criterion."""
        return sum(rubric.share(vote.levels[criterion]) for vote in self.votes) / len(self.votes)


def vote_of(
    rubric: Rubric, data: Mapping[str, Mapping[str, Level]], request: str, least_score: float | None = None
) -> Vote:
    """The vote in an answer of the form of `rubric.schema()`. `least_score`: the score, 0 … 1, that passes in place of the
    rubric's own rule."""
    levels = {one.name: data[one.name]["score"] for one in rubric.criteria}
    reasons = {one.name: " ".join(visible(str(data[one.name]["reason"])).split()) for one in rubric.criteria}
    score = rubric.score(levels)
    passed = rubric.passed(levels) if least_score is None else score >= least_score
    return Vote("pass" if passed else "fail", score, levels, reasons, request)


def combined(rubric: Rubric, votes: Sequence[Vote]) -> Judgement:
    """What `votes`, at least one, come to: the majority's verdict, `unsure` where there is none; the mean of the scores; and the
    levels and weakest reason of the first vote of that opinion."""
    words = [vote.word for vote in votes]
    passed, failed = words.count("pass"), words.count("fail")
    word: Word = "pass" if passed > failed else "fail" if failed > passed else "unsure"
    spoken = next((vote for vote in votes if vote.word == word), votes[0])
    why = said(rubric, spoken)
    if len(votes) > 1:
        why = f"{passed} of {len(votes)} votes pass it; {why}"
    return Judgement(word, sum(vote.score for vote in votes) / len(votes), why[:WHY_LENGTH], tuple(votes))


def said(rubric: Rubric, vote: Vote) -> str:
    """The reason for the weakest criterion, and the levels of all: "accuracy 2 (the date is wrong), clarity 5"."""
    weakest = rubric.weakest(dict(vote.levels)).name
    parts = [f"{weakest} {vote.levels[weakest]} ({vote.reasons[weakest]})"]
    parts += [f"{one.name} {vote.levels[one.name]}" for one in rubric.criteria if one.name != weakest]
    return ", ".join(parts)
