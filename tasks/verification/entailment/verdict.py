"""From the judgements of a row's claims to its verdict."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from tasks.verification.entailment.claims import Claim
from tasks.verification.entailment.judgement import ClaimJudgement
from tasks.verification.verifier import Verdict

CONTRADICTED: Final = 0.5
"""Probability from which a claim that is not entailed counts as contradicted."""
_SHOWN: Final = 120
"""Characters of a claim that a verdict quotes."""


class Judged(NamedTuple):
    """A claim with the name of its passage and what was found out about it."""

    claim: Claim
    passage: str
    judgement: ClaimJudgement


def verdict(judged: Sequence[Judged], least: float) -> Verdict | None:
    """The verdict of a row by its worst claim; None where a claim got no answer and none is known to fail.

    least: probability under which a claim is not entailed. The score is the lowest of the claims' probabilities.
    """
    requests = tuple(name for one in judged for name in one.judgement.requests)
    known = [one for one in judged if one.judgement.entailed is not None]
    worst = min(known, key=lambda one: one.judgement.entailed or 0.0, default=None)
    score = None if worst is None else worst.judgement.entailed
    if worst is not None and score is not None and score < least:
        against = (worst.judgement.contradicted or 0.0) >= CONTRADICTED
        reason = "contradicted_claim" if against else "unsupported_claim"
        return Verdict("fail", _why(worst, against), reason, score, requests)
    if any(one.judgement.error for one in judged):
        return None
    if len(known) < len(judged):
        first = next(one for one in judged if one.judgement.entailed is None)
        why = f"{len(judged) - len(known)} of {len(judged)} claims not decided, as “{quoted(first.claim.text)}”"
        return Verdict("unsure", why, score=score, requests=requests)
    return Verdict("pass", f"all of its {len(judged)} claims are in its passages", score=score, requests=requests)


def quoted(text: str) -> str:
    """The beginning of a text, for a message."""
    plain = " ".join(text.split())
    return plain if len(plain) <= _SHOWN else plain[:_SHOWN].rsplit(" ", 1)[0] + " …"


def _why(one: Judged, against: bool) -> str:
    judgement = one.judgement
    what = "contradicts" if against else "is not in"
    how = judgement.why or f"{judgement.by}: probability {judgement.entailed:.2f}"
    return f"“{quoted(one.claim.text)}” {what} passage {one.passage}: {how}"
