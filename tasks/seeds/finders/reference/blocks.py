"""The blocks of a passage: paragraphs, list items, code, grammar, tables, notes, each with its place in the text.

Plain-text manuals speak through indentation: what is set in further than the text around it, and is no list item, is code.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["paragraph", "item", "code", "grammar", "table", "note", "version", "heading"]

_ITEM: Final = re.compile(r"(?:[*•-]|\d{1,2}[.)]|[a-z][.)]) +(?=\S)")
_NOTE: Final = re.compile(
    r"(?:Note|Warning|Caution|Tip|Important|See also)\b:?|-\[ Footnotes \]-|\[\d+\] |\*\*CPython implementation detail"
)
_VERSION: Final = re.compile(r"(?:Changed in|New in|Added in|Deprecated since|Removed in) version \d")
_TABLE: Final = re.compile(r"(?:\+[-=]{3}|\|[ =])")


@dataclass(frozen=True)
class Block:
    """Characters [start, end) of a passage, without the blank lines around them."""

    kind: Kind
    start: int
    end: int
    indent: int


def split(text: str) -> list[Block]:
    """The blocks of `text`, in order. Code keeps its inner blank lines; a note keeps what is set in below it."""
    blocks: list[Block] = []
    for start, end in _groups(text):
        indent = len(text[start:end]) - len(text[start:end].lstrip(" "))
        kind = _kind(text[start:end], indent, blocks, text)
        last = blocks[-1] if blocks else None
        if last and kind == last.kind and kind in ("code", "note") and (kind == "code" or indent > last.indent):
            blocks[-1] = Block(kind, last.start, end, last.indent)
        elif kind == "item" and "\n" in text[start:end]:
            blocks += _items(text, start, end, indent)
        else:
            blocks.append(Block(kind, start, end, indent))
    return blocks


def _groups(text: str) -> list[tuple[int, int]]:
    """Stretches of lines between blank lines; the indentation of the first line is kept."""
    return [m.span() for m in re.finditer(r"^[^\S\n]*\S[^\n]*(?:\n[^\S\n]*\S[^\n]*)*", text, re.MULTILINE)]


def _kind(group: str, indent: int, before: list[Block], text: str) -> Kind:
    stripped = group.lstrip()
    last = before[-1] if before else None
    if _TABLE.match(stripped):
        return "table"
    if re.search(r"^\s*[\w-]+\s*::=", group, re.MULTILINE):
        return "grammar"
    if last and last.kind == "note" and indent > last.indent:
        return "note"
    if last and last.kind == "code" and indent >= last.indent and indent > 0:
        return "code"
    if stripped.startswith((">>>", "... ")):
        return "code"
    if _NOTE.match(stripped):
        return "note"
    if _VERSION.match(stripped):
        return "version"
    if _ITEM.match(stripped):
        return "item"
    if last and last.kind == "item" and indent > last.indent:
        return "code" if text[last.start : last.end].endswith(":") and indent - last.indent > 3 else "item"
    return "code" if indent >= 3 else "paragraph"


def _items(text: str, start: int, end: int, indent: int) -> list[Block]:
    """A group of adjoining list items, one block each."""
    marks = [start]
    for line in re.finditer(r"^[^\n]*", text[start:end], re.MULTILINE):
        body = line[0].lstrip()
        if line.start() and len(line[0]) - len(body) == indent and _ITEM.match(body):
            marks.append(start + line.start())
    stops = [*marks[1:], end + 1]
    return [Block("item", a, b - 1, indent) for a, b in zip(marks, stops, strict=True)]
