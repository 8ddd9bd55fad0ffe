"""Markdown documents as chunks, for tests of what methods make of documents."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from tasks.core.outcome import Tools
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
