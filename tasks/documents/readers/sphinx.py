"""Sphinx's plain-text output, the format of `pydoc_data.topics`: indentation is the structure.

Headings are underlined; a signature or term is followed by its indented body and opens an entry; what is indented without
one is code, or grammar where it holds "::=".
"""

import re
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from tasks.documents.blocks import Block, Line, Reading, Segment, copied, lines_of, paragraphs_of, unwrapped, verbatim

_UNDERLINE: Final = re.compile(r"([*=\-~^\"#])\1{2,}$")
_FOOTNOTES: Final = re.compile(r"-\[ (.+) \]-$")
_BULLET: Final = re.compile(r"(?:[*•+-]|\d{1,3}[.)]|[a-z][.)]|\(\d{1,2}\)|\[\d{1,3}\])\s+(?=\S)")
_NOTE: Final = re.compile(
    r"(?:Note|See also|Warning|Important|Tip|Hint|Caution|Changed in|New in|Added in|Deprecated|CPython impl)[^.]*:$"
)
_SENTENCE: Final = re.compile(r"[A-Z\"“*(\[].*[.:!?)”]$|[A-Z][a-z]+(?: [a-z*\"]\S*){3}", re.DOTALL)
_NO_SIGNATURE: Final = re.compile(r"[.,:;]$|^(?:is|was|are|or|and|that|this|the|to|an?) ")
_SIGNATURE: Final = re.compile(r"^[a-z_!]|[\w)\]][(\[]|\w\.\w")

_BLANKS: Final = re.compile(r"(?<=\S) {2,}(?=\S)")


class _Context(NamedTuple):
    """An indented body: its indent, the headings above it, and whether entries may open in it."""

    indent: int
    headings: tuple[str, ...]
    kind: str


@dataclass
class _State:
    text: str
    blocks: list[Block] = field(default_factory=list)
    levels: list[tuple[str, str]] = field(default_factory=list)
    contexts: list[_Context] = field(default_factory=lambda: [_Context(0, (), "body")])

    def emit(self, kind: str, segments: list[Segment], opens: bool = False) -> None:
        if kind in ("prose", "list") and not opens:
            segments = _plain(segments)
        self.blocks.append(Block(kind, self.contexts[-1].headings, tuple(segments), opens))


def _plain(segments: list[Segment]) -> list[Segment]:
    """`segments` with one blank between sentences where Sphinx sets two."""
    out: list[Segment] = []
    for text, raw, raw_length in segments:
        position = 0
        for blanks in _BLANKS.finditer(text) if len(text) == raw_length else ():
            out.append(Segment(text[position : blanks.start()], raw + position, blanks.start() - position))
            out.append(Segment(" ", raw + blanks.start(), blanks.end() - blanks.start()))
            position = blanks.end()
        out.append(Segment(text[position:], raw + position, raw_length - position))
    return [segment for segment in out if segment.text]


def read(text: str, _max_depth: int) -> Reading:
    """Blocks of a page in Sphinx's text format; the title is its first heading."""
    state = _State(text)
    groups = paragraphs_of(lines_of(text))
    position = 0
    while position < len(groups):
        group = groups[position]
        following = groups[position + 1] if position + 1 < len(groups) else []
        while state.contexts[-1].indent > group[0].indent:
            state.contexts.pop()
        if group[0].indent > state.contexts[-1].indent:
            taken = _indented(state, groups[position:])
        else:
            taken = 1
            _body(state, group, following)
        position += taken
    title = next((block.headings[0] for block in state.blocks if block.headings), "")
    return Reading(title, state.blocks)


def _body(state: _State, group: list[Line], following: list[Line]) -> None:
    """Handles a paragraph that stands at its context's own indent."""
    first = state.text[group[0].start : group[0].end]
    if _heading(state, group, first):
        return
    if first.startswith(("+-", "+=", "|")):
        state.emit("table", verbatim(state.text, group, ""))
    elif first.startswith(">>>"):
        state.emit("code", verbatim(state.text, group))
    elif _BULLET.match(first):
        _items(state, group)
    elif len(group) > 1 and group[1].indent > group[0].indent:
        _definition(state, group)
    elif following and following[0].indent > group[0].indent and _is_signature(state.text, group, following):
        _entry(state, group, [copied(state.text, line.start, line.end) for line in group], following[0].indent)
    else:
        state.emit("prose", unwrapped(state.text, group))
        if following and following[0].indent > group[0].indent and _NOTE.match(first):
            state.contexts.append(_Context(following[0].indent, state.contexts[-1].headings, "note"))


