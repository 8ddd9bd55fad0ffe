"""The domain of a row by name, from examples of each domain and nothing else: no labels, no model that asks for a GPU.

A domain is the mean of the embeddings of its examples; a row is of the nearest one, or of none (`other`) where it is near none, or
as near to two. What all examples have in common is subtracted first. The first word of a request counts half as much again as the
whole ("Classify", "Write", "What"), the response a quarter. Weights were chosen on half of Dolly; figures: docs/verification.md.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import numpy as np
import pyarrow as pa
from pydantic import Field, model_validator

from tasks.text.embeddings import Vectors, embed
from tasks.verification.verifier import Verdict, Verdicts, Verifier, VerifierContext, VerifierParams

REASONS: Final = {"other_domain": "the row is of a domain that `only` does not name; detail: its domain"}
OTHER: Final = "other"
READ: Final = 60
"""Words of a text that are read: of a request, of its first line; a passage below it says what it is about, not what to do."""
FIRST_WORD: Final = 0.5
RESPONSE: Final = 0.25

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


@cache
def builtin() -> Mapping[str, Sequence[str]]:
    """The examples of the domains that come with the product, by name."""
    import yaml

    found: dict[str, list[str]] = yaml.safe_load(Path(__file__).with_name("domains.yaml").read_text("utf-8"))
    return found


class Domain(VerifierParams):
    """The domain of each row by name: code, mathematics, creative_writing, question_answering, extraction, summarization,
    classification, brainstorming, rewriting, chat, and domains of the recipe's own. Writes the column `domain`."""

    verifier: Literal["domain"] = "domain"
    action: Literal["reject", "tag", "weight"] = "tag"
    """What a verdict does: `reject` refuses rows that fail, `tag` only writes the verdict down, `weight` multiplies the row's
    weight by the verdict's score."""

    domains: dict[Name, Annotated[tuple[str, ...], Field(min_length=1)]] = Field(default_factory=dict)
    """Further domains, each with requests that are typical of it, ten or so: `domains: {billing: ["Why was I charged twice?", …]}`.
    One that is called as a built-in domain takes its place."""
    builtin: tuple[Name, ...] | None = None
    """Which built-in domains a row may be of beside those under `domains`; empty: all; `[]`: none."""
    only: tuple[Name, ...] = ()
    """A row fails that is of none of these domains. Empty: no row fails."""
    named: tuple[Name, ...] = ()
    """Domains of which the dataset must have `least_share` each. Empty: those under `domains`, else those under `only`."""
    least_share: Annotated[float, Field(ge=0, le=1)] = 0.01
    """Share of the rows below which a named domain is reported as not covered."""
    least_similarity: Annotated[float, Field(ge=-1, le=1)] = 0.1
    """Cosine to the nearest domain below which a row is of no domain: `other`. 98 in 100 rows of Dolly reach it."""
    margin: Annotated[float, Field(ge=0, le=2)] = 0.0
    """By how much the nearest domain must be nearer than the second, else the row is `other`. At 0.05 a quarter of Dolly's rows are
    `other`, and the others are right more often (docs/verification.md)."""

    @model_validator(mode="after")
    def _known(self) -> Self:
        names = {*self.examples()}
        for key in ("only", "named"):
            for name in getattr(self, key):
                if name not in names:
                    raise ValueError(
                        f"{key}: no domain {name!r}; give it examples under `domains`, or take {', '.join(names)}"
                    )
        if len(names) < 2:
            raise ValueError("domains: name two domains at least, or leave `builtin` empty: one alone has all rows")
        if OTHER in names:
            raise ValueError("domains: `other` is what rows of no domain are called; choose another name")
        return self

    def examples(self) -> dict[str, Sequence[str]]:
        """The examples of each domain that a row may be of."""
        known = builtin()
        for name in self.builtin or ():
            if name not in known:
                raise ValueError(f"builtin: no domain {name!r}; there are {', '.join(known)}")
        taken = known if self.builtin is None else {name: known[name] for name in self.builtin}
        return {**taken, **self.domains}


def compute(rows: pa.Table, params: Domain, context: VerifierContext) -> Verdicts:
    """Names the domain of every row with an instruction. Facts: `domains` (rows and share of each), `other_share`, `named`,
    `below_least_share`, and `least_named_share`, the smallest share of a named domain, for the gate."""
    requests = [text or "" for text in rows["instruction"].to_pylist()]
    responses = [text or "" for text in rows["response"].to_pylist()]
    names, similarity, margin = nearest_domain(requests, responses, params.examples(), context.tools.workers)
    found: list[str | None] = []
    verdicts = {}
    for row, request in enumerate(requests):
        if not request.strip():
            found.append(None)
            continue
        sure = similarity[row] >= params.least_similarity and margin[row] >= params.margin
        name = names[row] if sure else OTHER
        found.append(name)
        why = f"{name}: cosine {similarity[row]:.2f}, {margin[row]:.2f} nearer than the next"
        wrong = bool(params.only) and name not in params.only
        verdicts[row] = Verdict("fail", why, "other_domain") if wrong else Verdict("pass" if sure else "unsure", why)
    return Verdicts(verdicts, columns={"domain": pa.array(found, pa.string())}, facts=_facts(found, params))


def nearest_domain(
    requests: Sequence[str], responses: Sequence[str], examples: Mapping[str, Sequence[str]], workers: int = 1
) -> tuple[list[str], Vectors, Vectors]:
    """The nearest domain of each row, its cosine, and how much nearer it is than the second."""
    names = list(examples)
    own = [_requests(examples[name], workers) for name in names]
    common = np.concatenate(own).mean(axis=0)
    centres = _unit(np.stack([one.mean(axis=0) - common for one in own]))
    answers = embed([" ".join(text.split()[:READ]) for text in responses], workers)
    cosines = _unit(_requests(requests, workers) + RESPONSE * answers - common) @ centres.T
    best = cosines.argmax(axis=1) if len(cosines) else np.zeros(0, np.int64)
    first, second = np.sort(cosines, axis=1)[:, :-3:-1].T if len(cosines) else np.zeros((2, 0), np.float32)
    return [names[at] for at in best.tolist()], first, first - second


def _requests(texts: Sequence[str], workers: int) -> Vectors:
    lines = [" ".join(text.strip().partition("\n")[0].split()[:READ]) for text in texts]
    return _unit(embed(lines, workers) + FIRST_WORD * embed([line.partition(" ")[0] for line in lines], workers))


def _unit(vectors: Vectors) -> Vectors:
    unit: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return unit


def _facts(found: Sequence[str | None], params: Domain) -> dict[str, Any]:
    counts = Counter(name for name in found if name is not None)
    judged = max(sum(counts.values()), 1)
    named = params.named or tuple(params.domains) or params.only
    shares = {
        name: round(counts[name] / judged, 4) for name in sorted({*counts, *named}, key=lambda n: (-counts[n], n))
    }
    facts: dict[str, Any] = {
        "domains": [{"domain": name, "rows": counts[name], "share": share} for name, share in shares.items()],
        "other_share": shares.get(OTHER, 0.0),
        "named": list(named),
        "least_share": params.least_share,
        "below_least_share": [name for name in named if shares[name] < params.least_share],
    }
    return facts | ({"least_named_share": min(shares[name] for name in named)} if named else {})


VERIFIER: Final = Verifier(params=Domain, reasons=REASONS, compute=compute, libraries=("wordllama",))
