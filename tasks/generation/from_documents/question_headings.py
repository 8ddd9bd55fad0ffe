"""Questions that documents ask and answer themselves: headings that are questions, FAQ sections, "How to …" with its steps.

Nothing is made up: the instruction is the heading, said as a person would say it who has no document at hand, and the response
is the text beneath. Where a heading leaves open what it is about, the document's subject is said with it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal

import pyarrow as pa
from pydantic import Field

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE, Row, stable_id
from tasks.generation.from_documents import questions, subjects
from tasks.generation.from_documents.english import WORDS
from tasks.generation.from_documents.sections import DocumentSection, PassageBlock, below, sections_of
from tasks.generation.from_documents.standing import Span, answer_of, bare, text_of
from tasks.generation.method import Calls, Inputs, Method, MethodParams, Sizes
from tasks.teachers.protocol import Teacher
from tasks.text.words import content_words

_ASIDE: Final = re.compile(
    r"(?:need (?:more )?help|questions?|related|see also|next steps?|what['’]?s next|further|more|additional"
    r" (?:resources|information)|learn more|resources"
    r"|references?|contact|feedback|support|notes?|important|disclaimer|changelog|version history|metadata|links?"
    r"|footnotes?|sources)\b",
    re.IGNORECASE,
)
"""Headings of what no longer answers."""
_FAQ: Final = re.compile(r"\b(?:FAQs?|frequently asked|questions|q ?& ?a)\b", re.IGNORECASE)
_LONE: Final = re.compile(
    r"(?:[*•+-]\s+|\d{1,3}[.)]\s+)?(?:\*\*|__)?(?:Q\d*[:.]\s*)?(?P<q>[A-Z`\"“][^?\n]{8,160}\?)(?:\*\*|__)?$"
)
_INLINE: Final = re.compile(
    r"(?:\*\*|__)?Q\d*[:.]\s*+(?:\*\*|__)?\s*+(?P<q>[A-Z][^?\n]{8,160}\?)(?:\*\*|__)?\s+(?=(?:\*\*|__)?A\d*[:.])"
)
_ANSWER_MARK: Final = re.compile(r"(?:\*\*|__)?(?:A\d*|Answer)[:.]\s*(?:\*\*|__)?\s*")
_FEWEST_WORDS: Final = 8
_FEWEST_WORDS_OF_HOW: Final = 14
_FEWEST_STEPS: Final = 2
_ENOUGH: Final = 2
"""Content words of a question; one with more is understood without a topic beside it."""


class QuestionHeadings(MethodParams):
    """Questions from headings that ask, answered by the text beneath. No model is asked."""

    method: Literal["question_headings"] = "question_headings"
    product: str = ""
    """What the documents are about as a whole, e.g. the name of a program: said where a document does not name its subject."""
    tasks: bool = True
    """Also headings that name a task ("Create a key") over numbered steps."""
    max_words: Annotated[int, Field(ge=20)] = 400
    """A longer answer is none to one question, and gives no row."""


@dataclass(frozen=True)
class _Asked:
    """A question, what it is about where the question does not say it, and the answer: a title beside each part's spans."""

    question: str
    subject: str
    parts: Sequence[tuple[str, Sequence[Span]]]
    expects: str
    section: DocumentSection


def propose(chunks: pa.Table, params: QuestionHeadings) -> list[Row]:
    """EXAMPLE rows with response and evidence, in the order of `chunks` (columns as CHUNK); people wrote both texts."""
    texts = dict(zip(chunks["chunk_id"].to_pylist(), chunks["text"].to_pylist(), strict=True))
    rows = []
    for document in sections_of(chunks):
        whole = "\n".join(block.text for section in document for block in section.blocks if block.kind != "code")
        for at, section in enumerate(document):
            for asked in (*_under_heading(document, at, whole, params), *_in_text(section, whole, params)):
                # the parts of an answer, each under its title
                pieces = [(questions.cleaned(title), text_of(spans, texts)) for title, spans in asked.parts]
                response = "\n\n".join(f"**{title}**\n\n{text}" if title else text for title, text in pieces)
                unsaid = re.search(r"\b(?:this|these|those)\b", _this(asked.question, asked.subject), re.IGNORECASE)
                if not unsaid and _answers(asked, response, params.max_words):
                    rows.append(_row(asked, response, params.product))
    return rows


