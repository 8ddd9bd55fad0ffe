"""Documents on a real disk, and a shelf for their raw bytes."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.core.outcome import Outcome, Tools
from tasks.documents.inventory.collect import collect
from tasks.documents.params import Chunking, Source
from tasks.documents.stage import compute


class Shelf:
    """Raw bytes by hash, and the way from sources to chunks over it."""

    def __init__(self) -> None:
        self.raw: dict[str, bytes] = {}

    def keep(self, raw: bytes) -> str:
        sha256 = hashlib.sha256(raw).hexdigest()
        self.raw[sha256] = raw
        return sha256

    def collect(self, *sources: Source, base: Path = Path(), limit: int | None = None) -> Outcome:
        return collect(sources, self.keep, base, limit)

    def ingest(self, inventory: Outcome, params: Chunking | None = None) -> Outcome:
        tools = Tools("a-key", Path(), read_raw=self.raw.__getitem__)
        return compute(inventory.kept, params or Chunking(), tools)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture(scope="session")
def topics() -> tuple[Shelf, Outcome, Outcome]:
    """The language reference: shelf, inventory, chunks."""
    shelf = Shelf()
    inventory = shelf.collect(Source(pydoc="topics"))
    return shelf, inventory, shelf.ingest(inventory)


@pytest.fixture(scope="session")
def austen(shared: Path) -> tuple[Shelf, Outcome, Outcome]:
    """Pride and Prejudice: shelf, inventory, chunks."""
    shelf = Shelf()
    inventory = shelf.collect(Source(path=str(shared / "documents/austen/prideprejudice.txt"), licence="public domain"))
    return shelf, inventory, shelf.ingest(inventory)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Writes one file below a folder of the test's own."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write
