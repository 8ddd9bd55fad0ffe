"""Rows on their way to being kept: what methods that check their own questions do with a teacher's replies."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from tasks.core.schema import Row
from tasks.generation.from_documents import brief_answers
from tasks.teachers.prompts import grounded, joined
from tasks.teachers.prompts.defects import instruction_defect
from tasks.teachers.prompts.grounded import CitedPassage
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Completion, Failure, Teacher

ANSWER_WORDS: Final = 80
"""Words that an answer may have."""
REASONS: Final = {
    "answers_differ": "the teacher, given question and passages alone, gave another answer; detail: the first one",
    "guessable": "the question holds its answer, or asks for yes or no; detail: the answer",
}


@dataclass
class DraftRow:
    """A row that is being made, and the passages that it is made from."""

    row: Row
    passages: list[CitedPassage]


C = TypeVar("C", bound=DraftRow)


def cited(chunks: Sequence[Row]) -> list[CitedPassage]:
    """Chunks as passages to answer from."""
    return [CitedPassage(c["chunk_id"], c["text"], " / ".join(c["headings"] or ())) for c in chunks]


def with_replies(
    work: Sequence[C], replies: Sequence[Completion | Failure], sorted_rows: SortedRows
) -> Iterator[tuple[C, Any]]:
    """Each candidate with the data of its reply, whose request its row then names; one that got none leaves."""
    for item, reply in zip(work, replies, strict=True):
        item.row["requests"] = [*item.row.get("requests", ()), reply.request_hash]
        if isinstance(reply, Failure):
            sorted_rows.fail(item.row, reply)
        else:
            yield item, reply.data


def asks(item: DraftRow, question: str, answer: str, sorted_rows: SortedRows) -> bool:
    """Whether `question`, of which its writer says that `answer` answers it, can be one; its row leaves where it cannot."""
    item.row |= {"instruction": question.strip(), "reference": answer.strip()}
    if not question.strip() or not answer.strip():
        sorted_rows.reject(item.row, "no_instruction")
    elif defect := instruction_defect(item.row["instruction"], [passage.text for passage in item.passages]):
        sorted_rows.reject(item.row, *defect)
    elif brief_answers.guessable(answer, question):
        sorted_rows.reject(item.row, "guessable", item.row["reference"])
    else:
        return True
    return False


def answered(work: Sequence[C], teacher: Teacher, sorted_rows: SortedRows) -> list[C]:
    """Those of `work` whose question the teacher answers from the passages, as its writer answered it; `response` and `evidence`
    are filled in. The others are rejected with answers_differ and what `grounded.read` finds."""
    left: list[C] = []
    asked = [grounded.question(item.row["instruction"], item.passages, max_words=ANSWER_WORDS) for item in work]
    for item, data in with_replies(work, teacher.ask(asked), sorted_rows):
        row, reading = item.row, grounded.read(data, item.passages)
        row |= {
            "response": reading.response,
            "evidence": [span._asdict() for span in reading.evidence],
            "answer_method": "rag",
            "prompt_source": joined(row["prompt_source"], grounded.prompt()),
        }
        if reading.reason:
            sorted_rows.reject(row, reading.reason, reading.detail)
        elif brief_answers.recall(row["reference"], row["response"], row["instruction"]) < brief_answers.RECALLED:
            sorted_rows.reject(row, "answers_differ", row["reference"])
        else:
            left.append(item)
    return left
