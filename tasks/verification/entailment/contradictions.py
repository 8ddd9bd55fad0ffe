"""Rows of one dataset that contradict each other: alike in what is asked, in other words, and at odds in what is answered.

The filter `conflicts` has one instruction with several responses; here the wording differs. Candidates are the nearest
instructions by static embeddings, unless they differ in a number, a name, a "not" or an opposite; whether two responses disagree
is decided by rule (yes and no, numbers, "not", names, opposites), and, where the entry has a teacher, confirmed by it. A
disagreement costs the row with less support its place: the one without evidence, or with the lower score of the filter
`grounding` or of an earlier verifier of its claims. Where both have the same, neither is known to be wrong, and both are
`unsure`.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal, NamedTuple

import pyarrow as pa
from pydantic import Field

from tasks.teachers.prompts import load
from tasks.text.embeddings import embed
from tasks.text.words import words
from tasks.verification.entailment.asked_claims import PROMPTS, judgement_of, request
from tasks.verification.entailment.disagreement import Disagreement, disagreement, same_subject
from tasks.verification.entailment.judgement import ClaimJudgement, ClaimQuestion
from tasks.verification.entailment.neighbours import near_pairs
from tasks.verification.entailment.verdict import quoted
from tasks.verification.verifier import ModelCalls, Verdict, Verdicts, Verifier, VerifierContext, VerifierParams

REASONS: Final = {
    "contradicts_row": "a row with more support answers the same question otherwise; detail: its id and what differs",
}
_SUPPORT: Final = ("entailment", "reference_facts")
"""Verifiers whose score of a row counts as its support."""
_CONFIRMED: Final = 0.5


class Contradictions(VerifierParams):
    """Whether two rows answer like questions otherwise."""

    verifier: Literal["contradictions"] = "contradictions"

    alike: Annotated[float, Field(ge=0, le=1)] = 0.8
    """Cosine of two instructions' embeddings from which they may ask the same."""
    neighbours: Annotated[int, Field(ge=1, le=100)] = 10
    """Nearest instructions that a row is compared with."""


class Pair(NamedTuple):
    """Two rows that disagree; `first` stands before `second` in the table."""

    first: int
    second: int
    apart: Disagreement


def compute(rows: pa.Table, params: Contradictions, context: VerifierContext) -> Verdicts:
    """Judges rows that another one disagrees with. Fails `contradicts_row` for the one with less support, `unsure` for both where
    they have the same; the others have no verdict. Facts: pairs alike, pairs that disagree, and of which kind."""
    columns = ["example_id", "instruction", "response", "evidence", "grounding", "verdicts", "history"]
    table = rows.select(columns).to_pylist()
    alike = _alike(table, params)
    compared = ((a, b, disagreement(table[a]["response"], table[b]["response"])) for a, b in alike)
    found = [Pair(a, b, apart) for a, b, apart in compared if apart is not None]
    answers = _asked(found, table, context)
    errors = {row: one.error for pair, one in answers.items() if one.error for row in pair[:2]}
    pairs = [pair for pair in found if pair not in answers or (answers[pair].entailed or 0.0) >= _CONFIRMED]
    kinds = sorted({pair.apart.kind for pair in pairs})
    facts = {
        "pairs_alike": len(alike),
        "pairs_that_disagree": len(found),
        "pairs_confirmed": len(pairs) if answers else None,
        "kinds": {kind: sum(pair.apart.kind == kind for pair in pairs) for kind in kinds},
    }
    verdicts = _verdicts(pairs, table, {pair: one.requests for pair, one in answers.items()})
    return Verdicts({row: one for row, one in verdicts.items() if row not in errors}, errors, facts=facts)


def _alike(table: list[dict[str, Any]], params: Contradictions) -> list[tuple[int, int]]:
    """Pairs of rows whose instructions are near each other and not the same words; rows in conversations are left out."""
    usable = [n for n, row in enumerate(table) if row["instruction"] and row["response"] and not row["history"]]
    instructions = [table[n]["instruction"] for n in usable]
    asked = [tuple(words(text)) for text in instructions]
    return [
        (usable[a], usable[b])
        for a, b in near_pairs(embed(instructions), params.alike, params.neighbours)
        if asked[a] != asked[b] and same_subject(instructions[a], instructions[b])
    ]


def _asked(pairs: Sequence[Pair], table: list[dict[str, Any]], context: VerifierContext) -> dict[Pair, ClaimJudgement]:
    """Whether a teacher thinks that both cannot be true; empty without one."""
    if context.teacher is None or not pairs:
        return {}
    prompt = load(PROMPTS[1])
    requests = [
        request(
            prompt, ClaimQuestion(f"{one['instruction']}\n{one['response']}", other["response"], other["instruction"])
        )
        for one, other in ((table[pair.first], table[pair.second]) for pair in pairs)
    ]
    return dict(zip(pairs, map(judgement_of, context.teacher.ask(requests)), strict=True))


def _verdicts(
    pairs: Sequence[Pair], table: list[dict[str, Any]], requests: Mapping[Pair, tuple[str, ...]]
) -> dict[int, Verdict]:
    """The verdicts of all rows of the pairs; one that fails against any other fails."""
    found: dict[int, Verdict] = {}
    for pair in pairs:
        support = [_support(table[row]) for row in pair[:2]]
        for row, other, less in (
            (pair.first, pair.second, support[0] < support[1]),
            (pair.second, pair.first, support[1] < support[0]),
        ):
            given = table[other]
            name, what = given["example_id"], f"{pair.apart.kind}, {pair.apart.detail}"
            why = f"{name} (“{quoted(given['instruction'])}”) answers otherwise: {what}"
            mine = requests.get(pair, ())
            if less:
                found[row] = Verdict("fail", f"{why}; it has more support", "contradicts_row", None, mine)
            elif support[0] == support[1] and row not in found:
                found[row] = Verdict("unsure", f"{why}; both have the same support", requests=mine)
    return found


def _support(row: Mapping[str, Any]) -> tuple[bool, float, float]:
    """Whether there is evidence, the score of an earlier verifier of claims, and the share of words that the evidence covers."""
    scores = [one["score"] for one in row["verdicts"] or () if one["verifier"] in _SUPPORT and one["score"] is not None]
    return bool(row["evidence"]), min(scores, default=0.0), row["grounding"] or 0.0


def estimate(_params: Contradictions, rows: int, tokens: int) -> ModelCalls:
    """One call for each pair that disagrees; one row in ten is taken to be in one."""
    return ModelCalls(rows // 10, 2 * tokens + 120)


VERIFIER: Final = Verifier(
    params=Contradictions,
    reasons=REASONS,
    compute=compute,
    estimate=estimate,
    teacher="optional",
    version=2,
    prompts=PROMPTS,
    libraries=("wordllama",),
)
