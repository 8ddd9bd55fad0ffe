"""Lines to paragraphs, items of lists, code and tables."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import Final

from tasks.documents.readers.office.pdf.lines import PrintedLine, lines_of
from tasks.documents.readers.office.pdf.runs import TextRun
from tasks.documents.readers.office.pdf.tables import Rows, table_at

_BULLET: Final = re.compile(r"(?:[•◦▪‣●○■–*·]|\d{1,2}[.)]|\(?[a-z]\))\s+(?=\S)")
_SIGN: Final = re.compile(r"[•◦▪‣●○■·]\s*")
_ENDS: Final = re.compile(r"[.!?:;][\"'”’)\]]*$")
_BROKEN: Final = re.compile(r"-(\w+)")
"""The end of a line that ends inside a word, read backwards: from the front, each letter of a long word is a begin to try."""
_LONGEST: Final = 80
"""Characters of the longest word that is joined."""
_CONTINUES: Final = re.compile(r"[a-zà-öø-ÿ]\w*")
_COMPOUND: Final = re.compile(r"(?<!\w)\w++(?:-\w++)+")
_LEADING: Final = 1.3
"""Times the usual distance between lines: more begins a paragraph."""
_OTHER_SIZE: Final = 0.08
"""Share by which sizes differ that are not the same."""
_SHORT: Final = 0.75
"""Share of a column's width: a shorter line that ends a sentence ends its paragraph."""
_INDENT: Final = 0.8
"""Ems by which a first line is set in."""


@dataclass(frozen=True)
class Paragraph:
    """Lines that belong together. `rows`: of a table. `size` in points."""

    kind: str
    lines: tuple[str, ...]
    page: int
    size: float
    bold: bool
    rows: Rows = ()
    text: str = ""
    """The lines as one; filled in by `joined`."""


@dataclass(frozen=True)
class _Column:
    """What is usual in a column: the distance between lines, and where they begin and end."""

    pitch: float
    x0: float
    x1: float


def paragraphs_of(runs: Sequence[TextRun], page: int) -> list[Paragraph]:
    """The paragraphs of a region of one column, from top to bottom."""
    lines = lines_of(runs)
    if not lines:
        return []
    column = _Column(_pitch(lines), min(line.x0 for line in lines), max(line.x1 for line in lines))
    found: list[Paragraph] = []
    group: list[PrintedLine] = []
    position = 0
    while position < len(lines):
        table = table_at(lines, position)
        if group and (table or _begins(group, lines[position], column)):
            found.append(_paragraph(group, page))
            group = []
        if table:
            main = lines[position].main
            found.append(Paragraph("table", (), page, main.size, main.bold, table[1]))
            position = table[0]
        else:
            group.append(lines[position])
            position += 1
    return [*found, _paragraph(group, page)] if group else found


def joined(paragraphs: Iterable[Paragraph], compounds: frozenset[str]) -> list[Paragraph]:
    """`paragraphs` with their text: those that go on in the next column or on the next page in one, and words that were broken at
    a line's end whole again. `compounds`: words that are written with a hyphen elsewhere in the document, and so keep it."""
    found: list[Paragraph] = []
    last: int | None = None
    for paragraph in paragraphs:
        before = found[last] if last is not None else None
        if before and paragraph.kind == "prose" and _goes_on(before, paragraph):
            found[last or 0] = replace(before, lines=before.lines + paragraph.lines)
        else:
            found.append(paragraph)
            last = len(found) - 1 if paragraph.kind == "prose" else None
    return [replace(one, text=_text(one, compounds)) for one in found]


def compounds_of(pages: Iterable[Iterable[TextRun]]) -> frozenset[str]:
    """Words with a hyphen inside a line."""
    return frozenset(word.lower() for page in pages for run in page for word in _COMPOUND.findall(run.text))


def _pitch(lines: Sequence[PrintedLine]) -> float:
    """The usual distance from line to line; of a single line, what is usual in print."""
    distances = [below.bottom - above.bottom for above, below in pairwise(lines)]
    near = [distance for distance, line in zip(distances, lines, strict=False) if distance < 2 * line.main.size]
    return median(near) if near else 1.2 * lines[0].main.size


def _begins(group: Sequence[PrintedLine], line: PrintedLine, column: _Column) -> bool:
    """Whether `line` begins another paragraph than that of `group`."""
    before, main = group[-1], line.main
    same = abs(main.size - before.main.size) <= _OTHER_SIZE * before.main.size
    if not same or main.mono != before.main.mono or main.bold != before.main.bold:
        return True
    if line.bottom - before.bottom > (2 * _LEADING if main.mono else _LEADING) * max(column.pitch, main.size):
        return True
    if main.mono:
        return False
    if _BULLET.match(line.text):
        return True
    if _BULLET.match(group[0].text):
        beyond = line.x0 - group[0].x0  # the lines of an item are set in from its bullet
        return beyond < -0.3 * main.size or (beyond < 0.3 * main.size and _ENDS.search(before.text) is not None)
    if line.x0 > before.x0 + _INDENT * main.size and before.x0 < column.x0 + _INDENT * main.size:
        return len(group) > 1 or _ENDS.search(before.text) is not None
    is_short = before.x1 - column.x0 < _SHORT * (column.x1 - column.x0)
    return is_short and _ENDS.search(before.text) is not None and line.text[:1].isupper()


def _paragraph(group: Sequence[PrintedLine], page: int) -> Paragraph:
    main = max((line.main for line in group), key=lambda run: len(run.text))
    texts = tuple(line.text for line in group)
    if all(line.main.mono for line in group):
        return Paragraph("code", _indented(group), page, main.size, main.bold)
    kind = "list" if _BULLET.match(texts[0]) else "prose"
    return Paragraph(kind, texts, page, main.size, all(line.main.bold for line in group))


def _indented(group: Sequence[PrintedLine]) -> tuple[str, ...]:
    """Lines of code, set in as they are on the page."""
    left = min(line.x0 for line in group)
    width = median((run.x1 - run.x0) / len(run.text) for line in group for run in line.runs) or 1.0
    lines: list[str] = []
    for line in group:
        text = "    "
        for run in line.runs:
            text = text.ljust(4 + min(200, round((run.x0 - left) / width))) + run.text
        lines.append(text)
    return tuple(lines)


def _goes_on(before: Paragraph, after: Paragraph) -> bool:
    """Whether a paragraph is the rest of the one before: that has no end, and this no beginning."""
    alike = (
        before.kind == "prose"
        and abs(before.size - after.size) <= _OTHER_SIZE * before.size
        and before.bold == after.bold
    )
    return alike and not _ENDS.search(before.lines[-1]) and bool(_CONTINUES.match(after.lines[0]))


def _text(paragraph: Paragraph, compounds: frozenset[str]) -> str:
    if paragraph.kind == "code":
        return "\n".join(paragraph.lines)
    if paragraph.rows:
        return ""
    text = paragraph.lines[0]
    for line in paragraph.lines[1:]:
        broken = _BROKEN.match(text[: -_LONGEST - 1 : -1])
        rest = _CONTINUES.match(line)
        if not broken:
            text = f"{text} {line}"
        elif rest and f"{broken[1][::-1]}-{rest[0]}".lower() not in compounds:
            text = text[:-1] + line
        else:
            text += line
    return _SIGN.sub("* ", text, count=1) if paragraph.kind == "list" and _SIGN.match(text) else text
