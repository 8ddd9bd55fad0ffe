"""The documents of a source: files found by path, folder or glob, and the topics that come with Python."""

import hashlib
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from tasks.containers import METADATA, PACKED, suffix_of
from tasks.containers.streams import unpacked
from tasks.core.errors import BadInput
from tasks.documents.inventory.exports import CONFLUENCE, ZIP
from tasks.documents.params import Source
from tasks.documents.readers import office, own

MEDIA_TYPES: Final = {
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".mdx": "text/markdown",
    ".html": "text/html",
    ".htm": "text/html",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".ndjson": "application/jsonl",
    ".zip": ZIP,
    **office.MEDIA_TYPES,
}
"""By suffix, lower case; each may be followed by one of PACKED. A reader for each stands in `tasks.documents.readers.READERS`, or
in `tasks.documents.readers.office`."""
SPHINX: Final = "text/x-sphinx"

_WILD: Final = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class DocumentFile:
    """One file or topic that holds documents; `path` is its name in rows."""

    path: str
    media_type: str
    file: Path | None = None
    topic: str = ""
    leads_out: bool = False
    """Whether it is a symbolic link that leads out of the folder it was found in."""

    def size(self) -> int:
        """Bytes, without reading them."""
        return self.file.stat().st_size if self.file else len(self.read())

    def read(self, most: int = sys.maxsize) -> bytes:
        """The raw bytes, unpacked; of a packed file, one more than `most` if it has more. Raises OSError, CutShort."""
        if self.file is None:
            return _topics()[self.topic].encode()
        if self.file.suffix.lower() not in PACKED:
            return self.file.read_bytes()
        parts: list[bytes] = []
        with unpacked(self.file) as stream:
            while most >= 0 and (part := stream.read(min(1 << 20, most + 1))):
                parts.append(part)
                most -= len(part)
        return b"".join(parts)


def name_of(source: Source) -> str:
    """The name of a source: the recipe's, or one made from the file's or folder's name."""
    if source.name or source.pydoc:
        return source.name or f"python-{source.pydoc}"
    parts = [part for part in Path(source.path).parts if not _WILD.search(part)]
    last = Path(parts[-1]) if parts else Path("documents")
    stem = (last.with_suffix("") if last.suffix.lower() in PACKED else last).stem
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:64] or "documents"


def files_of(source: Source, base: Path) -> tuple[list[DocumentFile], list[str]]:
    """The files of a source in order of path, and the names of those that lie beside them and have no reader; `base` is the
    folder that relative paths start from.

    Raises BadInput if there are none, or if a file named by itself has no reader.
    """
    if source.pydoc:
        return [DocumentFile(f"pydoc:{name}", SPHINX, topic=name) for name in sorted(_topics())], []
    whole = base / Path(source.path).expanduser()
    if whole.is_file():
        if not (media_type := _media_type(whole, source.reader)):
            raise BadInput(f"documents: no reader for {source.path}; readable are {', '.join(MEDIA_TYPES)}")
        return [DocumentFile(named(whole.name), media_type, whole)], []
    root, found = _found(source.path, whole)
    files = sorted(found, key=lambda f: f.relative_to(root).as_posix())
    readable = [f for f in files if _media_type(f, source.reader) and f.name not in METADATA]
    if not readable:
        raise BadInput(f"documents: {source.path} holds no file with one of the suffixes {', '.join(MEDIA_TYPES)}")
    home, chosen = root.resolve(), set(readable)
    documents = [
        DocumentFile(
            named(f.relative_to(root).as_posix()),
            _media_type(f, source.reader),
            f,
            leads_out=not f.resolve().is_relative_to(home),
        )
        for f in readable
    ]
    return documents, [named(f.relative_to(root).as_posix()) for f in files if f not in chosen]


def _media_type(file: Path, reader: str) -> str:
    """The media type of a file, with the recipe's own reader if it names one; empty where it has no reader."""
    known = CONFLUENCE if file.name == "entities.xml" else MEDIA_TYPES.get(suffix_of(file), "")
    return own.media_type(known, reader) if reader else known


def named(path: str) -> str:
    """A file's name as rows can hold it: bytes that are no UTF-8 are written out, as \\xff."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _found(path: str, whole: Path) -> tuple[Path, Iterator[Path]]:
    """The folder that paths are relative to, and the files below it; hidden ones are left alone."""
    wild = next((i for i, part in enumerate(whole.parts) if _WILD.search(part)), None)
    if whole.is_dir():
        root, pattern = whole, "**/*"
    elif wild is not None:
        root, pattern = Path(*whole.parts[:wild]), str(Path(*whole.parts[wild:]))
    else:
        raise BadInput(f"documents: there is no file or folder {path}")
    found = (f for f in root.glob(pattern) if f.is_file())
    return root, (f for f in found if not any(part.startswith(".") for part in f.relative_to(root).parts))


@lru_cache(maxsize=1)
def _topics() -> dict[str, str]:
    from pydoc_data import topics

    return dict(topics.topics)


@lru_cache(maxsize=1)
def repeated_topics() -> dict[str, str]:
    """Topics of which every word stands in a longer topic, with that topic: pydoc cuts pages, and parts of those pages,
    out of one reference. Underlines differ by depth and footnotes move to the end, so neither counts."""
    bare = {name: _bare(text) for name, text in _topics().items()}
    by_length = sorted(bare, key=lambda name: (-len(bare[name]), name))
    inside: dict[str, str] = {}
    for i, name in enumerate(by_length):
        outer = next((o for o in by_length[:i] if o not in inside and bare[name] in bare[o]), None)
        if outer:
            inside[name] = outer
    return inside


def _bare(text: str) -> str:
    body = text.split("-[ Footnotes ]-")[0]
    return " ".join(re.sub(r"(?m)^[*=\-~]{3,}$", "", body).split())


def fingerprint(text: str) -> str:
    """The sha256 of a record's text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
