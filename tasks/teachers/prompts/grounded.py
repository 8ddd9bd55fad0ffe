"""Asks for an answer from passages, and reads the reply; used by answers and evolution.

Method: retrieval-augmented generation with numbered citations and an explicit way to abstain. The evidence of a row is
found afterwards, by rule, in the cited passages; the model's citations alone are not believed.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from tasks.teachers.prompts import Fence, Prompt, beside, closed, defects, load
from tasks.teachers.prompts.citations import Citation, citations, without_citations
from tasks.teachers.prompts.defects import Defect
from tasks.teachers.protocol import Request
from tasks.text.sentences import sentence_spans
from tasks.text.words import content_words

PROMPTS: Final = beside(__file__, "answer")
"""The prompt file; its hash belongs in the key of a stage that asks for grounded answers."""
MOST_CITATIONS: Final = 20
"""The longest list beside the answer: small models may never end a list."""
SCHEMA: Final = closed(
    answer={"type": "string"},
    citations={"type": "array", "items": {"type": "integer"}, "maxItems": MOST_CITATIONS},
    abstain={"type": "boolean"},
)
WORTH_CITING: Final = 2
"""A further sentence joins the evidence of a claim if it holds at least this many of the words not yet found, where a
name or a number counts double: a single shared verb is no evidence."""
_NAME_OR_NUMBER: Final = re.compile(r"\d|^[A-Z]")


class CitedPassage(NamedTuple):
    """The whole text of a chunk and the headings above it, from which an answer is written."""

    chunk_id: str
    text: str
    heading: str = ""


class EvidenceSpan(NamedTuple):
    """Characters [start, end) of a chunk's text, as in the `evidence` column."""

    chunk_id: str
    start: int
    end: int


@dataclass(frozen=True)
class GroundedAnswer:
    """An answer that can be in a row, or the reason why it cannot."""

    response: str
    """A good answer without citations, unless they were to be kept; a bad one as the model wrote it."""
    evidence: tuple[EvidenceSpan, ...] = ()
    reason: str = ""
    """Empty if the answer is good; a code from `tasks.core.reasons` otherwise."""
    detail: str = ""


def prompt() -> Prompt:
    """The prompt text behind `question`."""
    return load(*PROMPTS)


def question(
    instruction: str, passages: Sequence[CitedPassage], *, max_words: int, persona: str = "", sample: int = 0
) -> Request:
    """The request for an answer to `instruction` from `passages`, numbered from 1; all of it is fenced as material."""
    headed = [f"[{p.heading}]\n{p.text}" if p.heading else p.text for p in passages]
    fence = Fence.around(instruction, *headed)
    values: dict[str, str | int] = {
        "fence": fence.mark,
        "persona": persona,
        "max_words": max_words,
        "passages": "\n\n".join(fence.wrap("passage", text, n) for n, text in enumerate(headed, 1)),
        "instruction": fence.wrap("instruction", instruction),
    }
    return prompt().request(values, SCHEMA, sample)


def read(data: dict[str, Any], passages: Sequence[CitedPassage], *, keep_citations: bool = False) -> GroundedAnswer:
    """Read a reply to `question`: `data` has the form of SCHEMA, `passages` are those of the request."""
    answer = data["answer"].strip()
    material = "\n".join(p.text for p in passages)
    found = citations(answer, material)
    numbers = {int(n) for n in data["citations"]} | {n for citation in found for n in citation.numbers}
    plain = without_citations(answer, material)
    if text_defect := _answer_defect(data["abstain"], plain, numbers, passages):
        return GroundedAnswer(answer, reason=text_defect.reason, detail=text_defect.detail)
    evidence = _evidence(answer, found, sorted(numbers), passages)
    if not evidence:
        return GroundedAnswer(answer, reason="no_citation", detail="the cited passages share no words with the answer")
    return GroundedAnswer(answer if keep_citations else plain, evidence)


def _answer_defect(abstain: bool, plain: str, numbers: set[int], passages: Sequence[CitedPassage]) -> Defect | None:
    """Why an answer cannot be used, the plainest defect first; None if it can."""
    if abstain:
        return Defect("abstained", "")
    if not content_words(plain):
        return Defect("malformed_answer", "the answer is empty")
    if open_end := defects.unfinished(plain):
        return Defect("malformed_answer", open_end)
    if phrase := defects.refusal(plain):
        return Defect("refusal", phrase)
    if phrase := defects.abstention(plain):
        return Defect("abstained", phrase)
    if outside := sorted(n for n in numbers if not 1 <= n <= len(passages)):
        return Defect("no_citation", f"[{outside[0]}] of {len(passages)} passages")
    if not numbers:
        return Defect("no_citation", "none")
    return defects.text_defect(plain, "\n".join(p.text for p in passages))


def _evidence(
    answer: str, found: Sequence[Citation], numbers: Sequence[int], passages: Sequence[CitedPassage]
) -> tuple[EvidenceSpan, ...]:
    """The sentences of the cited passages that contain the answer's words, in the order of the passages, merged where adjacent."""
    sentences = {n: sentence_spans(passages[n - 1].text) for n in numbers}
    chosen: set[tuple[int, int, int]] = set()
    for start, end in sentence_spans(answer):
        cited = sorted({n for c in found if start < c.end and c.start < end for n in c.numbers}) or numbers
        candidates = [(n, *span) for n in cited for span in sentences[n]]
        chosen |= set(_cover(answer[start:end], candidates, passages))
    return tuple(_merged(sorted(chosen), passages))


def _cover(
    claim: str, candidates: Iterable[tuple[int, int, int]], passages: Sequence[CitedPassage]
) -> list[tuple[int, int, int]]:
    """The fewest sentences (passage number, start, end) that contain the claim's words: greedy set cover, most words first."""
    heavy = {word for token in claim.split()[1:] if _NAME_OR_NUMBER.search(token) for word in content_words(token)}
    missing = set(content_words(claim))
    holds = {c: missing & set(content_words(passages[c[0] - 1].text[c[1] : c[2]])) for c in candidates}
    taken: list[tuple[int, int, int]] = []
    while holds:
        gains = {c: sum(1 + (word in heavy) for word in words & missing) for c, words in holds.items()}
        best = min(gains, key=lambda c: (-gains[c], c[2] - c[1], c))
        if gains[best] < (WORTH_CITING if taken else 1):
            break
        taken.append(best)
        missing -= holds.pop(best)
    return taken


def _merged(sentences: Sequence[tuple[int, int, int]], passages: Sequence[CitedPassage]) -> list[EvidenceSpan]:
    """Spans of chunks; those with only white space between them become one."""
    spans: list[EvidenceSpan] = []
    for number, start, end in sentences:
        passage = passages[number - 1]
        last = spans[-1] if spans else None
        if last and last.chunk_id == passage.chunk_id and not passage.text[last.end : start].strip():
            spans[-1] = last._replace(end=end)
        else:
            spans.append(EvidenceSpan(passage.chunk_id, start, end))
    return spans