def make(inputs: Inputs, params: QuestionHeadings, _teacher: Teacher | None, _tools: Tools) -> Outcome:
    """The rows of `propose` from `inputs.documents`. Facts: how many are answers, and how many are steps."""
    assert inputs.documents is not None
    rows = propose(inputs.documents, params)
    kinds = {kind: sum(row["expects"] == kind for row in rows) for kind in ("answer", "steps")}
    return Outcome.of(EXAMPLE, pa.Table.from_pylist(rows, schema=EXAMPLE), facts={"kinds": kinds})


def estimate(_params: QuestionHeadings, sizes: Sizes) -> Calls:
    """No calls; a row a passage at most."""
    return Calls(rows=sizes.passages)


def _under_heading(
    document: Sequence[DocumentSection], at: int, whole: str, params: QuestionHeadings
) -> Iterator[_Asked]:
    """The question of a section's own heading, answered by what stands under it and under the headings below it."""
    section = document[at]
    named, said = questions.split_subject(questions.cleaned(section.heading))
    said = questions.cleaned(questions.sentence_case(said, whole))
    question = questions.question_of(said)
    steps = "" if question or not params.tasks else questions.task_of(said)
    if not question and not steps:
        return
    inner = [one for one in below(document, at) if not _ASIDE.match(questions.cleaned(one.heading))]
    if not section.headings or any(questions.question_of(questions.cleaned(one.heading)) for one in inner):
        inner = []
    if steps and not _is_procedure(section.blocks):
        return
    parts = [("", answer_of(section.blocks, asked=True))] if section.blocks else []
    parts += [] if steps else [(one.heading, answer_of(one.blocks)) for one in inner if one.blocks]
    whole_parts = [(title, spans) for title, spans in parts if spans]
    subject = named or _subject(section, True, question or steps, whole, params)
    if whole_parts and len(whole_parts) == len(parts) and subject is not None:
        yield _Asked(question or steps, subject, whole_parts, "steps" if steps else "answer", section)


def _is_procedure(blocks: Sequence[PassageBlock]) -> bool:
    """Whether `blocks` are numbered steps, at most with a line before them that announces them."""
    first = next((at for at, block in enumerate(blocks) if block.numbered), len(blocks))
    steps = [bare(block.text).split()[:1] for block in blocks if block.numbered]
    begun = [step for step in steps if step and questions.begins_step(re.sub(r"\W+$", "", step[0]).lower())]
    return first <= 1 and len(steps) >= _FEWEST_STEPS and len(begun) > len(steps) / 2


def _in_text(section: DocumentSection, whole: str, params: QuestionHeadings) -> Iterator[_Asked]:
    """Questions that stand in a section as lines of their own, each answered by what stands between it and the next."""
    faq = any(_FAQ.search(heading) for heading in (*section.headings, section.title))
    marks = [(at, found) for at, block in enumerate(section.blocks) if (found := _lone_question(block, faq))]
    ends = [*(at for at, _ in marks[1:]), len(section.blocks)]
    for (at, (question, rest)), end in zip(marks, ends, strict=False):
        blocks = [*([rest] if rest else []), *section.blocks[at + 1 : end]]
        if blocks and (mark := _ANSWER_MARK.match(blocks[0].text, blocks[0].mark)):
            blocks[0] = blocks[0].part(mark.end())
        spans = answer_of(blocks, asked=True)
        asks = questions.question_of(questions.cleaned(question))
        subject = _subject(section, False, asks, whole, params) if asks and spans else None
        if spans and subject is not None:
            yield _Asked(asks, subject, [("", spans)], "answer", section)


