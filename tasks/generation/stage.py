"""The stage: every method that is set proposes rows; equal instructions become one."""

from collections import Counter
from typing import Any

import pyarrow as pa

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE, Row, failed, rejected
from tasks.generation.from_documents import reverse_instruction as reverse
from tasks.generation.from_documents import taxonomy
from tasks.generation.from_documents.templates import asking
from tasks.generation.from_documents.templates.params import Seeds
from tasks.teachers import open_teacher
from tasks.teachers.protocol import Budget, TeacherSettings
from tasks.text.words import normalise


def compute(chunks: pa.Table, params: Seeds, teacher: TeacherSettings, budget: Budget, tools: Tools) -> Outcome:
    """EXAMPLE rows with instructions: from templates with the spans that answer them as `evidence`, from reversed passages
    with the passage as response, from a taxonomy with nothing but the question.

    Rejects with duplicate_instruction, with what the methods reject, and with no_instruction every chunk that gave no row,
    under the chunk's own id. Facts: `templates` (rows of each), `methods`, `coverage` (share of chunks with a row), and what
    the teacher's methods measured. Raises BadInput for a template set with a mistake, and what the teacher raises.
    """
    proposals: list[Row] = []
    taught: dict[str, Outcome] = {}
    if params.templates:
        proposals += asking.propose(chunks, params.templates)
        tools.progress(chunks.num_rows, chunks.num_rows)
    if teacher.provider != "none" and (params.taxonomy or params.reverse):
        with open_teacher(teacher, tools, budget) as model:
            if params.taxonomy:
                taught["taxonomy"] = taxonomy.propose(chunks, params.taxonomy, model, tools)
            if params.reverse:
                taught["reverse"] = reverse.propose(chunks, params.reverse, model, tools)
    proposals += [row for outcome in taught.values() for row in outcome.kept.to_pylist()]
    kept, refused = _distinct(proposals)
    refused += [row for outcome in taught.values() for row in outcome.rejected.to_pylist()]
    missed = [row for outcome in taught.values() for row in outcome.failed.to_pylist()]
    refused += _silent(chunks, [*proposals, *refused, *missed])
    return Outcome(
        pa.Table.from_pylist(kept, schema=EXAMPLE),
        pa.Table.from_pylist(refused, schema=rejected(EXAMPLE)),
        pa.Table.from_pylist(missed, schema=failed(EXAMPLE)),
        {**_facts(kept, chunks), **{name: outcome.facts for name, outcome in taught.items()}},
    )


def _silent(chunks: pa.Table, rows: list[Row]) -> list[Row]:
    """The chunks that are the parent of none of `rows`, as rejects under their own ids."""
    used = {row["parent_id"] for row in rows}
    columns = chunks.select(["chunk_id", "document_id", "source", "licence", "title"])
    return [
        {
            "example_id": chunk["chunk_id"],
            "parent_id": chunk["document_id"],
            "source": chunk["source"],
            "licence": chunk["licence"],
            "topic": chunk["title"],
            "reason": "no_instruction",
            "detail": "",
        }
        for chunk in columns.to_pylist()
        if chunk["chunk_id"] not in used
    ]


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
        "methods": dict(sorted(Counter(row["method"] for row in kept).items())),
        "coverage": round(len(covered) / chunks.num_rows, 4) if chunks.num_rows else 0.0,
    }
