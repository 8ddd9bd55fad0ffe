"""What a section of the report is made of. The page's template has one macro for each class of block.

Text in blocks is plain text: the template escapes it. Only `Chart.svg` is markup, and only `charts` makes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from markupsafe import Markup

Tone = Literal["", "good", "warn", "bad"]


@dataclass(frozen=True)
class Cell:
    """One cell of a grid. With `share` (0 … 1) it holds a bar of that length before its text."""

    text: str
    share: float | None = None
    tone: Tone = ""
    link: str = ""
    """A page of ours that the text leads to, relative to this one; never anything that comes from data."""


Line: TypeAlias = Sequence[Cell | str]
"""A row of a grid."""


@dataclass(frozen=True)
class Grid:
    """A table. The first column names its rows; `numbers` are the positions of columns that are set flush right."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Line]
    numbers: Sequence[int] = ()
    code: bool = False
    """Set the first column in the typeface of code."""
    headed: bool = True
    """Show the names of the columns; they are always there for screen readers."""
    wide: bool = True
    """Take the whole width; a table of names and values is easier to read when it does not."""


@dataclass(frozen=True)
class KeyFigure:
    """A number that deserves to stand alone."""

    value: str
    label: str
    note: str = ""
    tone: Tone = ""


@dataclass(frozen=True)
class KeyFigures:
    """A row of figures."""

    items: Sequence[KeyFigure]


@dataclass(frozen=True)
class Chart:
    """A drawing with its caption."""

    svg: Markup
    caption: str


@dataclass(frozen=True)
class Charts:
    """Drawings side by side where there is room."""

    items: Sequence[Chart]


@dataclass(frozen=True)
class SideBySide:
    """Blocks side by side where there is room."""

    blocks: Sequence["Block"]


@dataclass(frozen=True)
class FunnelStage:
    """A stage of the funnel. `top`, `middle` and `bottom` are widths of the stream from 0 to 1: what came in, what stood
    after rows were made and used up, what was kept."""

    stage: str
    flow: str
    notes: Sequence[str]
    top: float
    middle: float
    bottom: float
    lost: str
    reasons: Sequence[tuple[str, str]]
    """(count, reason), most frequent first."""
    failed: str
    label: str
    """The whole segment in one sentence, for those who do not see the drawing."""


@dataclass(frozen=True)
class Funnel:
    """The way of the rows through the stages."""

    segments: Sequence[FunnelStage]
    outcome: str


@dataclass(frozen=True)
class BarPart:
    """A part of a bar."""

    label: str
    value: str
    share: float


@dataclass(frozen=True)
class StackedBar:
    """A bar made of parts, with the name and count of the whole."""

    label: str
    value: str
    share: float
    pieces: Sequence[BarPart]


@dataclass(frozen=True)
class StackedBars:
    """Bars made of parts, one below the other."""

    caption: str
    items: Sequence[StackedBar]


@dataclass(frozen=True)
class SampleRow:
    """A row of the dataset, to be read."""

    meta: Sequence[tuple[str, str]]
    turns: Sequence[tuple[str, str]]
    """(who speaks, text)."""
    verdict: str = ""


@dataclass(frozen=True)
class SampleRows:
    """Rows to be read, one below the other."""

    items: Sequence[SampleRow]


@dataclass(frozen=True)
class Note:
    """A paragraph."""

    text: str
    tone: Tone = ""


@dataclass(frozen=True)
class Code:
    """Text in which every character counts."""

    text: str


@dataclass(frozen=True)
class Fold:
    """Blocks behind a line that opens them."""

    summary: str
    blocks: Sequence["Block"]
    note: str = ""
    tone: Tone = ""
    open: bool = False


Block: TypeAlias = Grid | KeyFigures | Charts | SideBySide | Funnel | StackedBars | SampleRows | Note | Code | Fold


@dataclass(frozen=True)
class Section:
    """A headed part of the page. `lead` says in one or two sentences what it found."""

    anchor: str
    title: str
    lead: str
    blocks: Sequence[Block] = field(default_factory=tuple)
