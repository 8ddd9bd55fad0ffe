"""Markdown by markdown-it's tokens, whose line numbers lead back to the raw text.

Links become their words, images, comments and tags go; emphasis and `code` marks stay, as they do in other formats. Fenced
code is kept whole, without its fences.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from tasks.documents.blocks import (
    Block,
    Line,
    Outline,
    Reading,
    Segment,
    Unreadable,
    copied,
    lines_of,
    trimmed,
    verbatim,
)
from tasks.documents.readers import html

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER: Final = re.compile(r"---[ \t]*\r?\n(.*?\n)---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_TITLE: Final = re.compile(r"^title:[ \t]*[\"']?(.+?)[\"']?[ \t]*\r?$", re.MULTILINE)
_DROPPED: Final = re.compile(
    r"(?P<code>(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))"
    r"|!\[[^\]\n]*\]\([^)\n]*\)"
    r"|\[(?P<words>(?:[^\[\]\n]|\[[^\[\]\n]*\])+)\](?:\([^)\n]*\)|\[[^\]\n]*\])"
    r"|<!--.*?-->|</?[A-Za-z][^<>\n]*>"
)
_LINK: Final = re.compile(r"<(?:https?://|mailto:)")
_FENCE_LINE: Final = ":::"
"""Lines that begin so open or close an admonition in the dialects that have them."""
_MAX_DEPTH: Final = 100
"""markdown-it recurses twice a level, and Python allows 1,000 levels."""


def read(text: str, max_depth: int) -> Reading:
    """Blocks of a Markdown text. The title is its first level-1 heading, or that of its front matter. Raises Unreadable."""
    from markdown_it import MarkdownIt

    front = _FRONT_MATTER.match(text)
    stated = _TITLE.search(front[1]) if front else None
    body = re.sub(r"[^\r\n]", " ", front[0]) + text[front.end() :] if front else text
    limit = min(max_depth, _MAX_DEPTH)
    parser = MarkdownIt("commonmark", {"maxNesting": limit}).enable("table").disable(["inline", "text_join"])
    tokens = parser.parse(body)
    if any(token.level >= limit - 1 for token in tokens):
        raise Unreadable("too_deep", f"{limit} levels of quotes or lists")
    page = _Page(text, max_depth)
    for position, token in enumerate(tokens):
        page.take(token, tokens[position - 1] if position else token)
    return Reading(page.title or (stated[1] if stated else ""), page.blocks)


class _Page:
    """Blocks in the making: `bullets` are the markers of the list items we are in, `waiting` one not yet written."""

    def __init__(self, text: str, max_depth: int) -> None:
        self.text = text
        self.max_depth = max_depth
        self.lines = lines_of(text)
        self.outline = Outline()
        self.title = ""
        self.blocks: list[Block] = []
        self.bullets: list[str] = []
        self.waiting = ""
        self.in_table = False

    def take(self, token: "Token", before: "Token") -> None:
        """Handles one token, in order."""
        if token.type == "list_item_open":
            self.waiting = f"{token.info}{token.markup} "
            self.bullets.append(self.waiting)
        elif token.type == "list_item_close":
            self.bullets.pop()
        elif token.type in ("table_open", "table_close"):
            self.in_table = token.type == "table_open"
            if token.map:
                self.emit("table", verbatim(self.text, self.lines[slice(*token.map)], ""))
        elif token.map and token.type == "inline" and not self.in_table:
            segments = self.inline(token.content, token.map)
            if before.type == "heading_open":
                self.head(int(before.tag[1]), "".join(s.text for s in segments).strip())
            else:
                self.paragraph(segments)
        elif token.map and token.type == "html_block":
            self.markup(*token.map)
        elif token.map and token.type in ("fence", "code_block"):
            self.emit("code", self.code(token.content, token.map[0] + (token.type == "fence")))

    def markup(self, first: int, after: int) -> None:
        """Adds what an HTML reader finds in lines [first, after)."""
        start = self.lines[first].start
        for block in html.read(self.text[start : self.lines[after - 1].end], self.max_depth).blocks:
            self.emit(block.kind, [Segment(text, start + raw, length) for text, raw, length in block.segments])

    def head(self, level: int, name: str) -> None:
        """Opens a section."""
        self.outline.open(level, name)
        if level == 1 and not self.title:
            self.title = name

    def emit(self, kind: str, segments: Sequence[Segment]) -> None:
        """Adds a block, unless nothing but white space is left of it."""
        kept = segments if kind in ("code", "table") else trimmed(segments)
        if kept:
            self.blocks.append(Block(kind, self.outline.path, tuple(kept)))

    def paragraph(self, segments: list[Segment]) -> None:
        """Adds a paragraph, or the first of a list item with its bullet."""
        if self.waiting and segments:
            line = self.lines[bisect_right(self.lines, segments[0].raw, key=lambda line: line.start) - 1]
            bullet = self.waiting.strip()
            begin = self.text.rfind(bullet, line.start, segments[0].raw)
            marker = "  " * (len(self.bullets) - 1) + self.waiting
            alone = begin < 0  # it stands on a line of its own
            segments.insert(0, Segment(marker, segments[0].raw if alone else begin, 0 if alone else len(bullet)))
            self.waiting = ""
            self.emit("list", segments)
        else:
            self.emit("prose", segments)

    def inline(self, content: str, rows: Sequence[int]) -> list[Segment]:
        """The words of a paragraph on one line, each knowing its place."""
        segments: list[Segment] = []
        for line, (start, end) in self.placed(content, rows[0]):
            if line.startswith(_FENCE_LINE) or start == end:
                continue
            if segments:
                last = segments[-1].raw + segments[-1].raw_length
                segments.append(Segment(" ", last, start - last))
            segments += _cleaned(self.text, start, end)
        return segments

    def code(self, content: str, row: int) -> list[Segment]:
        """Lines of code as they stand, indented by four blanks."""
        segments: list[Segment] = []
        breaks, last = "", -1
        for line, (start, end) in self.placed(content, row):
            if start < end:
                last = start if last < 0 else last
                lead = line[: len(line) - len(line.lstrip())]
                segments += [Segment(breaks + "    " + lead, last, start - last), copied(self.text, start, end)]
                breaks, last = "", end
            if segments:
                breaks += "\n"
        return segments

    def placed(self, content: str, row: int) -> list[tuple[str, tuple[int, int]]]:
        """The lines of a token's content, each with the place of its words in the raw text."""
        found = []
        for offset, line in enumerate(content.removesuffix("\n").split("\n")):
            raw: Line = self.lines[min(row + offset, len(self.lines) - 1)]
            words = line.strip()
            start = self.text.rfind(words, raw.start, raw.end) if words else -1
            found.append((line, (start, start + len(words)) if start >= 0 else (raw.start, raw.start)))
        return found


def _cleaned(text: str, start: int, end: int) -> list[Segment]:
    """Characters [start, end) without images, comments, tags and the addresses of links."""
    segments, position = [], start
    for found in _DROPPED.finditer(text, start, end):
        if found["code"] or _LINK.match(found[0]):
            continue
        segments.append(copied(text, position, found.start()))
        if found["words"]:
            segments += _cleaned(text, found.start("words"), found.end("words"))
        position = found.end()
    segments.append(copied(text, position, end))
    return [segment for segment in segments if segment.text]
