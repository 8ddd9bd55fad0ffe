"""Long context: a question about one passage, with the whole long document attached in which it must be found.

After Llama 3 (Dubey et al. 2024, section 4.3.4: questions on chunks of up to 8,000 tokens, the document as context) and LongAlign
(Bai et al. 2024). A row is worth its length only if the document is needed: the question is asked without it, too.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import numpy as np
import pyarrow as pa
from pydantic import Field

from tasks.core.attached_document import attach
from tasks.core.outcome import Outcome, Tools
from tasks.core.params import CONTENT
from tasks.core.schema import EXAMPLE, stable_id
from tasks.generation.from_documents import brief_answers
from tasks.generation.from_documents.candidates import REASONS, DraftRow, answered, asks, cited, with_replies
from tasks.generation.from_documents.whole_documents import Stretch, WholeDocuments
from tasks.generation.method import Calls, Inputs, Method, MethodParams, Sizes
from tasks.teachers.prompts import Fence, beside, closed, grounded, load
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Request, Teacher
from tasks.text.equal_texts import text_keys

PROMPTS: Final = (*beside(__file__, "long_context_question"), *grounded.PROMPTS, *brief_answers.PROMPTS)
_PROMPT: Final = PROMPTS[0]
SCHEMA: Final = closed(question={"type": "string"}, answer={"type": "string"})
MANNERS: Final = (
    "Ask for a fact: a name, a value, a limit, a place.",
    "Ask for the reason or the consequence of something.",
    "Ask what must be done, or in which case something holds.",
    "Ask how two things differ, or which of them something belongs to.",
)
DEPTHS: Final = 10
"""Parts of a context in which answers are counted."""
_AT_ONCE: Final = 256
"""Rows whose contexts are in memory beside the table that they go into."""


class LongContext(MethodParams):
    """Questions about a passage, with the whole long document attached."""

    method: Literal["long_context"] = "long_context"

    persona: str = "You know this subject well."
    """The role that the teacher is given; one or two sentences in the second person."""
    context_tokens: Annotated[int, Field(ge=200)] = 8000
    """Tokens of the attached document at most. Of a longer document as many whole chunks are attached as fit, so that the answer
    stands at a depth that is drawn for each row."""
    min_tokens: Annotated[int, Field(ge=1)] = 2000
    """Tokens that a document must have: in a shorter one there is nothing to search."""
    passage_tokens: Annotated[int, Field(ge=50, le=8000)] = 1000
    """Tokens of the neighbouring chunks about which one question is asked; Llama 3 took 8,000."""
    tokenizer: Annotated[Path | None, CONTENT] = None
    """A tokenizer.json, that of the model to be trained, by which tokens are counted; empty: the packaged one, Llama 2's, which
    needs more tokens for a text than newer ones."""
    question_first: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Share of the rows in which the question stands before the document; in the others it stands after it."""
    most: Annotated[int | None, Field(ge=1)] = None
    """Passages asked about at most, drawn from all documents; empty: all."""


@dataclass
class _Question(DraftRow):
    """A question about the chunks `run` of `document`."""

    document: Stretch
    run: Stretch


def make(inputs: Inputs, params: LongContext, teacher: Teacher | None, tools: Tools) -> Outcome:
    """EXAMPLE rows whose instruction holds a question and a document (`tasks.core.attached_document`), with the answer, its
    evidence and, as `reference`, the answer in a few words. `topic` is the title of the document, `expects` says where in the
    context the answer stands: "depth:0.0" (in its first tenth) … "depth:0.9".

    The teacher writes a question and a brief answer, answers the question from the passage, and answers it from nothing. Rejects
    with no_instruction, duplicate_instruction, guessable, answers_differ, answerable_without_context, and what `instruction_defect`
    and `grounded.read` find; a rejected row has the question alone. Facts: `passages`, `documents`, `depths` (kept rows by tenth
    of the context), `context_tokens` (least, mean, most). Raises what the teacher raises.
    """
    assert inputs.documents is not None
    assert teacher is not None
    whole, sorted_rows = WholeDocuments(inputs.documents, params.tokenizer), SortedRows()
    chosen = _chosen(whole, params, teacher.name)
    facts: dict[str, Any] = {"passages": len(chosen), "documents": len({item.document for item in chosen})}
    work = _asked(chosen, params, teacher, sorted_rows)
    tools.progress(1, 3)
    work = answered(work, teacher, sorted_rows)
    tools.progress(2, 3)
    work = _not_known(work, teacher, sorted_rows)
    tools.progress(3, 3)
    kept, measured = _attached(work, whole, params, tools)
    return replace(sorted_rows.outcome(EXAMPLE, facts | measured), kept=kept)


def _chosen(whole: WholeDocuments, params: LongContext, teacher: str) -> list[_Question]:
    """The passages asked about; which ones depends on each passage alone, so that more documents move few of the others."""
    ids = whole.chunks["chunk_id"]
    found = [
        (stable_id("long_context", ids[run.start].as_py(), ids[run.stop - 1].as_py()), document, run)
        for document in whole.documents
        if whole.tokens(document) >= params.min_tokens
        for run in whole.cut(document, params.passage_tokens)
    ]
    return [_born(whole, *item, teacher) for item in sorted(found)[: params.most]]


