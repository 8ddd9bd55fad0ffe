"""What readers return: blocks of cleaned text of which every character knows where in the raw document it came from."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

_LINE: Final = re.compile(r"([^\S\r\n]*)([^\r\n]*)(?:\r\n|\r|\n|\Z)")
_JOINED: Final = re.compile(r"(?<=\w--)\s+(?=\w)|(?<=\w-)\s+(?!(?:and|or|to|nor)\b)(?=\w)")


class Line(NamedTuple):
    """One line of the raw text: characters [start, end) without indent, trailing space and line break."""

    start: int
    end: int
    indent: int

    @property
    def blank(self) -> bool:
        """Whether nothing but white space stands on it."""
        return self.start == self.end


class Segment(NamedTuple):
    """A stretch of cleaned text, made from characters [raw, raw + raw_length) of the raw document."""

    text: str
    raw: int
    raw_length: int


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list item, table or code block, under its headings."""

    kind: str
    """prose, list, code, grammar or table."""
    headings: tuple[str, ...]
    """From the outermost to the one right above."""
    segments: tuple[Segment, ...]
    opens: bool = False
    """Whether it is the signature or term of an entry: a chunk of kind "entry" begins here."""

    @property
    def text(self) -> str:
        """The cleaned text."""
        return "".join(segment.text for segment in self.segments)

    @property
    def raw_start(self) -> int:
        """Where in the raw document it begins."""
        return self.segments[0].raw

    @property
    def raw_end(self) -> int:
        """Where in the raw document it ends."""
        return self.segments[-1].raw + self.segments[-1].raw_length


@dataclass(frozen=True, slots=True)
class Reading:
    """A document as a reader sees it. `title` is empty where the text states none."""

    title: str
    blocks: Sequence[Block]


class Outline:
    """The headings above what is being read."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str]] = []

    def open(self, level: int, name: str) -> None:
        """Begins a section; it ends those of its level and deeper ones."""
        self._open = [(known, title) for known, title in self._open if known < level]
        if name:
            self._open.append((level, name))

    @property
    def path(self) -> tuple[str, ...]:
        """From the outermost heading to the innermost."""
        return tuple(title for _, title in self._open)


Reader = Callable[[str, int], Reading]
"""Reads (decoded raw text, deepest nesting allowed); raises Unreadable for what is no document."""


class Unreadable(Exception):
    """A document is rejected: `reason` from tasks.core.reasons, and the `detail` it applies to."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


def lines_of(text: str) -> list[Line]:
    """The lines of `text`; line breaks are LF, CRLF or CR."""
    found = []
    for match in _LINE.finditer(text):
        start = match.start(2)
        found.append(Line(start, start + len(match[2].rstrip()), len(match[1])))
        if match.end() == len(text):
            break
    return found


def paragraphs_of(lines: Iterable[Line]) -> list[list[Line]]:
    """Runs of lines without a blank one between."""
    groups: list[list[Line]] = [[]]
    for line in lines:
        if not line.blank:
            groups[-1].append(line)
        elif groups[-1]:
            groups.append([])
    return groups if groups[-1] else groups[:-1]


def copied(text: str, start: int, end: int) -> Segment:
    """Characters [start, end) as they stand."""
    return Segment(text[start:end], start, end - start)


def unwrapped(text: str, lines: Sequence[Line]) -> list[Segment]:
    """Hard-wrapped lines as one: breaks become blanks, and nothing after a hyphen or dash that joins two words."""
    segments = [copied(text, lines[0].start, lines[0].end)]
    for before, line in pairwise(lines):
        if not _JOINED.match(text, before.end):
            segments.append(Segment(" ", before.end, line.start - before.end))
        segments.append(copied(text, line.start, line.end))
    return segments


def trimmed(segments: Sequence[Segment]) -> list[Segment]:
    """`segments` without white space at both ends."""
    kept = list(segments)
    while kept and not kept[0].text.strip():
        kept.pop(0)
    while kept and not kept[-1].text.strip():
        kept.pop()
    if kept:
        text, raw, raw_length = kept[-1]
        bare = text.rstrip()
        kept[-1] = Segment(bare, raw, len(bare) if len(text) == raw_length else raw_length)
    return kept


def verbatim(text: str, lines: Sequence[Line], indent: str = "    ") -> list[Segment]:
    """Lines as they stand, blank ones included, their common indent replaced by `indent`."""
    common = min(line.indent for line in lines if not line.blank)
    segments: list[Segment] = []
    last = lines[0].start - lines[0].indent
    for line in lines:
        if not line.blank:
            between = text[last : line.start] if segments else ""
            breaks = "\n" * (between.count("\n") or between.count("\r"))
            begin = line.start - line.indent + common
            segments += [Segment(breaks + indent, last, begin - last), copied(text, begin, line.end)]
            last = line.end
    return segments
