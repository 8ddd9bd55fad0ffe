"""Rows that are answered again: which they are, how a teacher is asked, and how its answers are read.

A row that has evidence is answered from the same passages, by the grounded prompt; others from what the model knows.
"""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from tasks.core.schema import Row, stable_id
from tasks.generation.method import MethodParams, share_of
from tasks.teachers.prompts import Fence, beside, closed, defects, grounded, joined, load
from tasks.teachers.prompts.defects import Defect
from tasks.teachers.prompts.grounded import CitedPassage
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Completion, Failure, Request, Teacher

_CLOSED_BOOK: Final = beside(__file__, "closed_book")
PROMPTS: Final = (*_CLOSED_BOOK, *grounded.PROMPTS)
"""The prompt texts of answers; part of the key of a method that asks for them."""
ANSWER: Final = closed(answer={"type": "string"})


class Answering(MethodParams):
    """What methods that answer rows again have in common."""

    share: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Share of the rows that can be answered which are, drawn by their ids."""
    most: Annotated[int | None, Field(ge=1)] = None
    """Rows answered at most; empty: no limit."""
    passages: Annotated[int, Field(ge=1, le=20)] = 6
    """Passages of a row that are put into a question to the teacher at most."""
    max_words: Annotated[int, Field(ge=10)] = 300
    """Words the teacher is asked to stay below in an answer."""

    def chosen(self, rows: int) -> int:
        """How many of `rows` that can be answered are."""
        return share_of(rows, self.share, self.most)


@dataclass(frozen=True)
class RowToAnswer:
    """A row that is to be answered again, and the passages of its evidence (none where it has none)."""

    row: Row
    passages: tuple[CitedPassage, ...]

    @property
    def prompt_source(self) -> str:
        """The column of a row with such an answer."""
        return joined(self.row["prompt_source"], grounded.prompt() if self.passages else load(*_CLOSED_BOOK))


def questions(rows: pa.Table, chunks: pa.Table | None, params: Answering) -> list[RowToAnswer]:
    """The rows of `rows` (schema EXAMPLE) to answer again, in the order of their ids: single-turn, without tools, and neither
    preference nor score rows. `chunks`: passages that evidence points into (schema CHUNK)."""
    able = single_turns(rows)
    order = pc.sort_indices(able, sort_keys=[("example_id", "ascending")])
    drawn = able.take(order.slice(0, params.chosen(able.num_rows))).to_pylist()
    found = passages_of(drawn, chunks)
    return [RowToAnswer(row, tuple(given[: params.passages])) for row, given in zip(drawn, found, strict=True)]


def single_turns(rows: pa.Table) -> pa.Table:
    """The rows with an instruction and a response, without turns before, tools, a rejected response or a score."""
    wanted = [
        pc.greater(pc.fill_null(pc.utf8_length(rows["instruction"]), 0), 0),
        pc.greater(pc.fill_null(pc.utf8_length(rows["response"]), 0), 0),
        pc.equal(pc.fill_null(pc.list_value_length(rows["history"]), 0), 0),
        *(pc.is_null(rows[name]) for name in ("tools", "rejected", "score")),
    ]
    return rows.filter(functools.reduce(pc.and_, wanted))


def unsupported(rows: pa.Table) -> pa.Table:
    """The rows that stand on no passages."""
    return rows.filter(pc.equal(pc.fill_null(pc.list_value_length(rows["evidence"]), 0), 0))


def material(row: Row, **more: str) -> tuple[str, str]:
    """The mark of the fence, and within it the row's system message, its instruction, and `more` texts by their tags."""
    texts = {"system": row["system"] or "", "instruction": row["instruction"], **more}
    fence = Fence.around(*texts.values())
    return fence.mark, "\n\n".join(fence.wrap(tag, text) for tag, text in texts.items() if text)