def _born(whole: WholeDocuments, name: str, document: Stretch, run: Stretch, teacher: str) -> _Question:
    chunks = whole.rows(run)
    row = {
        "example_id": name,
        "parent_id": chunks[0]["chunk_id"],
        **{column: chunks[0][column] for column in ("source", "licence")},
        "topic": chunks[0]["title"],
        "origin": "synthetic",
        "method": "long_context",
        "teacher": teacher,
        "prompt_source": load(_PROMPT).mark,
        "generation": 1,
        "category": "extraction",
        "difficulty": "medium",
    }
    return _Question(row, cited(chunks), document, run)


def _asked(chosen: list[_Question], params: LongContext, teacher: Teacher, sorted_rows: SortedRows) -> list[_Question]:
    """Those for which a question was found, each question once in a document."""
    left: list[_Question] = []
    seen: dict[tuple[Stretch, str], str] = {}
    replies = teacher.ask([_request(item, params) for item in chosen])
    for item, data in with_replies(chosen, replies, sorted_rows):
        if asks(item, data["question"], data["answer"], sorted_rows):
            key = (item.document, text_keys([item.row["instruction"]])[0])
            if (twin := seen.setdefault(key, item.row["example_id"])) != item.row["example_id"]:
                sorted_rows.reject(item.row, "duplicate_instruction", twin)
            else:
                left.append(item)
    return left


def _request(item: _Question, params: LongContext) -> Request:
    title = item.row["topic"] or "untitled"
    passage = "\n\n".join(f"[{p.heading}]\n{p.text}" if p.heading else p.text for p in item.passages)
    fence = Fence.around(title, passage)
    values = {
        "persona": params.persona,
        "fence": fence.mark,
        "manner": MANNERS[int(item.row["example_id"], 16) % len(MANNERS)],
        "place": fence.wrap("place", title),
        "passage": fence.wrap("passage", passage),
    }
    return load(_PROMPT).request(values, SCHEMA)


def _not_known(work: list[_Question], teacher: Teacher, sorted_rows: SortedRows) -> list[_Question]:
    """Those whose question is answered otherwise by somebody who sees nothing else."""
    left: list[_Question] = []
    replies = teacher.ask([brief_answers.ask(item.row["instruction"]) for item in work])
    for item, data in with_replies(work, replies, sorted_rows):
        row = item.row
        if brief_answers.agreement(row["reference"], data["answer"], row["instruction"]) >= brief_answers.AGREES:
            sorted_rows.reject(row, "answerable_without_context", data["answer"])
        else:
            left.append(item)
    return left


def _attached(
    work: list[_Question], whole: WholeDocuments, params: LongContext, tools: Tools
) -> tuple[pa.Table, dict[str, Any]]:
    """The kept rows with their documents, put together a few at a time, and figures about these."""
    depths, sizes = [0] * DEPTHS, np.zeros(len(work), np.int64)
    tables = [EXAMPLE.empty_table()]
    for at in range(0, len(work), _AT_ONCE):
        rows = []
        for number, item in enumerate(work[at : at + _AT_ONCE], at):
            draw = tools.rng(item.row["example_id"])
            stretch = whole.around(item.run, item.document, params.context_tokens, draw.random())
            context = whole.context(stretch)
            first = item.row["evidence"][0]
            depth = int(DEPTHS * (context.offsets[first["chunk_id"]] + first["start"]) / len(context.text))
            text = attach(
                item.row["instruction"], item.row["topic"] or "", context.text, draw.random() < params.question_first
            )
            rows.append(item.row | {"instruction": text, "expects": f"depth:{depth / DEPTHS}"})
            depths[depth] += 1
            sizes[number] = whole.tokens(stretch)
        tables.append(pa.Table.from_pylist(rows, schema=EXAMPLE))
    spread = {"least": int(sizes.min()), "mean": int(sizes.mean()), "most": int(sizes.max())} if work else {}
    return pa.concat_tables(tables), {"depths": depths, "context_tokens": spread}


def estimate(params: LongContext, sizes: Sizes) -> Calls:
    """Three requests for each passage, the last without it."""
    passages = -(-sizes.passages * sizes.passage_tokens // params.passage_tokens)
    asked = passages if params.most is None else min(params.most, passages)
    return Calls(3 * asked, 2 * params.passage_tokens // 3, asked)


METHOD: Final = Method(
    params=LongContext,
    inputs=("documents",),
    make=make,
    answered=True,
    teacher="required",
    version=2,
    prompts=PROMPTS,
    reasons=REASONS
    | {"answerable_without_context": "the teacher knew the answer from the question alone; detail: its answer"},
    libraries=("wordllama", "tokenizers"),
    estimate=estimate,
)
