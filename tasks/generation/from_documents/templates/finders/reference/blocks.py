"""The blocks of a chunk of a manual: paragraphs, list items, code, grammar, tables, notes, each with its place in the text.

Chunks are cleaned text: paragraphs stand on one line, blank lines part them, code and grammar are set in.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["signature", "paragraph", "item", "code", "grammar", "table", "note", "version"]

_GROUP: Final = re.compile(r"^[^\S\n]*\S[^\n]*(?:\n[^\S\n]*\S[^\n]*)*", re.MULTILINE)
_ITEM: Final = re.compile(r"\s*(?:[*•+-]|\d{1,3}[.)]|[a-z][.)]|\[\d{1,3}\])\s+(?=\S)")
_NOTE: Final = re.compile(
    r"(?:Note|Warning|Caution|Tip|Hint|Important|See also)\b[:,]|\*\*CPython implementation detail"
)
_VERSION: Final = re.compile(r"(?:Changed in|New in|Added in|Deprecated since|Removed in) version \d")


@dataclass(frozen=True)
class Block:
    """Characters [start, end) of a chunk, without the blank lines around them."""

    kind: Kind
    start: int
    end: int


def split(text: str, opens: bool = False) -> list[Block]:
    """The blocks of `text`, in order; `opens`: the first is the signature of an entry. Code keeps its blank lines."""
    blocks: list[Block] = []
    for group in _GROUP.finditer(text):
        kind: Kind = "signature" if opens and not blocks else _kind(group[0])
        last = blocks[-1] if blocks else None
        if kind == "code" and last and last.kind == "code":
            blocks[-1] = Block("code", last.start, group.end())
        elif kind == "item":
            blocks += _items(text, group.start(), group.end())
        else:
            blocks.append(Block(kind, group.start(), group.end()))
    return blocks


def _kind(group: str) -> Kind:
    if group.startswith(("+-", "+=", "|")):
        return "table"
    if _ITEM.match(group):
        return "item"
    if group.startswith("    "):
        return "grammar" if "::=" in group else "code"
    if group.startswith(">>>"):
        return "code"
    if _NOTE.match(group) or "\n" in group:
        return "note"  # a term with its text right below belongs to a note or a list of references
    return "version" if _VERSION.match(group) else "paragraph"


def _items(text: str, start: int, end: int) -> list[Block]:
    """The list items of a group of lines, one block each."""
    lines = [match.span() for match in re.finditer(r"[^\n]+", text[start:end])]
    marks = [start + begin for begin, _ in lines if not begin or _ITEM.match(text, start + begin, end)]
    stops = [*(mark - 1 for mark in marks[1:]), end]
    return [Block("item", begin, stop) for begin, stop in zip(marks, stops, strict=True)]
