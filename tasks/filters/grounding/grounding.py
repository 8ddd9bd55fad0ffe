"""Whether a response stands on its evidence: its numbers, names and quotations, and most of its words.

Deterministic, and so repeatable: it cannot see that a sentence twists what its passage says, but nothing it rejects was in
the passage. The headings above a passage belong to it. Numbers and names may come from the instruction too, and its words
count neither for nor against; list markers and citations are not claims. Rows without evidence (written by people, open data)
have nothing to be checked against: they pass with null.
"""

from typing import Annotated, Final

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from tasks.core.attached_document import without_document
from tasks.core.params import Params
from tasks.filters.contract import Filter, FilterContext, FilterResult, rows_where
from tasks.text.evidence import Evidence, Spans
from tasks.text.support import GroundingResult, cited_parts, supported
from tasks.text.words import content_words

_ASKED: Final = 1 << 14
"""Characters of an instruction and its turns that may lend names and numbers: a question, not a library."""


class Grounding(Params):
    """What must stand in the evidence."""

    enabled: bool = True
    """Whether this filter runs."""
    numbers: bool = True
    """Whether numbers in a response must stand in its evidence."""
    names: bool = True
    """Whether names in a response must stand in its evidence."""
    quotations: bool = True
    """Whether quotations in a response must stand in its evidence word for word."""
    min_coverage: Annotated[float, Field(ge=0, le=1)] = 0.6
    """Share of a response's content words that must stand in its evidence. On QAGS's summaries of news (531 that people found
    true to their article, 183 not) 0.6 rejects none of the true ones."""


def compute(table: pa.Table, params: Grounding, context: FilterContext) -> FilterResult:
    """Rejects `ungrounded_quote`, `_number`, `_name`, `_content`; fills in `grounding`, the share of content words covered."""
    if context.chunks is None:
        return FilterResult.of(table.num_rows)
    scores: list[float | None] = table["grounding"].to_pylist()
    rejected: dict[int, tuple[str, str]] = {}
    supported = pc.and_(pc.greater(pc.list_value_length(table["evidence"]), 0), pc.is_valid(table["response"]))
    for row in rows_where(supported):
        spans = table["evidence"][row].as_py()
        response = table["response"][row].as_py()
        asked = _asked(table, row)
        scores[row], problem = check(response, spans, asked, context.evidence, params)
        if problem:
            rejected[row] = problem
    return FilterResult.of(table.num_rows, rejected, {"grounding": pa.array(scores, pa.float64())})


def check(response: str, spans: Spans, asked: str, evidence: Evidence, params: Grounding) -> GroundingResult:
    """Whether `response` stands in its evidence: in the spans, or else in the whole passages that they are taken from.

    Sentences that cite passages ([2]) stand or fall by those; the other ones, by all of them.
    """
    if evidence.holds(response, spans):
        return GroundingResult(1.0, None)
    parts = list(cited_parts(response, spans))
    results = [supported(text, own, asked, evidence, params) for text, own in parts]
    weights = [len(content_words(text)) for text, _ in parts]
    score = sum(w * result.coverage for w, result in zip(weights, results, strict=True)) / max(sum(weights), 1)
    problem = next((result.problem for result in results if result.problem), None)
    return GroundingResult(score if sum(weights) else 1.0, problem)


def _asked(table: pa.Table, row: int) -> str:
    turns = [turn["content"] or "" for turn in table["history"][row].as_py() or [] if turn["role"] == "user"]
    return "\n".join([*turns, without_document(table["instruction"][row].as_py() or "")])[:_ASKED]


FILTER: Final = Filter(
    name="grounding",
    params=Grounding,
    reasons={
        "ungrounded_quote": "a quotation in the response is in none of its evidence; detail: its first words",
        "ungrounded_number": "a number in the response is in none of its evidence; detail: the number",
        "ungrounded_name": "a name in the response is in none of its evidence; detail: the name",
        "ungrounded_content": "too few of the response's words are in its evidence; detail: share",
    },
    row_wise=True,
    compute=compute,
)
