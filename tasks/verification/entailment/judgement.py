"""What a judge of claims says: a rule, an entailment model or a teacher, all in one form."""

from typing import NamedTuple, Protocol


class ClaimJudgement(NamedTuple):
    """What is known of one claim and one passage."""

    entailed: float | None
    """Probability that the passage says it, 0 to 1; None: the judge cannot tell."""
    contradicted: float | None = None
    """Probability that the passage says otherwise; None: not asked."""
    by: str = "rule"
    """Who says so: rule, model or teacher."""
    why: str = ""
    requests: tuple[str, ...] = ()
    """Journal hashes of the calls made for it."""
    error: str = ""
    """Why there is no judgement, in one line."""


class ClaimQuestion(NamedTuple):
    """A claim and the passage that it is held against."""

    passage: str
    claim: str
    lead: str = ""
    """What must be read before the claim to understand it."""


class ClaimJudge(Protocol):
    """Judges claims, many at once."""

    def judge(self, questions: list[ClaimQuestion]) -> list[ClaimJudgement]:
        """One judgement for each question, in their order."""
        ...
