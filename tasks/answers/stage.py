"""The stage: each row is answered by its marked evidence, by a teacher, or by the sentences that fit best."""

from textwrap import dedent
from typing import Any

import pyarrow as pa

from tasks.answers import extractive, rag
from tasks.answers.params import Answers
from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE, Row, conform, failed, rejected
from tasks.teachers import open_teacher, prompts
from tasks.teachers.protocol import Budget, TeacherSettings
from tasks.text.retrieval import Retriever

Shelf = list[dict[str, Any]]
"""The chunks as rows: chunk_id, headings, text."""


def compute(
    seeds: pa.Table, chunks: pa.Table, params: Answers, teacher: TeacherSettings, budget: Budget, tools: Tools
) -> Outcome:
    """EXAMPLE rows with `response`, `answer_method` and `evidence`, in the order of `seeds`.

    A row whose evidence is marked must pass the round trip: a passage that holds the answer is among the `top_k` retrieved
    for the instruction alone. Rejects with not_retrieved (detail: the passage's rank), no_answer_found and what
    `rag.answer` rejects with. `origin` stays "human" only where the response is a human's text as a whole (method
    "reverse"); an answer put together from extracts for a question nobody asked is "synthetic".
    Raises BadInput if method is rag and no teacher is named, and what the teacher raises.
    """
    shelf: Shelf = chunks.select(["chunk_id", "headings", "text"]).to_pylist()
    rows = seeds.to_pylist()
    asks = params.method == "rag" or (params.method == "auto" and teacher.provider != "none")
    ready = [row for row in rows if row["response"]]
    to_ask = [row for row in rows if not row["response"] and asks and (params.method == "rag" or not row["evidence"])]
    to_extract = [
        row for row in rows if not row["response"] and not (asks and (params.method == "rag" or not row["evidence"]))
    ]
    retriever = Retriever.over(chunks) if to_ask or to_extract else None
    kept = [row | {"answer_method": row["answer_method"] or "human"} for row in ready]
    refused: list[Row] = []
    if retriever and to_extract:
        good, bad = _extract(to_extract, shelf, retriever, params)
        kept, refused = kept + good, refused + bad
    asked = _ask(to_ask, shelf, retriever, params, teacher, budget, tools) if retriever and to_ask else None
    tools.progress(len(rows), len(rows))
    return _collected(rows, kept, refused, asked)


def _extract(rows: list[Row], shelf: Shelf, retriever: Retriever, params: Answers) -> tuple[list[Row], list[Row]]:
    texts = {chunk["chunk_id"]: chunk["text"] for chunk in shelf}
    places = {chunk["chunk_id"]: i for i, chunk in enumerate(shelf)}
    ranked, _ = retriever.search([row["instruction"] for row in rows], params.top_k)
    kept, refused = [], []
    for row, order in zip(rows, ranked, strict=True):
        near = [shelf[i] for i in order]
        marked = row["evidence"] or []
        spans = marked or extractive.choose(
            row["instruction"], [(c["chunk_id"], c["text"]) for c in near], params.extractive
        )
        if not spans:
            refused.append(row | {"reason": "no_answer_found", "detail": ""})
            continue
        response = dedent(extractive.verbatim(spans, texts))  # an answer that is all code stands at the margin
        answer = row | {"response": response, "evidence": spans, "answer_method": "extractive"}
        pieces = [texts[span["chunk_id"]][span["start"] : span["end"]] for span in spans]
        if marked and not any(all(piece in chunk["text"] for piece in pieces) for chunk in near):
            rank = retriever.rank(row["instruction"], places[marked[0]["chunk_id"]])
            refused.append(answer | {"reason": "not_retrieved", "detail": str(rank)})
        else:
            kept.append(answer if row["method"] == "reverse" else answer | {"origin": "synthetic"})
    return kept, refused


def _ask(
    rows: list[Row],
    shelf: Shelf,
    retriever: Retriever,
    params: Answers,
    teacher: TeacherSettings,
    budget: Budget,
    tools: Tools,
) -> Outcome:
    found, _ = retriever.search([row["instruction"] for row in rows], params.rag.passages)
    passages = [
        [(shelf[i]["chunk_id"], shelf[i]["text"], " / ".join(shelf[i]["headings"] or ())) for i in order]
        for order in found
    ]
    with prompts.using(params.prompts), open_teacher(teacher, tools, budget) as model:
        return rag.answer(pa.Table.from_pylist(rows, schema=EXAMPLE), passages, params.rag, model, tools)


def _collected(rows: list[Row], kept: list[Row], refused: list[Row], asked: Outcome | None) -> Outcome:
    """Every row where it belongs, in the order in which they entered."""
    order = {row["example_id"]: i for i, row in enumerate(rows)}
    facts = {"answer_methods": {"extractive": sum(row["answer_method"] == "extractive" for row in kept)}}

    def table(mine: list[Row], theirs: pa.Table | None, schema: pa.Schema) -> pa.Table:
        every = [*mine, *(theirs.to_pylist() if theirs is not None else [])]
        return conform(
            pa.Table.from_pylist(sorted(every, key=lambda row: order[row["example_id"]]), schema=schema), schema
        )

    return Outcome(
        table(kept, asked.kept if asked else None, EXAMPLE),
        table(refused, asked.rejected if asked else None, rejected(EXAMPLE)),
        table([], asked.failed if asked else None, failed(EXAMPLE)),
        facts | (asked.facts if asked else {}),
    )
