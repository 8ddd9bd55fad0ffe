"""A document's sections as blocks: what stands under each heading, with its place in the chunks."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import pyarrow as pa

Kind = Literal["signature", "paragraph", "item", "code", "table"]

_GROUP: Final = re.compile(r"^[^\S\n]*\S[^\n]*(?:\n[^\S\n]*\S[^\n]*)*", re.MULTILINE)
_ITEM: Final = re.compile(r"\s*(?:[*•+-]|\d{1,3}[.)]|[a-z][.)]|\[\d{1,3}\])\s+(?=\S)")


@dataclass(frozen=True)
class PassageBlock:
    """Characters [start, end) of a chunk's text, without the blank lines around them."""

    kind: Kind
    chunk_id: str
    start: int
    end: int
    text: str

    def part(self, start: int, end: int | None = None) -> "PassageBlock":
        """Characters [start, end) of it, as a paragraph."""
        stop = len(self.text) if end is None else end
        return PassageBlock("paragraph", self.chunk_id, self.start + start, self.start + stop, self.text[start:stop])

    @property
    def mark(self) -> int:
        """Characters of the mark with which a list item begins."""
        found = _ITEM.match(self.text) if self.kind == "item" else None
        return found.end() if found else 0

    @property
    def numbered(self) -> bool:
        """Whether it is an item of a numbered list."""
        return self.kind == "item" and bool(re.match(r"\s*\d", self.text))


@dataclass
class DocumentSection:
    """What stands under one heading, up to the next heading of any level."""

    document_id: str
    title: str
    """The document's."""
    path: str
    headings: tuple[str, ...]
    """From the outermost to its own; empty before the first heading."""
    source: str
    licence: str | None
    blocks: list[PassageBlock] = field(default_factory=list)

    @property
    def heading(self) -> str:
        """Its own heading; the document's title before the first one."""
        return self.headings[-1] if self.headings else self.title


def sections_of(chunks: pa.Table) -> list[list[DocumentSection]]:
    """The sections of each document, in the order of `chunks` (columns as CHUNK). Chunks that try to instruct a model are
    left out, and so is what stands between them and the next heading."""
    columns = ["chunk_id", "document_id", "source", "licence", "path", "title", "headings", "kind", "text", "flags"]
    documents: list[list[DocumentSection]] = []
    barred: tuple[str, ...] | None = None
    for row in chunks.select(columns).to_pylist():
        headings = tuple(row["headings"] or ())
        if not documents or documents[-1][-1].document_id != row["document_id"]:
            documents.append([])
            barred = None
        document = documents[-1]
        if not document or document[-1].headings != headings or row["kind"] == "entry":
            document.append(_section(row, headings))
        if "instruction_like" in (row["flags"] or ()):
            barred = headings
        if barred == headings:
            document[-1].blocks.clear()
        else:
            document[-1].blocks += blocks_of(row["chunk_id"], row["text"], row["kind"] == "entry")
    return documents


def below(document: Sequence[DocumentSection], at: int) -> list[DocumentSection]:
    """The sections under deeper headings that belong to section `at` of `document`."""
    headings = document[at].headings
    found = []
    for section in document[at + 1 :]:
        if len(section.headings) <= len(headings) or section.headings[: len(headings)] != headings:
            break
        found.append(section)
    return found


def _section(row: dict[str, Any], headings: tuple[str, ...]) -> DocumentSection:
    return DocumentSection(
        row["document_id"], row["title"] or "", row["path"] or "", headings, row["source"], row["licence"], []
    )


def blocks_of(chunk_id: str, text: str, opens: bool = False) -> list[PassageBlock]:
    """The blocks of a chunk's text, in order; `opens`: the first is the signature of an entry. Code keeps its blank lines."""
    blocks: list[PassageBlock] = []
    for group in _GROUP.finditer(text):
        kind: Kind = "signature" if opens and not blocks else _kind(group[0])
        last = blocks[-1] if blocks else None
        if kind == "code" and last and last.kind == "code":
            blocks[-1] = PassageBlock("code", chunk_id, last.start, group.end(), text[last.start : group.end()])
        else:
            spans = _items(text, group.start(), group.end()) if kind == "item" else [(group.start(), group.end())]
            blocks += [PassageBlock(kind, chunk_id, start, end, text[start:end]) for start, end in spans]
    return blocks


def _kind(group: str) -> Kind:
    if group.startswith(("+-", "+=", "|")):
        return "table"
    if _ITEM.match(group):
        return "item"
    return "code" if group.startswith(("    ", ">>>")) else "paragraph"


def _items(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where the items of a group of lines begin and end."""
    lines = [start + match.start() for match in re.finditer(r"[^\n]+", text[start:end])]
    marks = [begin for begin in lines if begin == start or _ITEM.match(text, begin, end)]
    yield from zip(marks, [*(mark - 1 for mark in marks[1:]), end], strict=True)
