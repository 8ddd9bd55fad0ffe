"""Passages, and a teacher that reads them by rule."""

import re
from collections.abc import Callable, Iterator

import pyarrow as pa
import pytest

from tasks.core.schema import CHUNK
from tests.servers.models import ModelServer
from tests.servers.wire import Reply, Seen

__all__ = ["model_server"]


def passages(**texts: str) -> pa.Table:
    """Chunks by id."""
    return pa.Table.from_pylist(
        [{"chunk_id": name, "text": text, "title": "", "headings": []} for name, text in texts.items()], schema=CHUNK
    )


def span(name: str) -> dict[str, object]:
    """A whole chunk as evidence."""
    return {"chunk_id": name, "start": 0, "end": None}


def fenced(seen: Seen, tag: str) -> str:
    """What a question holds between the tags of this name that carry the mark of its first line."""
    mark = re.match(r"Mark: ([0-9a-f]{16})\n", seen.prompt)
    assert mark
    found = re.search(rf"<{tag}-{mark[1]}>\n(.*?)\n</{tag}-{mark[1]}>", seen.prompt, re.DOTALL)
    return found[1] if found else ""


def word_reader(known: Callable[[str, str], float]) -> Callable[[Seen], Reply]:
    """A teacher that says yes with the probability `known(passage, claim)`, and that nothing is contradicted."""

    def reply(seen: Seen) -> Reply:
        likely = known(fenced(seen, "passage"), fenced(seen, "claim"))
        if "contradict" in seen.system:
            likely = 0.1
        return Reply("yes" if likely > 0.5 else "no", likely={"yes": likely, "no": 1 - likely})

    return reply


@pytest.fixture
def model_server() -> Iterator[ModelServer]:
    """A fresh model server for one test."""
    with ModelServer() as server:
        yield server
