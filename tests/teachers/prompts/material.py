"""Chunks, rows and teachers for the tests of what asks a model."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tasks.core.outcome import Tools
from tasks.core.schema import CHUNK, EXAMPLE
from tasks.teachers import Teacher, TeacherSettings, open_teacher
from tests.servers.models import ModelServer

both_protocols = pytest.mark.parametrize("provider", ["openai", "anthropic"])


def teacher_at(server: ModelServer, folder: Path, provider: str = "openai", **more: Any) -> Teacher:
    """A real teacher that talks to the loopback server in one of the two protocols; `more` are settings of it."""
    address = server.openai_url if provider == "openai" else server.url
    settings = TeacherSettings.model_validate(
        {"provider": provider, "model": "test-model", "base_url": address, **more}
    )
    return open_teacher(settings, Tools("key", folder))


def chunks_of(*texts: str, kind: str = "prose", flags: Sequence[str] = ()) -> pa.Table:
    """A CHUNK table with ids c0, c1, …"""
    rows = [
        {
            "chunk_id": f"c{i}",
            "document_id": "d",
            "source": "book",
            "licence": "public domain",
            "title": "The Book",
            "headings": [f"Chapter {i}"],
            "kind": kind,
            "position": i,
            "text": text,
            "flags": list(flags),
        }
        for i, text in enumerate(texts)
    ]
    return pa.Table.from_pylist(rows, schema=CHUNK)


def examples_of(*instructions: str, **columns: Any) -> pa.Table:
    """An EXAMPLE table with ids e0, e1, …; `columns` hold one value for all rows."""
    rows = [
        {"example_id": f"e{i}", "parent_id": f"c{i}", "instruction": text, "method": "template", "generation": 0}
        | columns
        for i, text in enumerate(instructions)
    ]
    return pa.Table.from_pylist(rows, schema=EXAMPLE)
