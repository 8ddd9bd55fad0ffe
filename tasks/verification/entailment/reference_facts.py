"""Whether the claims of a response agree with a reference that it was not written from: articles, or another source of the recipe.

Passages about a claim are retrieved and judged as in `entailment`. A reference knows little of what is true: only a claim that it
contradicts fails. One on which nothing is found, or nothing that decides it, is `unsure`.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final, Literal

import pyarrow as pa
from pydantic import Field

from tasks.core.errors import BadInput
from tasks.core.params import CONTENT
from tasks.text.evidence import comparable
from tasks.text.support import coverage
from tasks.verification.entailment.articles import Article, ArticleIndex, indexed, read_articles
from tasks.verification.entailment.asked_claims import PROMPTS
from tasks.verification.entailment.claims import Claim, claims
from tasks.verification.entailment.entailment import JudgedClaims, decide, estimate, judge_of, outcome
from tasks.verification.entailment.judgement import ClaimJudgement, ClaimQuestion
from tasks.verification.entailment.passages import shortened
from tasks.verification.entailment.rules import opposed
from tasks.verification.entailment.verdict import CONTRADICTED, Judged, quoted
from tasks.verification.verifier import Verdict, Verdicts, Verifier, VerifierContext

REASONS: Final = {
    "contradicted_by_reference": "the reference says otherwise than a claim of the response; detail: the claim and the article",
}
NOTHING: Final = "nothing found about it"


class ReferenceFacts(JudgedClaims):
    """Whether the claims of a response agree with a reference."""

    verifier: Literal["reference_facts"] = "reference_facts"

    articles: Annotated[Path | None, CONTENT] = None
    """A folder of .txt, .md and .jsonl files (`title` and `text` in each line), e.g. an encyclopaedia's dump; or one such file."""
    source: str = ""
    """Another source of the recipe, by its name, in place of `articles`."""
    passages: Annotated[int, Field(ge=1, le=20)] = 3
    """Passages that are shown with a claim at most."""
    least_shared: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Share of a claim's words that carry meaning which a passage must have to count as one about it."""


def compute(rows: pa.Table, params: ReferenceFacts, context: VerifierContext) -> Verdicts:
    """Judges rows whose response claims something. Fails `contradicted_by_reference`; `unsure` where the reference is silent.

    Raises BadInput where no reference is named or it holds nothing.
    """
    table = rows.select(["instruction", "response"]).to_pylist()
    found = {
        n: claims(row["response"], None, row["instruction"] or "") for n, row in enumerate(table) if row["response"]
    }
    grounds: dict[Claim, str] = {}
    with indexed(_reference(params, context)) as index:
        judged = {
            row: [_looked_up(claim, index, params, grounds) for claim in own] for row, own in found.items() if own
        }
    judge = judge_of(params, context)
    open_rows = {row: [one for one in own if _is_open(one)] for row, own in judged.items()}
    if judge is not None:
        decide(open_rows, judge, lambda one: ClaimQuestion(grounds[one.claim], one.claim.text, one.claim.lead))
    for row, own in judged.items():
        answers = iter(open_rows[row])
        judged[row] = [next(answers) if _is_open(one) else one for one in own]
    return outcome(judged, params.least_probability, verdict)


def verdict(judged: list[Judged], least: float) -> Verdict | None:
    """The verdict of a row; None where a claim got no answer and none is contradicted. The score is the share of its claims that
    the reference supports, of those that it decides."""
    requests = tuple(name for one in judged for name in one.judgement.requests)
    supported = [one for one in judged if (one.judgement.entailed or 0.0) >= least]
    against = [one for one in judged if one not in supported and (one.judgement.contradicted or 0.0) >= CONTRADICTED]
    decided = len(supported) + len(against)
    score = len(supported) / decided if decided else None
    if against:
        first = against[0]
        how = first.judgement.why or f"{first.judgement.by}: probability {first.judgement.contradicted:.2f}"
        why = f"“{quoted(first.claim.text)}” contradicts {first.passage}: {how}"
        return Verdict("fail", why, "contradicted_by_reference", score, requests)
    if any(one.judgement.error for one in judged):
        return None
    if decided < len(judged):
        silent = [one for one in judged if one not in supported]
        unknown = sum(one.judgement.why == NOTHING for one in silent)
        rest = len(silent) - unknown
        why = f"{NOTHING}: {unknown} of {len(judged)} claims; not decided: {rest}; as “{quoted(silent[0].claim.text)}”"
        return Verdict("unsure", why, score=score, requests=requests)
    return Verdict("pass", f"the reference supports all of its {len(judged)} claims", score=score, requests=requests)


def _reference(params: ReferenceFacts, context: VerifierContext) -> Iterable[Article]:
    if (params.articles is None) == (not params.source):
        raise BadInput("reference_facts: name either `articles`, a folder, or `source`, another source of the recipe")
    if params.articles is not None:
        return read_articles(params.articles)
    chunks = (
        [] if context.chunks is None else context.chunks.select(["source", "chunk_id", "title", "text"]).to_pylist()
    )
    own = [
        Article(one["chunk_id"], one["title"] or "", one["text"]) for one in chunks if one["source"] == params.source
    ]
    if not own:
        raise BadInput(f"reference_facts.source: no passage comes from a source called {params.source!r}")
    return own


def _looked_up(claim: Claim, index: ArticleIndex, params: ReferenceFacts, grounds: dict[Claim, str]) -> Judged:
    """What can be said of a claim by rule; the passages about it are put into `grounds`, by the claim."""
    found = [
        one
        for one in index.search(f"{claim.text} {claim.lead}", params.passages)
        if coverage(claim.text, f"{one.title}\n{one.text}") >= params.least_shared
    ]
    names = ", ".join(dict.fromkeys(one.name for one in found))
    if not found:
        return Judged(claim, "", ClaimJudgement(None, why=NOTHING))
    text = "\n\n".join(f"{one.title}\n{one.text}".strip() for one in found)
    grounds[claim] = shortened(text, claim.text, params.passage_words)
    if comparable(claim.text) in comparable(text):
        return Judged(claim, names, ClaimJudgement(1.0, 0.0, why="word for word"))
    return Judged(claim, names, opposed(claim.text, text) or ClaimJudgement(None))


def _is_open(one: Judged) -> bool:
    return one.judgement.entailed is None and one.judgement.why != NOTHING


VERIFIER: Final = Verifier(
    params=ReferenceFacts,
    reasons=REASONS,
    compute=compute,
    estimate=estimate,
    teacher="optional",
    prompts=PROMPTS,
    libraries=("onnxruntime", "tokenizers"),
)
