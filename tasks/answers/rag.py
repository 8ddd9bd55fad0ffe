"""Retrieval-augmented answers: a teacher answers from the retrieved passages only, cites them, and may abstain."""

from collections.abc import Sequence
from typing import Annotated, Final

import pyarrow as pa
from pydantic import Field

from tasks.core.outcome import Outcome, Tools
from tasks.core.params import Params
from tasks.core.schema import EXAMPLE, Row, stable_id
from tasks.teachers.prompts import grounded, joined
from tasks.teachers.prompts.grounded import CitedPassage
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Completion, Failure, Request, Teacher

PROMPTS: Final = grounded.PROMPTS
"""The prompt texts that the stage's key must cover."""


class Rag(Params):
    """How a teacher answers from passages."""

    passages: Annotated[int, Field(ge=1, le=20)] = 6
    """Passages that are put into a question to the teacher at most, best first."""
    max_words: Annotated[int, Field(ge=10)] = 250
    """Words the teacher is asked to stay below."""
    keep_citations: bool = False
    """Leaves marks such as [1] in the response. Their numbers mean nothing to a reader who does not see the passages."""
    personas: tuple[str, ...] = ()
    """Sentences about who answers ("You are a patient teacher."); each row gets one, so that the data has no single voice."""


def answer(
    seeds: pa.Table, passages: Sequence[Sequence[tuple[str, str, str]]], params: Rag, teacher: Teacher, tools: Tools
) -> Outcome:
    """EXAMPLE rows with `response`, `evidence` and where they came from filled in.

    `passages` has one list for each row of `seeds`: (chunk_id, the chunk's whole text, headings), best first. Rejects with
    not_retrieved, abstained, no_citation, refusal, malformed_answer, copied_marker and prompt_leakage; a question that got
    no answer is a failed row. Raises what the teacher raises.
    """
    rows = [row | {"response": None, "evidence": None} for row in seeds.to_pylist()]
    given = [[CitedPassage(*passage) for passage in found[: params.passages]] for found in passages]
    pairs = list(zip(rows, given, strict=True))
    replies = iter(teacher.ask([_question(row, found, params) for row, found in pairs if found]))
    sorted_rows = SortedRows()
    for row, found in pairs:
        if found:
            _sort(sorted_rows, row, found, next(replies), params, teacher.name)
        else:
            sorted_rows.reject(row, "not_retrieved", "no passage")
    tools.progress(len(pairs), len(pairs))
    return sorted_rows.outcome(EXAMPLE)


def _question(row: Row, passages: Sequence[CitedPassage], params: Rag) -> Request:
    """The voice depends on the row alone: a new document elsewhere must not change, and pay for, this row's question."""
    turn = int(stable_id("persona", row["example_id"]), 16)
    persona = params.personas[turn % len(params.personas)] if params.personas else ""
    return grounded.question(row["instruction"], passages, max_words=params.max_words, persona=persona)


def _sort(
    sorted_rows: SortedRows,
    row: Row,
    passages: Sequence[CitedPassage],
    reply: Completion | Failure,
    params: Rag,
    name: str,
) -> None:
    row |= {
        "origin": "synthetic",
        "answer_method": "rag",
        "teacher": name,
        "prompt_source": joined(row["prompt_source"], grounded.prompt()),
        "requests": [*(row["requests"] or ()), reply.request_hash],
        "generation": max(row["generation"] or 0, 1),
    }
    if isinstance(reply, Failure):
        sorted_rows.fail(row, reply)
        return
    reading = grounded.read(reply.data, passages, keep_citations=params.keep_citations)
    row |= {"response": reading.response, "evidence": [span._asdict() for span in reading.evidence]}
    if reading.reason:
        sorted_rows.reject(row, reading.reason, reading.detail)
    else:
        sorted_rows.keep(row)
