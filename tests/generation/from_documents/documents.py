"""Markdown documents as chunks, for tests of what methods make of documents."""

import hashlib
import random
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from tasks.core.outcome import Tools
from tasks.core.schema import CHUNK
from tasks.documents.inventory.collect import collect
from tasks.documents.params import Chunking, Source
from tasks.documents.stage import compute


def chunks_of(folder: Path, documents: Mapping[str, str]) -> pa.Table:
    """The chunks (CHUNK) of `documents`, text by file name, as a build reads them."""
    raw: dict[str, bytes] = {}

    def keep(data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        raw[digest] = data
        return digest

    for name, text in documents.items():
        (folder / name).write_text(text, "utf-8")
    inventory = collect((Source(path=str(folder), name="docs"),), keep).kept
    return compute(inventory, Chunking(), Tools("key", folder, read_raw=raw.__getitem__)).kept


def documents_of(*documents: list[tuple[list[str], str]], flagged: str = "") -> pa.Table:
    """Chunks of documents d0, d1, … from their headings and texts, in no order."""
    rows = [
        {
            "chunk_id": f"d{d}c{position}",
            "document_id": f"d{d}",
            "source": "docs",
            "licence": "MIT",
            "title": f"Title {d}",
            "headings": headings,
            "kind": "prose",
            "position": position,
            "text": text,
            "flags": ["instruction_like"] if text == flagged else [],
        }
        for d, parts in enumerate(documents)
        for position, (headings, text) in enumerate(parts)
    ]
    random.Random(7).shuffle(rows)
    return pa.Table.from_pylist(rows, schema=CHUNK)
