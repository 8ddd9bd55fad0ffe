"""Whether a response stands on its evidence: its numbers, names and quotations, and most of its words.

Deterministic, and so repeatable: it cannot see that a sentence twists what its passage says, but nothing it rejects was in
the passage. The headings above a passage belong to it. Numbers and names may come from the instruction too, and its words
count neither for nor against; list markers and citations are not claims. Rows without evidence (written by people, open data)
have nothing to be checked against: they pass with null.
"""

from collections.abc import Iterator
from typing import Annotated, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from tasks.core.params import Params
from tasks.filters.contract import Filter, FilterContext, FilterResult, rows_where
from tasks.filters.grounding.claims import (
    cited,
    clauses,
    names,
    number_words,
    numbers,
    quotations,
    with_citations_inside,
    without_citations,
    without_numbering,
)
from tasks.text.evidence import Evidence, Spans, comparable, without_markers
from tasks.text.sentences import sentence_spans
from tasks.text.words import content_words, words

_ASKED: Final = 1 << 14
"""Characters of an instruction and its turns that may lend names and numbers: a question, not a library."""


class GroundingResult(NamedTuple):
    """What a response claims, held against its evidence."""

    coverage: float
    """Share of its content words that stand in the evidence, 0 to 1."""
    problem: tuple[str, str] | None
    """The first claim that stands nowhere, as (reason, detail)."""


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
    results = [_supported(text, own, asked, evidence, params) for text, own in parts]
    weights = [len(content_words(text)) for text, _ in parts]
    score = sum(w * result.coverage for w, result in zip(weights, results, strict=True)) / max(sum(weights), 1)
    problem = next((result.problem for result in results if result.problem), None)
    return GroundingResult(score if sum(weights) else 1.0, problem)


def cited_parts(response: str, spans: Spans) -> Iterator[tuple[str, Spans]]:
    """`response` in parts, each with the spans of the passages that it cites; as one part with all spans if it cites none.

    Number n is the nth passage of the evidence. Where there are fewer passages than the highest number cited, but as many as
    numbers, they are counted in rising order: retrieval numbered passages that nothing was taken from. Otherwise it can't be
    known which passage a number means, and all of them count.
    """
    text = with_citations_inside(response)
    used, passages = cited(text), list(dict.fromkeys(span["chunk_id"] for span in spans or ()))
    if not used or used[0] < 1 or (used[-1] > len(passages) and len(used) != len(passages)):
        yield response, spans
        return
    named = dict(zip(used, passages, strict=True)) if used[-1] > len(passages) else dict(enumerate(passages, 1))
    rest = []
    for start, end in sentence_spans(text):
        sentence = text[start:end]
        if own := {named[number] for number in cited(sentence)}:
            yield sentence, [span for span in spans or () if span["chunk_id"] in own]
        else:
            rest.append(sentence)
    if rest:
        yield "\n".join(rest), spans


def _supported(response: str, spans: Spans, asked: str, evidence: Evidence, params: Grounding) -> GroundingResult:
    """Whether one part of a response stands in the passages of `spans`."""
    titles = evidence.titles(spans) + "\n"
    result = GroundingResult(0.0, None)
    for ground in evidence.grounds(spans):
        result = against(titles + ground, response, asked, params)
        if result.problem is None:
            break
    return result


def coverage(response: str, ground: str, asked: str = "") -> float:
    """The share of `response`'s content words, by stem, that stand in `ground`; 1.0 if it has none.

    Words that only `asked` holds are left out of the count: whoever repeats the question claims nothing.
    """
    said = [_stem(word) for word in content_words(without_citations(without_markers(response)))]
    there, lent = ({_stem(word) for word in words(text)} for text in (ground, asked))
    claimed = [word for word in said if word in there or word not in lent]
    return sum(word in there for word in claimed) / len(claimed) if claimed else 1.0


def against(ground: str, response: str, lent: str, params: Grounding) -> GroundingResult:
    """Whether `response` stands in the text `ground`; numbers, names and quotations may also be taken from `lent`."""
    claims = without_numbering(without_citations(without_markers(response)))
    text, all_words = comparable(ground + "\n" + lent), frozenset(words(ground + "\n" + lent))
    score = coverage(response, ground, lent)
    for quote in quotations(claims) if params.quotations else ():
        if not _quoted(quote, text):
            return GroundingResult(score, ("ungrounded_quote", " ".join(quote.split()[:8])))
    known = numbers(ground + "\n" + lent).keys() | number_words(all_words)
    for number, written in (numbers(claims) if params.numbers else {}).items():
        if number not in known:
            return GroundingResult(score, ("ungrounded_number", written))
    stems = {_stem(word) for word in all_words}
    for name in names(claims) if params.names else ():
        if any(_stem(word) not in stems for word in words(name)):
            return GroundingResult(score, ("ungrounded_name", name))
    return GroundingResult(score, ("ungrounded_content", f"{score:.2f}") if score < params.min_coverage else None)


def _quoted(quotation: str, ground: str) -> bool:
    """Whether every clause of `quotation` stands in `ground`, in this order: a "said she" between them may be left out."""
    at = 0
    for clause in map(comparable, clauses(quotation)):
        at = ground.find(clause, at)
        if at < 0:
            return False
        at += len(clause)
    return True


def _asked(table: pa.Table, row: int) -> str:
    turns = [turn["content"] or "" for turn in table["history"][row].as_py() or [] if turn["role"] == "user"]
    return "\n".join([*turns, table["instruction"][row].as_py() or ""])[:_ASKED]


def _stem(word: str) -> str:
    """`word` without possessive and the commonest English endings, so that "returned" finds "returns"."""
    word = word.removesuffix("'s")
    for ending in ("ing", "ed", "es", "s", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending).removesuffix("e")
    return word.removesuffix("e") if len(word) > 3 else word


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
