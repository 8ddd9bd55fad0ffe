"""The stage: every method that is set proposes rows; equal instructions become one."""

from typing import Any

import pyarrow as pa

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE, failed, rejected
from tasks.seeds import asking
from tasks.seeds.params import Seeds
from tasks.teachers.protocol import Budget, TeacherSettings
from tasks.text.words import normalise

Row = dict[str, Any]


def compute(chunks: pa.Table, params: Seeds, teacher: TeacherSettings, budget: Budget, tools: Tools) -> Outcome:
    """EXAMPLE rows with instructions (and, from templates, the spans that answer them as `evidence`).

    Rejects with duplicate_instruction, and with no_instruction every chunk that gave no row, under the chunk's own id.
    Raises BadInput for a template set with a mistake, and what the teacher raises.
    """
    proposals: list[Row] = []
    if params.templates:
        proposals += asking.propose(chunks, params.templates)
        tools.progress(chunks.num_rows, chunks.num_rows)
    kept, refused = _distinct(proposals)
    used = {row["parent_id"] for row in proposals}
    refused += [
        {"example_id": chunk["chunk_id"], "parent_id": chunk["document_id"], **_of(chunk), "reason": "no_instruction", "detail": ""}
        for chunk in chunks.select(["chunk_id", "document_id", "source", "licence", "title"]).to_pylist()
        if chunk["chunk_id"] not in used
    ]
    return Outcome(
        pa.Table.from_pylist(kept, schema=EXAMPLE),
        pa.Table.from_pylist(refused, schema=rejected(EXAMPLE)),
        failed(EXAMPLE).empty_table(),
        _facts(kept, chunks),
    )


def _of(chunk: Row) -> Row:
    return {"source": chunk["source"], "licence": chunk["licence"], "topic": chunk["title"]}


def _distinct(rows: list[Row]) -> tuple[list[Row], list[Row]]:
    """The first row of each instruction, and the others as rejects that name it."""
    first: dict[str, str] = {}
    kept, refused = [], []
    for row in rows:
        asked = normalise(row["instruction"])
        if asked in first:
            refused.append(row | {"reason": "duplicate_instruction", "detail": first[asked]})
        else:
            first[asked] = row["example_id"]
            kept.append(row)
    return kept, refused


def _facts(kept: list[Row], chunks: pa.Table) -> dict[str, Any]:
    covered = {span["chunk_id"] for row in kept for span in row["evidence"] or ()} | {row["parent_id"] for row in kept}
    return {
        "templates": dict(asking.per_template(kept)),
        "methods": _counts(row["method"] for row in kept),
        "coverage": round(len(covered) / chunks.num_rows, 4) if chunks.num_rows else 0.0,
    }


def _counts(values: Any) -> dict[str, int]:
    counts: dict[str, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return dict(sorted(counts.items()))
