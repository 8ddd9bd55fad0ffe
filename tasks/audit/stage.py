"""The audit: everything that is measured of a dataset as a whole."""

from typing import Any

import pyarrow as pa

from tasks.audit import grammar
from tasks.audit.comparison import comparison
from tasks.audit.complexity import complexity
from tasks.audit.distributions import distributions
from tasks.audit.diversity import diversity, nearest_among, nearest_within, verb_object
from tasks.audit.findings import contamination, coverage, generations, grounding, licences, safety
from tasks.audit.grammar import Grammar
from tasks.audit.params import Audit
from tasks.audit.provenance import provenance
from tasks.audit.qualities import qualities
from tasks.audit.sampling import sampled
from tasks.audit.slices import slices
from tasks.audit.statistics import share, texts
from tasks.audit.trends import collapse, tail_covered, trends
from tasks.core import schema as schemas
from tasks.core.outcome import Outcome, Tools
from tasks.text.embeddings import embed


def compute(
    mixed: pa.Table, previous: pa.Table | None, chunks: pa.Table | None, params: Audit, tools: Tools
) -> Outcome:
    """CLUSTERED rows, unchanged and all kept; what there is to say about them stands in `facts`.

    `previous`: the rows of the release before, or None. `chunks`: the passages that evidence points into; None or
    empty for data that came without documents.
    Facts are JSON data: rows, sample, distributions, diversity, verb_object, complexity, slices, safety, coverage, grounding,
    contamination, provenance, qualities, generations, collapse, licences and, with a previous release, comparison, trends and
    regressions (how many).
    """
    rows = schemas.conform(mixed, schemas.CLUSTERED)
    chunks = schemas.conform(chunks, schemas.CHUNK) if chunks is not None else schemas.CHUNK.empty_table()
    sample = sampled(rows, params.sample)
    grammars = grammar.read(texts(sample, "instruction"), tools.workers)
    tools.progress(rows.num_rows // 2, rows.num_rows)
    facts = _measured(rows, sample, chunks, grammars, params)
    if previous is not None:
        facts["comparison"], facts["trends"] = _compared(
            rows, schemas.conform(previous, schemas.CLUSTERED), chunks, grammars, params, tools.workers
        )
        facts["regressions"] = len(facts["comparison"]["regressions"])
    tools.progress(rows.num_rows, rows.num_rows)
    return Outcome.of(schemas.CLUSTERED, kept=rows, facts=facts)


def _compared(
    rows: pa.Table, before: pa.Table, chunks: pa.Table, grammars: dict[str, Grammar], params: Audit, workers: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The comparison and the trends, measured on samples of one size: the more rows, the fewer of their words and verbs are new."""
    size = min(rows.num_rows, before.num_rows, params.sample)
    now_sample, before_sample = sampled(rows, size), sampled(before, size)
    grammars = grammars | grammar.read(set(texts(before_sample, "instruction")) - grammars.keys(), workers)
    now = _measured(rows, now_sample, chunks, grammars, params)
    earlier = _measured(before, before_sample, chunks, grammars, params)
    covered = _covered(sampled(before, params.sample), rows, params)
    tail = tail_covered(sampled(before, params.sample), sampled(rows, params.sample), params)
    return comparison(rows, before, now, earlier, covered, params), trends(now["collapse"], earlier["collapse"], tail)


def _measured(
    rows: pa.Table, sample: pa.Table, chunks: pa.Table, grammars: dict[str, Grammar], params: Audit
) -> dict[str, Any]:
    instructions = texts(sample, "instruction")
    parsed = grammar.of(grammars, instructions)
    nearest = nearest_within(embed(instructions))
    return {
        "rows": rows.num_rows,
        "sample": {"rows": sample.num_rows, "of": rows.num_rows, "drawn": "by a hash of the rows' ids"},
        "qualities": qualities(rows, sample, chunks, params),
        "distributions": distributions(rows, sample),
        "diversity": diversity(rows, sample, nearest, params.near_same),
        "verb_object": verb_object(parsed),
        "complexity": complexity(rows, sample, parsed),
        "safety": safety(rows, sample, chunks, params),
        "coverage": coverage(rows, chunks),
        "grounding": grounding(rows, params),
        "contamination": contamination(rows, params),
        "provenance": provenance(rows, chunks),
        "generations": generations(rows),
        "collapse": collapse(rows, sample, chunks),
        "licences": licences(rows),
        "slices": slices(rows, params),
    }


def _covered(before: pa.Table, rows: pa.Table, params: Audit) -> float:
    """The share of previous instructions that are there still, or to which one of a sample of `rows` is similar."""
    instructions, now = texts(before, "instruction"), texts(rows, "instruction")
    there = set(now)
    gone = [text for text in instructions if text not in there]
    nearest = nearest_among(embed(gone), embed(texts(sampled(rows, params.sample), "instruction")))
    lost = int((nearest < params.similar_from).sum())
    return share(len(instructions) - lost, len(instructions)) if instructions else 1.0
