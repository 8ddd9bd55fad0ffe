"""What readers of binary documents return: pieces of text in reading order, each with the location it has in the document.

Put together, the pieces are the text that offsets count in: Markdown with `#` before headings and a blank line between pieces.
The same bytes, read by the same versions of the libraries, always give the same text.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from tasks.documents.blocks import Block, Outline, copied

TABLE_WORDS: Final = 200
"""A table is cut between rows where it has more words than this: about what a chunk holds. Each part repeats the header."""
HEADING_LEVELS: Final = 6


class Piece(NamedTuple):
    """A paragraph, list item, table or code block. `kind` and `headings` as in Block; `location`: "page 3, paragraph 2"."""

    kind: str
    text: str
    location: str
    headings: tuple[str, ...] = ()


@dataclass(frozen=True)
class DocumentPieces:
    """A document read. `pages`: pages, slides, sheets or chapters looked at, 0 where the format has none; `pictures`: numbers of
    those that hold pictures and no text; `running`: headers, footers and page numbers left out."""

    title: str
    pieces: Sequence[Piece]
    pages: int = 0
    pictures: Sequence[int] = ()
    running: int = 0


Progress = Callable[[str], None]
"""Called with the name of each page, slide, sheet or chapter before it is read: its time is counted from then."""


@dataclass
class Collected:
    """DocumentPieces in the making."""

    pieces: list[Piece] = field(default_factory=list)
    outline: Outline = field(default_factory=Outline)
    _lonely: tuple[int, str, str] | None = None

    def heading(self, level: int, text: str, location: str) -> None:
        """Opens a section. A heading with nothing under it is kept as a paragraph, so that no word is lost."""
        if self._lonely and level <= self._lonely[0]:
            self._keep_lonely()
        name = " ".join(text.split())
        if name:
            self.outline.open(level, name)
            self._lonely = (level, name, location)

    def add(self, kind: str, text: str, location: str) -> None:
        """Adds a piece under the headings that are open."""
        if text.strip():
            self._lonely = None
            self.pieces.append(Piece(kind, text, location, self.outline.path))

    def table(self, rows: Iterable[Sequence[str]], location: Callable[[int, int], str]) -> None:
        """Adds a table as Markdown; `location` names rows [first, last], counted from 1."""
        for first, last, text in markdown_tables(rows):
            self.add("table", text, location(first, last))

    def done(self) -> list[Piece]:
        """All pieces."""
        self._keep_lonely()
        return self.pieces

    def _keep_lonely(self) -> None:
        if self._lonely:
            _, name, location = self._lonely
            self._lonely = None
            self.pieces.append(Piece("prose", name, location, self.outline.path[:-1]))


class Assembled(NamedTuple):
    """The text of a document, its blocks, and where in the text each location begins."""

    text: str
    blocks: list[Block]
    starts: list[int]
    locations: list[str]

    def location(self, start: int, end: int) -> str:
        """Where characters [start, end) of the text stand in the document."""
        first, last = (self.locations[max(0, bisect_right(self.starts, at) - 1)] for at in (start, max(start, end - 1)))
        return first if first == last else f"{first} – {last}"


def assembled(pieces: Iterable[Piece]) -> Assembled:
    """The text that `pieces` make, and its blocks."""
    parts: list[str] = []
    found = Assembled("", [], [], [])
    spans: list[tuple[Piece, int, int]] = []
    at = 0
    headings: tuple[str, ...] = ()
    for piece in pieces:
        for line in [*_opened(headings, piece.headings), piece.text]:
            start, at = at, at + len(line) + 2
            parts += [line, "\n\n"]
        headings = piece.headings
        found.starts.append(start)
        found.locations.append(piece.location)
        spans.append((piece, start, start + len(piece.text)))
    text = "".join(parts[:-1])
    blocks = [Block(piece.kind, piece.headings, (copied(text, start, end),)) for piece, start, end in spans]
    return found._replace(text=text, blocks=blocks)


def markdown_tables(rows: Iterable[Sequence[str]]) -> Iterator[tuple[int, int, str]]:
    """Markdown tables of at most TABLE_WORDS words, with the numbers of their first and last row, from 1. The first row is the
    header, and each part begins with it."""
    filled = [(number, [_cell(cell) for cell in row]) for number, row in enumerate(rows, start=1) if any(row)]
    width = max((len(row) for _, row in filled), default=0)
    if not width:
        return
    header, *body = [(number, _line([*row, *[""] * (width - len(row))])) for number, row in filled]
    rule = _line(["---"] * width)
    first, last, part, words = header[0], header[0], [header[1], rule], 0
    for number, line in body:
        count = len(line.split()) - width - 1
        if words and words + count > TABLE_WORDS:
            yield first, last, "\n".join(part)
            first, part, words = number, [header[1], rule], 0
        part.append(line)
        last, words = number, words + count
    yield first, last, "\n".join(part)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _opened(before: tuple[str, ...], now: tuple[str, ...]) -> list[str]:
    """The lines of headings that `now` has and `before` has not."""
    same = 0
    while same < min(len(before), len(now)) and before[same] == now[same]:
        same += 1
    return [f"{'#' * min(depth + 1, HEADING_LEVELS)} {now[depth]}" for depth in range(same, len(now))]
