"""Markdown by markdown-it's tokens, whose line numbers lead back to the raw text.

Links become their words; images, comments, tags, shortcodes, footnote marks and what MDX and site generators add (imports,
components, admonition fences, `{#anchors}`) go; emphasis and `code` marks stay, as they do in other formats. Fenced code is kept
whole, without its fences.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from html import unescape
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
)
from tasks.documents.readers import html

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER: Final = re.compile(r"---[ \t]*\r?\n(.*?\n)---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_TITLE: Final = re.compile(r"^title:([^\r\n]+)", re.MULTILINE)
_DROPPED: Final = re.compile(
    r"(?P<code>(?<!`)(?P<ticks>`++).{1,1000}?(?<!`)(?P=ticks)(?!`))"
    r"|!\[[^\]]{0,1000}+\]\([^)]{0,1000}+\)"
    r"|\[(?P<words>(?:[^\[\]]|\[[^\[\]]{0,200}+\]){1,1000}+)\]"
    r"(?:\([^()]{0,1000}+(?:\([^()]{0,200}+\)[^()]{0,200}+){0,9}+\)|\[[^\]]{0,200}+\])"
    r"|<!--.{0,1000}?-->|</?[A-Za-z][^<>]*+>|\[\^[\w-]++\]|\{\{[<%].{0,200}?[>%]\}\}|\{%.{0,200}?%\}"
    r"|\\(?=[!-/:-@\[-`{-~])",
    re.DOTALL,
)
_LINK: Final = re.compile(r"<(?:https?://|mailto:)")
_MARKUP_LINE: Final = re.compile(
    r":::.*|(?:!!!|\?\?\?\+?) ?\w+(?: +\".*\")?|\[![A-Z]+\]|import\b.*[\"'];?|import \w+ from .*|export (?:const"
    r"|default|function)\b.*"
)
"""Lines of a paragraph that are no text: fences and titles of admonitions, MDX imports and exports."""
_COMPONENT: Final = re.compile(r"^[ \t]*</?[A-Z][\w.]*(?:\s(?:[^<>]|=>)*?)?/?>[ \t]*$", re.MULTILINE)
"""A JSX component that has its lines to itself."""
_FENCED: Final = re.compile(r"^[ \t]*(?P<mark>```++|~~~++).*?^[ \t]*(?P=mark)[`~]*[ \t]*$", re.MULTILINE | re.DOTALL)
_ANCHOR: Final = re.compile(r"(?<!\s)\s*+\{:?\s*+[#.][^{}]*+\}\s*+$|(?<!\s)\s*+¶$|\*\*|__(?=\S)|(?<=\S)__")
"""In a heading: its address, and bold letters."""
_ENTITY: Final = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{1,6}|#x[0-9a-fA-F]{1,5});")
_MAX_DEPTH: Final = 100
"""markdown-it recurses twice a level, and Python allows 1,000 levels."""


def read(text: str, max_depth: int) -> Reading:
    """Blocks of a Markdown text. The title is its first level-1 heading, or that of its front matter. Raises Unreadable."""
    from markdown_it import MarkdownIt

    front = _FRONT_MATTER.match(text)
    stated = _TITLE.search(front[1]) if front else None
    body = _without_components(_blank(front[0]) + text[front.end() :] if front else text)
    limit = min(max_depth, _MAX_DEPTH)
    parser = MarkdownIt("commonmark", {"maxNesting": limit}).enable("table").disable(["inline", "text_join"])
    tokens = parser.parse(body)
    if any(token.level >= limit - 1 for token in tokens):
        raise Unreadable("too_deep", f"{limit} levels of quotes or lists")
    page = _Page(body, max_depth)
    for position, token in enumerate(tokens):
        page.take(token, tokens[position - 1] if position else token)
    return Reading(page.title or (stated[1].strip().strip("\"'") if stated else ""), page.blocks)


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
                self.emit("table", self.table(self.lines[slice(*token.map)]))
        elif token.map and token.type == "inline" and not self.in_table:
            segments = self.inline(token.content, token.map)
            if before.type == "heading_open":
                self.head(int(before.tag[1]), _ANCHOR.sub("", "".join(s.text for s in segments)).strip())
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
        lines = [(start, end) for _, (start, end) in self.placed(content, rows[0]) if start < end]
        lines = [(start, end) for start, end in lines if not _MARKUP_LINE.fullmatch(self.text, start, end)]
        segments: list[Segment] = []
        for kept in _cleaned(self.text, lines):
            last = segments[-1].raw + segments[-1].raw_length if segments else kept.raw
            if last < kept.raw and any(last <= start <= kept.raw for start, _ in lines[1:]):
                segments.append(Segment(" ", last, kept.raw - last))
            segments.append(kept)
        return segments

    def table(self, lines: Sequence[Line]) -> list[Segment]:
        """The lines of a table, without the addresses of links."""
        segments: list[Segment] = []
        for line in lines:
            if segments:
                last = segments[-1].raw + segments[-1].raw_length
                segments.append(Segment("\n", last, line.start - last))
            segments += _cleaned(self.text, [(line.start, line.end)])
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


def _cleaned(text: str, lines: Sequence[tuple[int, int]]) -> list[Segment]:
    """What stands in `lines`, consecutive stretches of `text`, without images, comments, tags, backslashes before
    punctuation and the addresses of links; entities as their characters."""
    if not lines:
        return []
    kept = _kept(text, lines[0][0], lines[-1][1])
    pieces = [(max(a, start), min(b, end)) for start, end in lines for a, b in kept if a < end and b > start]
    return [segment for start, end in pieces for segment in _unescaped(text, start, end)]


def _kept(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The stretches of characters [start, end) that are no markup."""
    pieces, position = [], start
    for found in _DROPPED.finditer(text, start, end):
        if found["code"] or _LINK.match(found[0]):
            continue
        pieces.append((position, found.start()))
        if found["words"]:
            pieces += _kept(text, found.start("words"), found.end("words"))
        position = found.end()
    return [(a, b) for a, b in [*pieces, (position, end)] if a < b]


def _unescaped(text: str, start: int, end: int) -> list[Segment]:
    segments, position = [], start
    for entity in _ENTITY.finditer(text, start, end):
        segments.append(copied(text, position, entity.start()))
        segments.append(Segment(unescape(entity[0]), entity.start(), len(entity[0])))
        position = entity.end()
    return [segment for segment in [*segments, copied(text, position, end)] if segment.text]


def _blank(text: str) -> str:
    """As many blanks and the same line breaks."""
    return re.sub(r"[^\r\n]", " ", text)


def _without_components(text: str) -> str:
    """`text` with blanks in place of JSX components that have lines to themselves; code is left alone."""
    pieces, position = [], 0
    for code in _FENCED.finditer(text):
        pieces += [_COMPONENT.sub(lambda found: _blank(found[0]), text[position : code.start()]), code[0]]
        position = code.end()
    return "".join([*pieces, _COMPONENT.sub(lambda found: _blank(found[0]), text[position:])])
