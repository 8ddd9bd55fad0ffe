"""Whether a multi-hop question needs each of its passages, and has evidence in each."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Literal

from tasks.core.schema import Row
from tasks.generation.from_documents import brief_answers
from tasks.generation.from_documents.candidates import DraftRow, with_replies
from tasks.teachers.prompts.grounded import CitedPassage
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Failure, Teacher
from tasks.text.sentences import sentence_spans
from tasks.text.support import stem
from tasks.text.words import content_words

Kind = Literal["bridge", "comparison"]
_SUPPORTS: Final = 2
"""Words of question and answer, the entity's not counted, that the sentence of a passage must hold to be evidence."""


@dataclass
class SharedEntity(DraftRow):
    """A question that is being made about the passages which name `entity`."""

    entity: str
    kind: Kind


def texts_of(passages: Sequence[CitedPassage]) -> list[str]:
    """The passages as a teacher is shown them, with the headings above each."""
    return [f"[{passage.heading}]\n{passage.text}" if passage.heading else passage.text for passage in passages]


def supported(work: list[SharedEntity], sorted_rows: SortedRows) -> list[SharedEntity]:
    """Those with evidence in every passage: an answer need not say by what the thing in question was found, so for a passage that
    it does not cite, the sentence counts that holds most of what question and answer speak of."""
    left: list[SharedEntity] = []
    for item in work:
        row = item.row
        spans, missing = list(row["evidence"]), 0
        spoken = {stem(word) for word in content_words(f"{row['instruction']} {row['response']}")}
        for number, passage in enumerate(item.passages, 1):
            if not any(span["chunk_id"] == passage.chunk_id for span in spans):
                span = _sentence(passage, spoken, {stem(word) for word in content_words(item.entity)})
                missing = missing or (0 if span else number)
                spans += [span] if span else []
        order = {passage.chunk_id: n for n, passage in enumerate(item.passages)}
        row["evidence"] = sorted(spans, key=lambda span: (order[span["chunk_id"]], span["start"]))
        if missing:
            sorted_rows.reject(row, "unsupported_passage", str(missing))
        else:
            left.append(item)
    return left


def _sentence(passage: CitedPassage, spoken: set[str], entity: set[str]) -> dict[str, Any] | None:
    """The sentence that holds most of `spoken`, the first of several; None where none holds enough beside the entity's name."""
    best, most = None, _SUPPORTS - 1
    for start, end in sentence_spans(passage.text):
        held = {stem(word) for word in content_words(passage.text[start:end])} & spoken
        if len(held - entity) > most:
            best, most = {"chunk_id": passage.chunk_id, "start": start, "end": end}, len(held - entity)
    return best


def needed(work: list[SharedEntity], teacher: Teacher, sorted_rows: SortedRows) -> list[SharedEntity]:
    """Those that are answered rightly in a few words from all passages, and with none left out."""
    whole: list[SharedEntity] = []
    replies = teacher.ask([brief_answers.ask(item.row["instruction"], texts_of(item.passages)) for item in work])
    for item, data in with_replies(work, replies, sorted_rows):
        if _right(item.row, data["answer"]):
            whole.append(item)
        else:
            sorted_rows.reject(item.row, "not_answerable", data["answer"])
    asked = [
        brief_answers.ask(item.row["instruction"], texts_of([p for n, p in enumerate(item.passages) if n != out]))
        for item in whole
        for out in range(len(item.passages))
    ]
    turns, left = iter(teacher.ask(asked)), []
    for item in whole:
        own = list(islice(turns, len(item.passages)))
        item.row["requests"] += [reply.request_hash for reply in own]
        if lost := next((reply for reply in own if isinstance(reply, Failure)), None):
            sorted_rows.fail(item.row, lost)
            continue
        answers = [reply.data["answer"] for reply in own if not isinstance(reply, Failure)]
        right = next((n for n, answer in enumerate(answers, 1) if _right(item.row, answer)), None)
        if right is None:
            left.append(item)
        else:
            sorted_rows.reject(item.row, "one_hop", f"without passage {right}: {answers[right - 1]}")
    return left


def _right(row: Row, answer: str) -> bool:
    return brief_answers.recall(row["reference"], answer, row["instruction"]) >= brief_answers.RECALLED