def passages_of(rows: Iterable[Row], chunks: pa.Table | None) -> list[list[CitedPassage]]:
    """The passages of `chunks` (schema CHUNK) that the evidence of each row points into, each once, in their order there."""
    ids = [list(dict.fromkeys(span["chunk_id"] for span in row["evidence"] or ())) for row in rows]
    used = pa.array({one for given in ids for one in given}, pa.string())
    texts = {
        row["chunk_id"]: CitedPassage(row["chunk_id"], row["text"], " › ".join(row["headings"] or ()))
        for row in (chunks.filter(pc.is_in(chunks["chunk_id"], used)).to_pylist() if chunks is not None else ())
    }
    return [[texts[one] for one in given if one in texts] for given in ids]


def request(question: RowToAnswer, max_words: int, sample: int = 0, temperature: float | None = None) -> Request:
    """The request for an answer. Methods that ask the same teacher for the same sample get the same answer, paid for once."""
    if question.passages:
        made = grounded.question(question.row["instruction"], question.passages, max_words=max_words, sample=sample)
    else:
        fence, texts = material(question.row)
        values: dict[str, str | int] = {"fence": fence, "max_words": max_words, "material": texts}
        made = load(*_CLOSED_BOOK).request(values, ANSWER, sample)
    return made.model_copy(update={"temperature": temperature})


def answered(question: RowToAnswer, reply: Completion, row: Row) -> Defect | None:
    """Fills in the response of `row` from a reply to `request`; why it cannot stand, if it cannot."""
    if question.passages:
        reading = grounded.read(reply.data, question.passages)
        row |= {"response": reading.response, "evidence": [span._asdict() for span in reading.evidence]}
        return Defect(reading.reason, reading.detail) if reading.reason else None
    row["response"] = reply.data["answer"].strip()
    return answer_defect(row["response"], row["instruction"])


def answer_defect(answer: str, instruction: str) -> Defect | None:
    """Why `answer` cannot be a response, None if it can."""
    if not answer:
        return Defect("malformed_answer", "it is empty")
    if open_end := defects.unfinished(answer):
        return Defect("malformed_answer", open_end)
    return defects.text_defect(answer, instruction)


def blank(question: RowToAnswer, method: str, teacher: Teacher, *parts: str) -> Row:
    """The row that an answer of `teacher` becomes, without its response. `parts` tell rows of one parent apart."""
    parent = question.row
    return parent | {
        "example_id": stable_id(method, parent["example_id"], *parts),
        "parent_id": parent["example_id"],
        "content_hash": None,
        "response": None,
        "reasoning": None,
        "evidence": None,
        "record": None,
        "origin": "synthetic",
        "method": method,
        "answer_method": "rag" if question.passages else "closed_book",
        "operator": None,
        "teacher": teacher.name,
        "prompt_source": question.prompt_source,
        "requests": [],
        "generation": max(parent["generation"] or 0, 1),
        "attempts": None,
        "pass_rate": None,
    }


def samples(
    asked: Sequence[RowToAnswer],
    params: Answering,
    teacher: Teacher,
    rows: SortedRows,
    *,
    method: str,
    number: int,
    temperature: float | None,
    label: str = "",
) -> list[list[Row]]:
    """`number` answers to each question, in one batch, as rows without a verdict; what failed or cannot stand goes to `rows`.
    `label` tells the answers of one teacher from those of another."""
    requests = [request(one, params.max_words, sample, temperature) for one in asked for sample in range(number)]
    replies = iter(teacher.ask(requests))
    found: list[list[Row]] = []
    for question in asked:
        usable = []
        for sample in range(number):
            reply = next(replies)
            row = blank(question, method, teacher, label, str(sample))
            row |= {"requests": [reply.request_hash], "attempts": number}
            if isinstance(reply, Failure):
                rows.fail(row, reply)
            elif defect := answered(question, reply, row):
                rows.reject(row, *defect)
            else:
                usable.append(row)
        found.append(usable)
    return found
