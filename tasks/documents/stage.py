"""Documents to chunks, one document at a time: what a chunk is depends on its document and on Chunking alone."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pyarrow as pa

from tasks.core import schema as schemas
from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import Row
from tasks.documents.blocks import Unreadable
from tasks.documents.chunking import chunks_of
from tasks.documents.params import Chunking
from tasks.documents.reading import Read, read
from tasks.text.prompt_injection import INSTRUCTION_LIKE, instruction_like

Offset = tuple[int, int, int, int]


def compute(inventory: pa.Table, params: Chunking, tools: Tools) -> Outcome:
    """The chunks (schema.CHUNK) of the documents of `inventory`, in its order, and in order of position.

    The cleaned text of a document is its chunks' texts, in order, a blank line between two; `start` and `end` count in it.
    Rejected, with chunk_id = document_id: documents without text, and those that cannot be read; with an id of its own, each page
    that is a picture of text (needs_ocr).
    """
    kept: list[Row] = []
    offsets: list[list[Offset]] = []
    rejected: list[Row] = []
    counts = dict.fromkeys(("pages", "pages_without_text", "running_lines"), 0)
    documents = inventory.to_pylist()
    for done, document in enumerate(documents, start=1):
        try:
            whole = read(
                *(tools.read_raw(document["raw_sha256"]), document["media_type"], document["path"], document["record"]),
                *(document["field"], params.max_depth),
            )
            for row, found in _chunk_rows(document, whole, params):
                kept.append(row)
                offsets.append(found)
            rejected += _pictures(document, whole)
            counts["pages"] += whole.pages
            counts["pages_without_text"] += len(whole.pictures)
            counts["running_lines"] += whole.running
        except Unreadable as problem:
            row = document | {"chunk_id": document["document_id"], "reason": problem.reason, "detail": problem.detail}
            rejected.append(row)
        if done % params.documents_at_once == 0 or done == len(documents):
            tools.progress(done, len(documents))
    table = None
    if kept:
        table = pa.Table.from_pylist(kept, schema=schemas.CHUNK)
        position = schemas.CHUNK.get_field_index("offsets")
        # built from flat arrays because there are many offsets
        bounds = np.concatenate([[0], np.cumsum([len(row) for row in offsets])]).astype(np.int32)
        flat = np.array([offset for row in offsets for offset in row], dtype=np.int64).reshape(-1, 4)
        fields = list(schemas.OFFSET)
        columns = [pa.array(flat[:, i], type=pa.int64()).cast(field.type) for i, field in enumerate(fields)]
        column = pa.ListArray.from_arrays(bounds, pa.StructArray.from_arrays(columns, fields=fields))
        table = table.set_column(position, schemas.CHUNK.field("offsets"), column)
    lost = pa.Table.from_pylist(rejected, schema=schemas.rejected(schemas.CHUNK)) if rejected else None
    return Outcome.of(schemas.CHUNK, table, lost, facts=_facts(kept) | counts)


def _pictures(document: Row, whole: Read) -> Iterator[Row]:
    """A rejected row for each page that is a picture of text."""
    for page in whole.pictures:
        detail = f"page {page} of {whole.pages} is a picture of text"
        row = {"chunk_id": schemas.stable_id(document["document_id"], detail), "reason": "needs_ocr", "detail": detail}
        yield document | row | {"location": f"page {page}", "encoding": whole.encoding}


def _chunk_rows(document: Row, whole: Read, params: Chunking) -> Iterator[tuple[Row, list[Offset]]]:
    """The rows of one document, without and beside their offsets. Raises Unreadable."""
    reading = whole.reading
    stated = document.get("title")
    title = stated or reading.title if document["record"] is not None else reading.title or stated
    if not title:
        stem = PurePosixPath(document["path"]).stem.replace("-", " ").replace("_", " ").strip()
        number = "" if document["record"] is None else f", record {document['record'] + 1}"
        title = f"{stem[:1].upper()}{stem[1:]}{number}"
    chunks = list(chunks_of(reading.blocks, params.target_words, params.max_words))
    if not chunks:
        raise Unreadable("empty_document")
    start = 0
    for position, chunk in enumerate(chunks):
        end = start + len(chunk.text)
        flags = [INSTRUCTION_LIKE] if instruction_like("\n".join((*chunk.headings, chunk.text))) else []
        row = (
            document
            | {"headings": list(chunk.headings), "kind": chunk.kind, "text": chunk.text, "flags": flags}
            | {"encoding": whole.encoding, "title": title, "start": start, "end": end}
        )
        if whole.location:
            row["location"] = whole.location(chunk.offsets[0][1], chunk.offsets[-1][1] + chunk.offsets[-1][3])
        row |= {"chunk_id": schemas.stable_id(document["document_id"], str(position)), "position": position}
        yield row, chunk.offsets
        start = end + len("\n\n")


def _facts(rows: list[Row]) -> dict[str, Any]:
    kinds: dict[str, int] = {}
    for row in rows:
        kinds[row["kind"]] = kinds.get(row["kind"], 0) + 1
    return {
        "chunks": len(rows),
        "kinds": dict(sorted(kinds.items())),
        "words": sum(len(row["text"].split()) for row in rows),
        "instruction_like": sum(bool(row["flags"]) for row in rows),
    }
