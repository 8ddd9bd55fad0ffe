"""What repeats on page after page and is no part of the text: running headers and footers, page numbers; and lines of contents."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from tasks.documents.readers.office.pdf.lines import PrintedLine, lines_of
from tasks.documents.readers.office.pdf.runs import TextRun

_MARGIN_LINES: Final = 2
"""Lines at the top and at the bottom of a page that may be running."""
_LEAST_PAGES: Final = 3
"""Pages on which a line must stand at one height; a chapter's header stands on every other page of the chapter."""
_NUMBER: Final = re.compile(r"\d+")
_PAGE_NUMBER: Final = re.compile(
    r"(?:[-–—[(]? ?(?:page|seite|p\.)? ?(?:#|[ivxlc]{1,7})(?: ?(?:of|von|/) ?#)? ?[-–—\])]?)$", re.IGNORECASE
)
_LEADER: Final = re.compile(r"(?<!\.)(?<!\. )(?:\. ?){4,}+\s*+(?:\d++|[ivxlc]++)?$")
_Key = tuple[str | int, int]
_HEIGHT: Final = 4.0
"""Points by which the height of a running line may differ."""


def without(pages: Sequence[Sequence[TextRun]]) -> tuple[list[list[TextRun]], int]:
    """`pages` without their running lines and lines of contents, and how many of those there were."""
    lines = [lines_of(runs) for runs in pages]
    margins = [_margins(page) for page in lines]
    seen = Counter(
        key for page, found in enumerate(margins) for key in {key for line in found for key in _keys(line, page)}
    )
    removed = 0
    kept: list[list[TextRun]] = []
    for number, (page, outer) in enumerate(zip(lines, margins, strict=True)):
        left: list[TextRun] = []
        for line in page:
            if (line in outer and _repeats(line, number, seen)) or _LEADER.search(line.text):
                removed += 1
            else:
                left += line.runs
        kept.append(left)
    return kept, removed


def _margins(lines: list[PrintedLine]) -> list[PrintedLine]:
    return lines if len(lines) <= 2 * _MARGIN_LINES else lines[:_MARGIN_LINES] + lines[-_MARGIN_LINES:]


def _keys(line: PrintedLine, page: int) -> set[_Key]:
    """What a running line has in common with its like: its height, and its text but for numbers, or how far the number at its
    beginning or its end is from that of the page."""
    text = " ".join(line.text.split())
    height = round(line.top / _HEIGHT)
    ends = {int(word) - page for word in (text.split(" ")[0], text.split(" ")[-1]) if word.isdigit() and len(word) < 6}
    bare = _NUMBER.sub("#", text)
    return {("#" if _PAGE_NUMBER.match(bare) else bare, height), *((offset, height) for offset in ends)}


def _repeats(line: PrintedLine, page: int, seen: Counter[_Key]) -> bool:
    return any(
        sum(seen[what, near] for near in (height - 1, height, height + 1)) >= (2 if what == "#" else _LEAST_PAGES)
        for what, height in _keys(line, page)
    )
