"""Plain text as books come in it: hard-wrapped paragraphs between blank lines, chapters, Project Gutenberg's wrapping."""

import re
from typing import Final

from tasks.documents.blocks import Block, Line, Reading, lines_of, paragraphs_of, unwrapped, verbatim

_NUMBER: Final = (
    r"(?:\d{1,3}|[IVXLC]{1,8}|(?:the )?(?:one|two|three|four|five|six|seven|eight|nine|ten|first|second|third|last))"
)
_CHAPTER: Final = re.compile(
    rf"(?:chapter|letter|stave|canto)\s+{_NUMBER}\b[.:]?(?:\s*[—–:.-]*\s*(\S.{{0,80}}))?$", re.IGNORECASE
)
_PART: Final = re.compile(
    rf"(?:volume|vol\.|book|part|act)\s+{_NUMBER}\b[.:]?(?:\s*[—–:.-]*\s*(\S.{{0,80}}))?$", re.IGNORECASE
)
_NUMERAL: Final = re.compile(r"[IVXLC]{1,8}\.?$")
_LONE: Final = re.compile(
    r"(?:preface|prologue|epilogue|introduction|foreword|afterword|conclusion|finis|the end)\.?$", re.I
)
_MARKED: Final = re.compile(r"(#{1,6})\s+(\S.*)$")
_UNDERLINE: Final = re.compile(r"([=\-~^*])\1{2,}$")
_BYLINE: Final = re.compile(r"by\s+\S+(?:\s+\S+){0,4}$", re.IGNORECASE)
_BULLET: Final = re.compile(r"(?:[*•+-]|\d{1,3}[.)])\s+\S")
_GUTENBERG_START: Final = re.compile(r"^\*{3} ?START OF (?:THE|THIS) PROJECT GUTENBERG.*$", re.MULTILINE)
_GUTENBERG_END: Final = re.compile(r"^\*{3} ?END OF (?:THE|THIS) PROJECT GUTENBERG", re.MULTILINE)
_GUTENBERG_TITLE: Final = re.compile(r"^Title: ([^\r\n]+)", re.MULTILINE)
_SMALL: Final = frozenset("a an and as at but by for from in nor of on or the to with".split())  # noqa: SIM905


def read(text: str, _max_depth: int) -> Reading:
    """Blocks of a plain text. The title is Gutenberg's, or a short first paragraph before the first heading."""
    begins, ends = _GUTENBERG_START.search(text), _GUTENBERG_END.search(text)
    start, end = begins.end() if begins else 0, ends.start() if ends else len(text)  # where the book itself is
    stated = _GUTENBERG_TITLE.search(text, 0, start) if start else None
    groups = [g for g in paragraphs_of(lines_of(text)) if g[0].start >= start and g[-1].end <= end]
    title = stated[1].strip() if stated else ""
    groups, found = _title_page(text, groups)
    blocks: list[Block] = []
    headings: tuple[str, ...] = ()
    for group in groups:
        opened = _heading(text, group, headings)
        if opened is None:
            blocks += _blocks(text, group, headings)
        else:
            headings, rest = opened
            blocks += _blocks(text, rest, headings) if rest else []
    return Reading(_title_case(title or found), blocks)


def _title_page(text: str, groups: list[list[Line]]) -> tuple[list[list[Line]], str]:
    """`groups` without title and byline, and the title; both only if a heading or a byline shows that it is one."""
    if len(groups) < 2:
        return groups, ""
    first, second = (text[g[0].start : g[-1].end] for g in groups[:2])
    short = len(first) <= 100 and len(groups[0]) <= 2 and not first.endswith((".", "?", "!", '"', ":", ","))
    if not short or _heading(text, groups[0], ()):
        return groups, ""
    if _BYLINE.match(second) and len(second) <= 60:
        return groups[2:], " ".join(first.split())
    if _heading(text, groups[1], ()) or first.isupper():
        return groups[1:], " ".join(first.split())
    return groups, ""


def _heading(text: str, group: list[Line], headings: tuple[str, ...]) -> tuple[tuple[str, ...], list[Line]] | None:
    """The headings from `group` on and what of it is no heading; None if it opens nothing."""
    first = text[group[0].start : group[0].end]
    if marked := _MARKED.match(first):
        return (*headings[: len(marked[1]) - 1], marked[2]), group[1:]
    if len(group) > 1 and (under := _UNDERLINE.match(text, group[1].start, group[1].end)) and len(first) <= 100:
        return (*headings[: 0 if under[1] in "=*" else 1], first), group[2:]
    if len(group) > 2:
        return None
    whole = " ".join(text[line.start : line.end] for line in group)
    if _PART.match(whole):
        return (whole,), []
    if _CHAPTER.match(whole) or _NUMERAL.match(whole) or _LONE.match(whole):
        outer = headings[:1] if headings and _PART.match(headings[0]) and not _LONE.match(whole) else ()
        return (*outer, whole), []
    return None


def _blocks(text: str, group: list[Line], headings: tuple[str, ...]) -> list[Block]:
    """The blocks of one paragraph: its list items, its verse or code as it stands, or its prose on one line."""
    first = text[group[0].start : group[0].end]
    if not any(text[line.start : line.end].strip("*-_=. ") for line in group):
        return []  # a rule between scenes
    if _BULLET.match(first):
        starts = [i for i, line in enumerate(group) if _BULLET.match(text, line.start)]
        parts = [group[a:b] for a, b in zip(starts, [*starts[1:], len(group)], strict=True)]
        return [Block("list", headings, tuple(unwrapped(text, part))) for part in parts]
    if first.startswith(">>>"):
        return [Block("code", headings, tuple(verbatim(text, group)))]
    if len(group) > 1 and min(line.indent for line in group) >= 4:
        return [Block("prose", headings, tuple(verbatim(text, group, "")))]
    return [Block("prose", headings, tuple(unwrapped(text, group)))]


def _title_case(title: str) -> str:
    """A title in capitals as it would be written in a sentence."""
    if not title.isupper():
        return title
    parts = title.lower().split()
    return " ".join(p if i and p in _SMALL else p[:1].upper() + p[1:] for i, p in enumerate(parts))
