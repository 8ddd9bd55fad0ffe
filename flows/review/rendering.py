"""Texts of rows as harmless HTML: Markdown without anything that loads, runs or leads elsewhere, passages with their evidence
marked, and what an edit changes.

Everything that is escaped here was made visible before: marks that turn the direction of a line, or steer a terminal, are named.
"""

import difflib
import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from tasks.core.visible import visible

LONGEST: Final = 20_000
"""Characters of a text that are set as Markdown. A longer one is shown as it is written, and only its beginning."""
BEGINNING: Final = 4_000


def rendered(text: str) -> Markup:
    """A text as Markdown: lists, tables, code; lines end where they are written. No HTML of its own; a link is its text with the
    address behind it, nothing to click; an image is its description with its address."""
    return Markup(_markdown().render(visible(text)))  # noqa: S704  (html=False escapes what is not Markdown)


def plain(text: str) -> Markup:
    """A text in which every character stands as it is written."""
    return escape(visible(text))


def beginning(text: str) -> str:
    """As much of a long text as a page shows."""
    return text if len(text) <= LONGEST else text[:BEGINNING]


def marked(text: str, spans: Iterable[tuple[int, int]]) -> Markup:
    """A passage whose characters [start, end) stand out."""
    parts, at = [], 0
    for start, end in sorted(spans):
        start, end = max(start, at), min(end, len(text))
        if start < end:
            parts += [plain(text[at:start]), Markup("<mark>{}</mark>").format(visible(text[start:end]))]
            at = end
    return Markup("").join([*parts, plain(text[at:])])


def difference(before: str, after: str) -> Markup:
    """What was taken away and what was added, word by word. Above some thousand words, line by line, since the time grows with the
    square of their number."""
    pieces = r"\s+|\w+|[^\w\s]" if len(before) + len(after) <= LONGEST else r"[^\n]*\n?"
    old, new = ([one for one in re.findall(pieces, text) if one] for text in (before, after))
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=len(old) > 2_000)
    out: list[Markup] = []
    for what, a, b, c, d in matcher.get_opcodes():
        if what == "equal":
            out.append(plain("".join(old[a:b])))
        for name, words in (("del", old[a:b]), ("ins", new[c:d])):
            if what != "equal" and words:
                out.append(Markup(f"<{name}>{{}}</{name}>").format(visible("".join(words))))  # noqa: S704  (del or ins)
    return Markup("").join(out)


@cache
def _markdown() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    vars(made)["validateLink"] = lambda _url: True  # none is ever made into a link, and each address is shown
    for name, rule in {"link_open": _link_open, "link_close": _link_close, "image": _image}.items():
        vars(made.renderer)["rules"][name] = rule
    return made


def _link_open(_tokens: Sequence[Token], _at: int, _options: Any, _env: Any) -> str:
    return '<span class="link">'


def _link_close(tokens: Sequence[Token], at: int, _options: Any, _env: Any) -> str:
    depth = 0
    for token in reversed(tokens[: at + 1]):
        depth += (token.type == "link_close") - (token.type == "link_open")
        if depth == 0:
            return f'</span> <span class="address">({_address(token.attrGet("href"))})</span>'
    return "</span>"


def _image(tokens: Sequence[Token], at: int, _options: Any, _env: Any) -> str:
    described, address = escape(tokens[at].content), _address(tokens[at].attrGet("src"))
    return f'<span class="link">image: {described}</span> <span class="address">({address})</span>'


def _address(given: Any) -> str:
    return str(escape(str(given or "")))
