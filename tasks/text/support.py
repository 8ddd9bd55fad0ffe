"""Whether a text stands in another one: its numbers, names and quotations, and most of its words.

Deterministic, and so repeatable: it cannot see that a sentence twists what its passage says, but what it finds missing is not in
the passage.
"""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from tasks.text.claims import (
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


class Sought(Protocol):
    """What must stand in the other text."""

    @property
    def numbers(self) -> bool:
        """Whether numbers must."""
        ...

    @property
    def names(self) -> bool:
        """Whether names must."""
        ...

    @property
    def quotations(self) -> bool:
        """Whether quotations must, word for word."""
        ...

    @property
    def min_coverage(self) -> float:
        """The share of content words that must."""
        ...


class GroundingResult(NamedTuple):
    """What a response claims, held against its evidence."""

    coverage: float
    """Share of its content words that stand in the evidence, 0 to 1."""
    problem: tuple[str, str] | None
    """The first claim that stands nowhere, as (reason, detail)."""


def cited_passages(text: str, spans: Spans) -> dict[int, str]:
    """The passages (chunk ids) that the citations in `text` mean, by number; empty if it cites none, or nobody can know which.

    Number n is the nth passage of the evidence. Where there are fewer passages than the highest number cited, but as many as
    numbers, they are counted in rising order: retrieval numbered passages that nothing was taken from.
    """
    used, passages = cited(text), list(dict.fromkeys(span["chunk_id"] for span in spans or ()))
    if not used or used[0] < 1 or (used[-1] > len(passages) and len(used) != len(passages)):
        return {}
    return dict(zip(used, passages, strict=True)) if used[-1] > len(passages) else dict(enumerate(passages, 1))


def cited_parts(response: str, spans: Spans) -> Iterator[tuple[str, Spans]]:
    """`response` in parts, each with the spans of the passages that it cites; as one part with all spans if it cites none.

    Where it can't be known which passage a number means, all of them count.
    """
    text = with_citations_inside(response)
    named = cited_passages(text, spans)
    if not named:
        yield response, spans
        return
    rest = []
    for start, end in sentence_spans(text):
        sentence = text[start:end]
        if own := {named[number] for number in cited(sentence)}:
            yield sentence, [span for span in spans or () if span["chunk_id"] in own]
        else:
            rest.append(sentence)
    if rest:
        yield "\n".join(rest), spans


def supported(response: str, spans: Spans, asked: str, evidence: Evidence, sought: Sought) -> GroundingResult:
    """Whether one part of a response stands in the passages of `spans`."""
    titles = evidence.titles(spans) + "\n"
    result = GroundingResult(0.0, None)
    for ground in evidence.grounds(spans):
        result = against(titles + ground, response, asked, sought)
        if result.problem is None:
            break
    return result


def coverage(response: str, ground: str, asked: str = "") -> float:
    """The share of `response`'s content words, by stem, that stand in `ground`; 1.0 if it has none.

    Words that only `asked` holds are left out of the count: whoever repeats the question claims nothing.
    """
    said = [stem(word) for word in content_words(without_citations(without_markers(response)))]
    there, lent = ({stem(word) for word in words(text)} for text in (ground, asked))
    claimed = [word for word in said if word in there or word not in lent]
    return sum(word in there for word in claimed) / len(claimed) if claimed else 1.0


def against(ground: str, response: str, lent: str, sought: Sought) -> GroundingResult:
    """Whether `response` stands in the text `ground`; numbers, names and quotations may also be taken from `lent`."""
    claims = without_numbering(without_citations(without_markers(response)))
    text, all_words = comparable(ground + "\n" + lent), frozenset(words(ground + "\n" + lent))
    score = coverage(response, ground, lent)
    for quote in quotations(claims) if sought.quotations else ():
        if not _quoted(quote, text):
            return GroundingResult(score, ("ungrounded_quote", " ".join(quote.split()[:8])))
    known = numbers(ground + "\n" + lent).keys() | number_words(all_words)
    for number, written in (numbers(claims) if sought.numbers else {}).items():
        if number not in known:
            return GroundingResult(score, ("ungrounded_number", written))
    stems = {stem(word) for word in all_words}
    for name in names(claims) if sought.names else ():
        if any(stem(word) not in stems for word in words(name)):
            return GroundingResult(score, ("ungrounded_name", name))
    return GroundingResult(score, ("ungrounded_content", f"{score:.2f}") if score < sought.min_coverage else None)


def _quoted(quotation: str, ground: str) -> bool:
    """Whether every clause of `quotation` stands in `ground`, in this order: a "said she" between them may be left out."""
    at = 0
    for clause in map(comparable, clauses(quotation)):
        at = ground.find(clause, at)
        if at < 0:
            return False
        at += len(clause)
    return True


def stem(word: str) -> str:
    """`word` without possessive and the commonest English endings, so that "returned" finds "returns"."""
    word = word.removesuffix("'s")
    for ending in ("ing", "ed", "es", "s", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending).removesuffix("e")
    return word.removesuffix("e") if len(word) > 3 else word
