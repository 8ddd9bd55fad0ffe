"""Whether each claim of a response follows from the passages that it rests on.

Rules first: what stands there word for word is entailed, a number that stands nowhere is not. What they cannot decide is judged by
an entailment model, where the recipe names one, or else by the entry's teacher; without either it stays undecided. Rows without
evidence get no verdict.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal, Self

import pyarrow as pa
from pydantic import Field, model_validator

from tasks.text.evidence import Evidence
from tasks.verification.entailment.asked_claims import CALLS_PER_CLAIM, PROMPTS, AskedClaims
from tasks.verification.entailment.claims import Claim, claims
from tasks.verification.entailment.entailment_model import (
    EndpointClaims,
    EntailmentEndpoint,
    EntailmentModel,
    OnnxClaims,
)
from tasks.verification.entailment.judgement import ClaimJudge, ClaimJudgement, ClaimQuestion
from tasks.verification.entailment.passages import passage_of, shortened
from tasks.verification.entailment.rules import by_rule
from tasks.verification.entailment.verdict import Judged, verdict
from tasks.verification.verifier import ModelCalls, Verdict, Verdicts, Verifier, VerifierContext, VerifierParams

REASONS: Final = {
    "unsupported_claim": "a claim of the response is not in the passage that it rests on; detail: the claim and the passage",
    "contradicted_claim": "a passage says otherwise than a claim of the response; detail: the claim and the passage",
}
CLAIMS_PER_ROW: Final = 4
"""For estimates: what an answer of some eighty words says."""
_TOKENS_PER_WORD: Final = 1.4
_QUESTION_TOKENS: Final = 120
"""Of the claim, its tags and what stands around them."""


class JudgedClaims(VerifierParams):
    """What decides about claims that rules cannot decide: the model, or else the endpoint, or else the entry's teacher."""

    model: EntailmentModel | None = None
    """A folder with an entailment model, which is asked in place of a teacher."""
    endpoint: EntailmentEndpoint | None = None
    """A server with an entailment model, which is asked in place of a teacher."""
    least_probability: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """Probability under which a claim counts as not entailed. Half is where a judge says no rather than yes; docs/detectors.md
    says what that finds."""
    passage_words: Annotated[int, Field(ge=20)] = 300
    """Words of a passage that are shown to a teacher; of a longer one, the sentences nearest to the claim."""

    @model_validator(mode="after")
    def _one_judge(self) -> Self:
        if self.model and self.endpoint:
            raise ValueError("name either a model or an endpoint, not both")
        return self


class Entailment(JudgedClaims):
    """Whether the claims of a response follow from its passages."""

    verifier: Literal["entailment"] = "entailment"


def compute(rows: pa.Table, params: Entailment, context: VerifierContext) -> Verdicts:
    """Judges rows with a response that has evidence and claims something. Fails `unsupported_claim`, `contradicted_claim`.

    Facts: how many claims there were, how many each kind of judge decided, and how many are entailed.
    """
    if context.chunks is None:
        return Verdicts({})
    per_row = {
        row: found for row, found in _claims_of(rows).items() if context.evidence.missing(found[0].spans) is None
    }
    asked = rows["instruction"].to_pylist()
    judged = {
        row: [_ruled(claim, asked[row] or "", context.evidence) for claim in found] for row, found in per_row.items()
    }
    judge = judge_of(params, context)
    if judge is not None:
        decide(judged, judge, lambda one: _question(one, context.evidence, params.passage_words))
    return outcome(judged, params.least_probability)


def judge_of(params: JudgedClaims, context: VerifierContext) -> ClaimJudge | None:
    """What decides about claims; None where nothing is named. Raises BadInput as the models do."""
    if params.model:
        return OnnxClaims(params.model)
    if params.endpoint:
        return EndpointClaims(params.endpoint)
    return AskedClaims(context.teacher, lambda likely: likely < params.least_probability) if context.teacher else None


def decide(judged: Mapping[int, list[Judged]], judge: ClaimJudge, question: Callable[[Judged], ClaimQuestion]) -> None:
    """Have `judge` decide, in one go, about the claims that are not decided yet."""
    open_claims = [
        (row, number)
        for row, found in judged.items()
        for number, one in enumerate(found)
        if one.judgement.entailed is None
    ]
    answers = judge.judge([question(judged[row][number]) for row, number in open_claims])
    for (row, number), answer in zip(open_claims, answers, strict=True):
        judged[row][number] = judged[row][number]._replace(judgement=answer)


def outcome(
    judged: Mapping[int, list[Judged]],
    least: float,
    verdict_of: Callable[[list[Judged], float], Verdict | None] = verdict,
) -> Verdicts:
    """The verdicts of rows by their claims, their errors, and the facts."""
    verdicts, errors = {}, {}
    for row, found in judged.items():
        one = verdict_of(found, least)
        if one is None:
            errors[row] = next(each.judgement.error for each in found if each.judgement.error)
        else:
            verdicts[row] = one
    return Verdicts(verdicts, errors, facts=_facts(judged, least))


def estimate(params: JudgedClaims, rows: int, tokens: int) -> ModelCalls:
    """Two calls for each claim at most, unless a model is named; the passages are shortened."""
    if params.model or params.endpoint:
        return ModelCalls()
    passage = min(tokens, int(params.passage_words * _TOKENS_PER_WORD))
    return ModelCalls(rows * CLAIMS_PER_ROW * CALLS_PER_CLAIM, passage + _QUESTION_TOKENS)


def _claims_of(rows: pa.Table) -> dict[int, list[Claim]]:
    table = rows.select(["instruction", "response", "evidence"]).to_pylist()
    found = {
        number: claims(row["response"], row["evidence"], row["instruction"] or "")
        for number, row in enumerate(table)
        if row["response"] and row["evidence"]
    }
    return {row: own for row, own in found.items() if own}


def _ruled(claim: Claim, asked: str, evidence: Evidence) -> Judged:
    judgement = by_rule(claim, asked, evidence) or ClaimJudgement(None)
    return Judged(claim, passage_of(claim.spans, evidence).name, judgement)


def _question(one: Judged, evidence: Evidence, most_words: int) -> ClaimQuestion:
    claim = one.claim
    return ClaimQuestion(
        shortened(passage_of(claim.spans, evidence).text, claim.text, most_words), claim.text, claim.lead
    )


def _facts(judged: Mapping[int, list[Judged]], least: float) -> dict[str, Any]:
    every = [one.judgement for found in judged.values() for one in found]
    decided = [one for one in every if one.entailed is not None]
    return {
        "claims": len(every),
        "claims_decided_by": dict(sorted(Counter(one.by for one in decided).items())),
        "claims_undecided": len(every) - len(decided),
        "claims_entailed": sum((one.entailed or 0.0) >= least for one in decided),
    }


VERIFIER: Final = Verifier(
    params=Entailment,
    reasons=REASONS,
    compute=compute,
    estimate=estimate,
    teacher="optional",
    prompts=PROMPTS,
    libraries=("onnxruntime", "tokenizers"),
)