def _lone_question(block: PassageBlock, faq: bool) -> tuple[str, PassageBlock | None] | None:
    """The question that `block` is, in bold letters or in a FAQ; or the one it begins with, and its rest: "Q: … A: …"."""
    if block.kind not in ("paragraph", "item"):
        return None
    text = block.text.strip()
    if inline := _INLINE.match(block.text):
        return inline["q"], block.part(inline.end())
    lone = _LONE.match(text)
    marked = faq or text.lstrip("*•+- ").startswith(("**", "__", "Q")) or "**" in text[:6]
    return (lone["q"].strip("*_"), None) if lone and marked else None


def _subject(section: DocumentSection, own: bool, question: str, whole: str, params: QuestionHeadings) -> str | None:
    """What must be said beside `question`: the subject of the headings above it (`own`: it is the last of them itself), unless it
    speaks of that, or of something with a name, itself. None if nothing says what it is about."""
    above = section.headings[:-1] if own else section.headings
    title = "" if own and questions.cleaned(section.title) == questions.cleaned(section.heading) else section.title
    found = subjects.subject_of(above[:1], title, section.path)
    subject = found or params.product
    content = [word for word in content_words(question) if word not in WORDS["says_little"]]
    if questions.says_little(question):
        return subject or None
    faq = any(_FAQ.search(heading) for heading in (section.title, *section.headings))
    name = bool(found) and (faq or subjects.is_titled(found) or subjects.is_name(found, whole))
    if questions.names_something(question) or (len(content) > _ENOUGH and not name):
        return ""
    if not subject:
        return "" if len(content) > 1 else None
    return "" if set(content_words(subject)) <= set(content_words(question)) else subject


def _answers(asked: _Asked, response: str, most: int) -> bool:
    """Whether `response` is long enough to answer and short enough to be one answer, and the question is the reader's own."""
    count = len(bare(response).split())
    explains = re.match(r"(?:How (?:do|does|is|are|can)|Why)\b", asked.question)
    if not (_FEWEST_WORDS_OF_HOW if explains else _FEWEST_WORDS) <= count <= most:
        return False
    decided = re.match(r"[-*\s]*(?:yes|no|not|absolutely|of course)\b", response, re.IGNORECASE)
    return not questions.needs_yes_or_no(asked.question) or bool(decided)


def _this(question: str, subject: str) -> str:
    """`question` with "this account" replaced by the account it is about."""
    noun = subjects.without_brackets(subject).split()[-1:]
    this = re.compile(rf"\bthis {re.escape(noun[0])}\b" if noun else r"$^", re.IGNORECASE)
    return this.sub(subjects.with_article(subject), question)


def _row(asked: _Asked, response: str, product: str) -> Row:
    question = _this(asked.question[0].upper() + asked.question[1:], asked.subject)
    if asked.subject and asked.subject not in question:
        question = subjects.framed(question, asked.subject, int(stable_id(asked.subject, question), 16))
    elif product and re.match(r"How (?:do|can) I\b", question) and product.lower() not in question.lower():
        question = f"{question[:-1]} in {product}?"
    spans = [span for _, part in asked.parts for span in part]
    return {
        "example_id": stable_id(spans[0][0], "question_headings", question, str(spans)),
        "parent_id": spans[0][0],
        "instruction": question,
        "response": response,
        "source": asked.section.source,
        "origin": "human",
        "method": "question_headings",
        "answer_method": "human",
        "evidence": [{"chunk_id": chunk_id, "start": start, "end": end} for chunk_id, start, end in spans],
        "licence": asked.section.licence,
        "generation": 0,
        "expects": asked.expects,
        "topic": asked.section.title,
        "category": "explanation",
        "difficulty": "easy",
        "language": "en",
    }


METHOD: Final = Method(params=QuestionHeadings, inputs=("documents",), make=make, answered=True, estimate=estimate)