def _heading(state: _State, group: list[Line], first: str) -> bool:
    """Whether `group` is a heading (then it is the innermost one from now on) or a mere rule."""
    if group[0].indent:
        return False
    if _UNDERLINE.match(first) and len(group) == 1:
        return True
    footnotes = _FOOTNOTES.match(first)
    under = _UNDERLINE.match(state.text[group[1].start : group[1].end]) if len(group) > 1 else None
    if not footnotes and not under:
        return False
    mark, name = (under[1], first) if under else ("", footnotes[1] if footnotes else first)
    depth = next((i for i, (known, _) in enumerate(state.levels) if known == mark), len(state.levels))
    if not under:
        depth = 1
    state.levels = [*state.levels[:depth], (mark, name)]
    state.contexts = [_Context(0, tuple(name for _, name in state.levels), "body")]
    if under and len(group) > 2:
        state.emit("prose", unwrapped(state.text, group[2:]))
    return True


def _indented(state: _State, groups: list[list[Line]]) -> int:
    """Emits what is indented for no other reason than being code, grammar or a table; how many paragraphs it took."""
    context = state.contexts[-1]
    taken = 1
    kind = _indented_kind(state.text, groups[0])
    while (
        taken < len(groups)
        and groups[taken][0].indent > context.indent
        and _indented_kind(state.text, groups[taken]) == kind
    ):
        taken += 1
    lines = [line for group in groups[:taken] for line in group]
    if kind == "prose":
        for group in groups[:taken]:
            state.emit("prose", unwrapped(state.text, group))
    else:
        state.emit(kind, verbatim(state.text, lines, "" if kind == "table" else "    "))
    return taken


def _indented_kind(text: str, group: list[Line]) -> str:
    body = text[group[0].start : group[-1].end]
    if "::=" in body:
        return "grammar"
    return "table" if body.startswith(("+-", "+=")) else "code"


def _items(state: _State, group: list[Line]) -> None:
    """Emits the list items of a paragraph; what follows at the indent of an item's text belongs to the list."""
    starts = [
        i for i, line in enumerate(group) if line.indent == group[0].indent and _BULLET.match(state.text, line.start)
    ]
    depth = sum(context.kind == "list" for context in state.contexts)
    for begin, end in zip(starts, [*starts[1:], len(group)], strict=True):
        lines = group[begin:end]
        segments = unwrapped(state.text, lines)
        if depth:
            segments.insert(0, Segment("  " * depth, lines[0].start - lines[0].indent, lines[0].indent))
        state.emit("list", segments)
    bullet = _BULLET.match(state.text, group[starts[-1]].start)
    width = bullet.end() - bullet.start() if bullet else 0
    state.contexts.append(_Context(group[0].indent + width, state.contexts[-1].headings, "list"))


def _definition(state: _State, group: list[Line]) -> None:
    """A term with its indented definition right below: an entry, or part of a note or list."""
    term = copied(state.text, group[0].start, group[0].end)
    body = unwrapped(state.text, group[1:])
    if state.contexts[-1].kind in ("body", "entry") and not term.text.endswith(":"):
        _entry(state, group[:1], [term], group[1].indent)
        state.emit("prose", body)
    else:
        gap = Segment("\n", group[0].end, group[1].start - group[0].end)
        state.emit("prose", [term, gap, *body])
        state.contexts.append(_Context(group[1].indent, state.contexts[-1].headings, "note"))


def _entry(state: _State, group: list[Line], signatures: list[Segment], indent: int) -> None:
    """Opens an entry: its signatures, one a line; the first is the heading of its body."""
    headings = (*state.contexts[-1].headings, signatures[0].text)
    state.contexts.append(_Context(indent, headings, "entry"))
    segments = signatures[:1]
    for before, line, signature in zip(group, group[1:], signatures[1:], strict=False):
        segments += [Segment("\n", before.end, line.start - before.end), signature]
    state.emit("prose", segments, opens=True)


def _is_signature(text: str, group: list[Line], following: list[Line]) -> bool:
    """Whether `group` is one or more signatures: no sentence, followed by an indented body that is one."""
    names = [text[line.start : line.end] for line in group]
    body = text[following[0].start : following[-1].end]
    shaped = all(_SIGNATURE.search(name) and not _NO_SIGNATURE.search(name) for name in names)
    return shaped and not body.startswith(">>>") and bool(_SENTENCE.match(body) or _BULLET.match(body))
