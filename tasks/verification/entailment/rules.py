"""What can be said of a claim without a model: it stands in its passage word for word, or something in it stands nowhere there, or
a sentence of the passage says the opposite in nearly the same words."""

from typing import Final, NamedTuple

from tasks.text.evidence import Evidence
from tasks.text.sentences import sentence_spans
from tasks.text.support import supported
from tasks.verification.entailment.claims import Claim
from tasks.verification.entailment.disagreement import disagreement
from tasks.verification.entailment.judgement import ClaimJudgement


class _EverythingButCoverage(NamedTuple):
    """Numbers, names and quotations must stand in the passage; other words may be the claim's own."""

    numbers: bool = True
    names: bool = True
    quotations: bool = True
    min_coverage: float = 0.0


_SOUGHT: Final = _EverythingButCoverage()
_WORDS: Final = {"quote": "the quotation", "number": "the number", "name": "the name"}


def by_rule(claim: Claim, asked: str, evidence: Evidence) -> ClaimJudgement | None:
    """What the rules say of a claim; None where they cannot know. asked: the instruction, which may lend names and numbers."""
    if evidence.holds(claim.text, claim.spans):
        return ClaimJudgement(1.0, 0.0, why="word for word")
    problem = supported(claim.text, claim.spans, f"{asked}\n{claim.lead}", evidence, _SOUGHT).problem
    if problem:
        kind = _WORDS.get(problem[0].removeprefix("ungrounded_"), problem[0])
        return ClaimJudgement(0.0, None, why=f"{kind} {problem[1]} stands nowhere in it")
    return opposed(claim.text, evidence.whole(claim.spans))


def opposed(claim: str, passage: str) -> ClaimJudgement | None:
    """That a sentence of `passage` disagrees with `claim`, while no other one is as near and agrees; None where none does."""
    found = None
    for start, end in sentence_spans(passage):
        sentence = passage[start:end]
        if apart := disagreement(claim, sentence):
            found = found or ClaimJudgement(0.0, 1.0, why=f"it says “{sentence[:120]}” ({apart.kind}: {apart.detail})")
    return found
