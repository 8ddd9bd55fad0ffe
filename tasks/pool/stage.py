"""The rows of all generation methods become one table: equal instructions become one, and no passage is left unaccounted for.

Different ways to one right answer stay side by side where a method made them on purpose (`operator`: answer_augmentation).
"""

from collections import Counter
from typing import Any

import pyarrow as pa

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE, Row, rejected
from tasks.text.columns import joined
from tasks.text.equal_texts import FIELD, text_keys


def compute(made: pa.Table, chunks: pa.Table | None, before: pa.Table | None, _tools: Tools) -> Outcome:
    """The first row of each instruction in `made` (schema EXAMPLE), in order; the others are rejected with
    duplicate_instruction, and with no_instruction every passage of `chunks` (schema CHUNK) from which no row was made, under the
    passage's own id. Behind other turns, the same instruction is another one. `before` (schema EXAMPLE) are the rows that earlier
    rounds let pass: they count as asked, and passages were accounted for with them.

    Facts: `methods` (rows of each), `passages`, `coverage` (share of passages with a row, 0 … 1).
    """
    kept, refused = _distinct(made, before)
    facts: dict[str, Any] = {"methods": dict(sorted(Counter(row["method"] for row in kept).items()))}
    if chunks is not None:
        everything = kept + (before.select(["evidence", "parent_id"]).to_pylist() if before else [])
        used = {span["chunk_id"] for row in everything for span in row["evidence"] or ()}
        used |= {row["parent_id"] for row in everything}
        heads = chunks.select(["chunk_id", "document_id", "source", "licence", "title"]).to_pylist()
        silent = [chunk for chunk in heads if chunk["chunk_id"] not in used]
        tried = {row["parent_id"] for row in refused}
        if before is None:
            refused += [_without_instruction(chunk) for chunk in silent if chunk["chunk_id"] not in tried]
        covered = chunks.num_rows - len(silent)
        facts |= {"passages": chunks.num_rows, "coverage": round(covered / max(1, chunks.num_rows), 4)}
        facts["notes"] = _notes(covered, chunks.num_rows)
    return Outcome.of(
        EXAMPLE,
        pa.Table.from_pylist(kept, schema=EXAMPLE),
        pa.Table.from_pylist(refused, schema=rejected(EXAMPLE)),
        facts=facts,
    )


def _distinct(made: pa.Table, before: pa.Table | None) -> tuple[list[Row], list[Row]]:
    """The first row of each instruction behind the same turns, its further responses by answer augmentation, and the others as
    rejects that name it."""
    first: dict[tuple[str, str], str] = {}
    if before is not None:
        keys = text_keys(joined(before, ("history", "instruction"), FIELD))
        first = {(key, ""): id_ for key, id_ in zip(keys, before["example_id"].to_pylist(), strict=True)}
    kept, refused = [], []
    asked_after = text_keys(joined(made, ("history", "instruction"), FIELD))
    for row, key in zip(made.to_pylist(), asked_after, strict=True):
        asked = key, (row["response"] or "") if row["operator"] == "answer_augmentation" else ""
        if asked in first:
            refused.append(row | {"reason": "duplicate_instruction", "detail": first[asked]})
        else:
            first[asked] = row["example_id"]
            kept.append(row)
    return kept, refused


def _without_instruction(chunk: Row) -> Row:
    return {
        "example_id": chunk["chunk_id"],
        "parent_id": chunk["document_id"],
        "source": chunk["source"],
        "licence": chunk["licence"],
        "topic": chunk["title"],
        "reason": "no_instruction",
        "detail": "",
    }


def _notes(covered: int, passages: int) -> list[str]:
    """What a person should know where most passages gave nothing."""
    if covered >= passages / 4:
        return []
    return [
        f"{covered:,} of {passages:,} passages gave a row; a teacher gives more: name one, and methods like taxonomy or "
        "reverse_instruction under `generate`"
    ]
