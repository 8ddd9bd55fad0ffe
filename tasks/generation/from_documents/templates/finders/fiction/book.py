"""A novel as a reader sees it: paragraphs with their chapter, the sentences in them, what is spoken and what is told.

Everything here is kept as offsets into the chunk's text, because an answer is given verbatim; `plain` is for reading only.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

Span = tuple[int, int]

_BREAK: Final = re.compile(r"\n[ \t]*\n\s*")
_ABBREVIATED: Final = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Col|Capt|Gen|Rev|Hon|etc|viz|No|vol|ch|Messrs|Esq)|\b[A-Z])\.$"
)
_STOP: Final = re.compile(r"[.!?]+[_)]*[\"”’']?[_)]*(?=\s)|--(?=[\"”])")
_CHAPTER: Final = re.compile(r"(?i)^(chapter|letter|stave|canto|part)\s+([ivxlcdm]+|\d+|[a-z-]+)\b")
_VOLUME: Final = re.compile(r"(?i)^(volume|book|part)\s+([ivxlcdm]+|\d+|[a-z-]+)\b")
_SMALL: Final = frozenset(
    {"a", "an", "and", "as", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with"}
)


def plain(text: str) -> str:
    """`text` on one line, without the underscores that mark italics in plain-text editions."""
    return " ".join(text.replace("_", "").split())


@dataclass(frozen=True)
class Page:
    """What a finder needs of a chunk."""

    chunk_id: str
    title: str
    headings: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Paragraph:
    """Characters [start, end) of a page, and where they stand in the book."""

    page: Page
    start: int
    end: int
    where: str
    """The place as a reader names it: "Chapter 12 of Pride and Prejudice"."""
    first: bool
    """Opens its chapter."""
    last: bool
    """Closes its chapter."""

    @cached_property
    def text(self) -> str:
        """The paragraph verbatim."""
        return self.page.text[self.start : self.end]

    @cached_property
    def spoken(self) -> tuple[Span, ...]:
        """What stands between quotation marks, marks included; empty where they do not pair up."""
        return tuple(self._quotations()) if self.paired else ()

    @cached_property
    def paired(self) -> bool:
        """Every quotation mark that opens closes in the same paragraph."""
        text = self.text
        return text.count('"') % 2 == 0 and text.count("“") == text.count("”")

    def _quotations(self) -> Iterator[Span]:
        for match in re.finditer(r'"[^"]*"|“[^”]*”', self.text):
            yield self.start + match.start(), self.start + match.end()

    @cached_property
    def told(self) -> bool:
        """Nothing in it is spoken: the narrator's own words."""
        return not any(mark in self.text for mark in '"“”')

    @cached_property
    def speech(self) -> str:
        """The spoken words on one line, without their quotation marks and without "said NAME"."""
        text, spans = self.page.text, self.spoken
        pieces = [plain(text[a + 1 : b - 1]) for a, b in spans]
        for number, (before, after) in enumerate(pairwise(spans)):
            if pieces[number].endswith(",") and text[before[1] : after[0]].rstrip().endswith("."):
                pieces[number] = pieces[number][:-1] + "."
        return re.sub(r",$", ".", " ".join(pieces))

    @cached_property
    def sentences(self) -> tuple[Span, ...]:
        """Offsets into the page."""
        return tuple((self.start + a, self.start + b) for a, b in sentences(self.text))

    @property
    def ended(self) -> bool:
        """Ends a sentence, and does not lead on to a speech or a letter."""
        return ended(self.text)

    @property
    def words(self) -> int:
        """Whitespace-separated words."""
        return len(self.text.split())


@dataclass(frozen=True)
class Book:
    """One document's paragraphs, in order."""

    title: str
    paragraphs: tuple[Paragraph, ...]

    @cached_property
    def text(self) -> str:
        """All of it on one line, for counting words in."""
        return "\n".join(plain(p.text) for p in self.paragraphs)


def sentences(text: str) -> Iterator[Span]:
    """Offsets of the sentences of a paragraph; a quotation followed by "said he" is no end of one."""
    start = 0
    for stop in _STOP.finditer(text):
        rest = text[stop.end() :].lstrip()
        head = text[start : stop.start() + 1]
        if rest[:1].islower() or _ABBREVIATED.search(head) or rest.lstrip("_\"“'‘(")[:1].islower():
            continue
        if stop.end() > start:
            yield start, stop.end()
        start = len(text) - len(rest)
    if text[start:].strip():
        yield start, len(text.rstrip())


def read(pages: Sequence[Page]) -> Book:
    """The book that `pages` (one document's chunks, in order) hold."""
    title = titled(next((p.title for p in pages if p.title), ""))
    paragraphs: list[Paragraph] = []
    places = [_where(page.headings, title) for page in pages]
    for number, page in enumerate(pages):
        spans = [s for s in _paragraph_spans(page.text) if not _is_heading(page.text[slice(*s)])]
        opens = number == 0 or places[number - 1] != places[number]
        closes = number == len(pages) - 1 or places[number + 1] != places[number]
        for index, (start, end) in enumerate(spans):
            first, last = opens and index == 0, closes and index == len(spans) - 1
            paragraphs.append(Paragraph(page, start, end, places[number], first, last))
    return Book(title, tuple(paragraphs))


def ended(text: str) -> bool:
    """Whether the last sentence of `text` is whole."""
    return text.rstrip("\"”’'_ \n")[-1:] in (".", "!", "?")


def titled(title: str) -> str:
    """A title in capitals as it would be written in a sentence: "Pride and Prejudice"."""
    title = plain(title)
    if not title.isupper():
        return title
    words = title.lower().split()
    return " ".join(w if i and w in _SMALL else w[:1].upper() + w[1:] for i, w in enumerate(words))


def _paragraph_spans(text: str) -> Iterator[Span]:
    start = 0
    for gap in [*_BREAK.finditer(text), None]:
        end = gap.start() if gap else len(text)
        piece = text[start:end]
        if piece.strip():
            yield start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
        start = gap.end() if gap else end


def _is_heading(text: str) -> bool:
    return len(text) < 60 and (
        bool(_CHAPTER.match(text) or _VOLUME.match(text)) or (text.isupper() and text[-1:].isalpha())
    )


def _where(headings: Sequence[str], title: str) -> str:
    """ "Chapter 3 of Volume I of Emma"; just the title where no heading is a chapter."""
    parts = [
        f"{m[1].title()} {_number(m[2])}" for h in reversed(headings) if (m := _CHAPTER.match(h) or _VOLUME.match(h))
    ]
    return " of ".join([*parts, title])


def _number(word: str) -> str:
    roman = re.fullmatch(r"(?i)[ivxlcdm]+", word)
    return word.upper() if roman else word.title()
