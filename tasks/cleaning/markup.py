"""HTML in a text that is not about HTML becomes text: paragraphs, lists, tables and code keep their shape, as Markdown.

Tags are read by the standard library's parser, which neither recurses nor gives up. Only elements that people write in
answers are taken for markup, and only where they are closed, repeated, or stand alone by nature; `<stdio.h>`, `List<T>`,
`x<y`, `m<sup>2</sup>` and a tag that is merely mentioned stay as they are.
"""

import html
import re
from bisect import bisect_left
from collections import Counter
from html.parser import HTMLParser
from typing import Final

from tasks.text.code import code_spans, outside_code

ABOUT: Final = (
    r"(?i)\b(?:x?html?\d?|xml|svg|css|php|markup|markdown|tags?|entit(?:y|ies)|web ?(?:page|site|form)s?|javascript|jsx|"
    r"react|angular|vue|dom|escap(?:e[ds]?|ing)|jquery|template|bold|italics?|fonts?|format(?:s|ted|ting)?|highlight\w*|"
    r"underlin\w*|colou?r(?:s|ed)?|embed\w*|animat\w*|annotat\w*|ampersands?|angle brackets?|less-than|render\w*|snippet)\b"
    r"|<!doctype|<html"
)
"""Rows that are about markup keep it."""
SUSPECT: Final = r"</?[a-zA-Z][^<>]*>|&(?:[a-z]{2,8}|#\d|#x)"

_BLOCK: Final = frozenset(
    "p div ul ol li h1 h2 h3 h4 h5 h6 table thead tbody tfoot tr blockquote dl dt dd center".split()  # noqa: SIM905
)
_INLINE: Final = frozenset("span font b i u em strong small big a td th s del ins mark code pre".split())  # noqa: SIM905
_VOID: Final = frozenset(["br", "hr", "img"])
_OPTIONAL_END: Final = frozenset("p li td th tr dt dd".split())  # noqa: SIM905
_KNOWN: Final = _BLOCK | _INLINE | _VOID
_TAG: Final = re.compile(
    rf"<(?P<end>/?)(?P<name>{'|'.join(sorted(_KNOWN, key=len, reverse=True))})"
    r"(?:\s+[a-z-]+\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'|[\w%#.-]+))*\s*/?>",
    re.IGNORECASE,
)
_ENTITY: Final = re.compile(
    r"&(?:lt|gt|quot|apos|nbsp|hellip|mdash|ndash|middot|bull|[lr][sd]quo|copy|reg|deg|euro|times|#\d{2,5}|#x[0-9a-fA-F]{2,4});"
)
_AMPERSAND: Final = re.compile(r"&amp;(?!(?:[a-z]{2,8}|#\w{1,6});)")
_WRITTEN_TAG: Final = re.compile(
    rf"&lt;\s*/?(?:{'|'.join(sorted(_KNOWN))})\b[^\n]{{0,200}}?(?:&gt;|>|\Z)", re.IGNORECASE
)
"""A tag that was escaped to be read, not obeyed."""
_KEPT, _END, _LESS, _AND = "\ue000", "\ue001", "\ue002", "\ue003"
"""Private characters that stand for protected code, its end, a "<" that opens no tag, and "&", while the parser reads."""
_PRIVATE: Final = re.compile(f"[{_KEPT}-{_AND}]")
_KEPT_CODE: Final = re.compile(f"{_KEPT}(\\d+){_END}")
_PREFORMATTED: Final = re.compile(r"<(?P<end>/)?pre\b", re.IGNORECASE)
"""Indented lines between such tags are no code of Markdown's."""
_SPACE: Final = re.compile(r"\s+")


def _preformatted(text: str) -> list[tuple[int, int]]:
    """Start and end of what stands between <pre> and </pre>, in order."""
    found: list[tuple[int, int]] = []
    opened: int | None = None
    for tag in _PREFORMATTED.finditer(text):
        if tag["end"] and opened is not None:
            found.append((opened, tag.end()))
            opened = None
        elif not tag["end"] and opened is None:
            opened = tag.start()
    return found


def _is_inside(start: int, spans: list[tuple[int, int]]) -> bool:
    before = bisect_left(spans, (start, 0)) - 1
    return before >= 0 and start < spans[before][1]


def markup(text: str) -> str:
    """`text` with its HTML elements turned into Markdown, and entities into their characters; code stays as it is."""
    tags = _trusted(text)
    if not tags or _PRIVATE.search(text):
        return outside_code(_entities)(text)
    inside = _preformatted(text) if "pre" in tags else []
    code: list[str] = []
    parts, at = [], 0
    for start, end in code_spans(text):
        if start >= at and not _TAG.match(text[start:end].lstrip()) and not _is_inside(start, inside):
            parts += [text[at:start], f"{_KEPT}{len(code)}{_END}"]
            code.append(text[start:end])
            at = end
    # line ends mean nothing here if at least half of the lines begin and end with a tag, as in the source of a page
    lines = [line for line in map(str.strip, text.splitlines()) if line]
    tagged = sum(_TAG.match(line) is not None and line.endswith(">") for line in lines)
    page = _MarkupText(len(lines) > 2 and tagged * 2 >= len(lines))
    page.feed(_only(tags, "".join([*parts, text[at:]])).replace("&", _AND))
    page.close()
    made = outside_code(_entities)(page.text().replace(_LESS, "<").replace(_AND, "&"))
    return _KEPT_CODE.sub(lambda kept: code[int(kept[1])], made)


def _trusted(text: str) -> frozenset[str]:
    """The elements of `text` that are markup: closed, without need of being closed and repeated, or alone by nature."""
    if "<" not in text:
        return frozenset()
    found: list[tuple[str, bool]] = []
    outside_code(lambda prose: _noted(prose, found))(text)
    counts = Counter(found)
    trusted = {name for name, end in counts if name in _VOID or (not end and counts[name, True])}
    trusted |= {name for name, _ in counts if name in _OPTIONAL_END and counts[name, False] + counts[name, True] > 1}
    ends = (_TAG.match(text.lstrip()), re.search(rf"(?:{_TAG.pattern})\Z", text.rstrip(), re.IGNORECASE))
    return frozenset(trusted | {tag["name"].lower() for tag in ends if tag and tag["end"]})


def _noted(prose: str, found: list[tuple[str, bool]]) -> str:
    found += [(tag["name"].lower(), bool(tag["end"])) for tag in _TAG.finditer(prose)]
    return prose


def _only(tags: frozenset[str], text: str) -> str:
    """`text` in which every "<" that opens none of `tags` is hidden from the parser."""
    parts, at = [], 0
    for tag in _TAG.finditer(text):
        if tag["name"].lower() in tags:
            parts += [text[at : tag.start()].replace("<", _LESS), tag[0]]
            at = tag.end()
    return "".join([*parts, text[at:].replace("<", _LESS)])


def _entities(text: str) -> str:
    """`text` with the common entities as characters, except where that would make a tag of what was meant to be read."""
    if "&" not in text:
        return text

    parts, at = [], 0
    for tag in _WRITTEN_TAG.finditer(text):
        parts += [_unescaped(text[at : tag.start()]), tag[0]]
        at = tag.end()
    return "".join([*parts, _unescaped(text[at:])])


def _unescaped(text: str) -> str:
    text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    return _AMPERSAND.sub("&", text)


class _MarkupText(HTMLParser):
    """Writes Markdown while it reads."""

    def __init__(self, flowing: bool) -> None:
        super().__init__(convert_charrefs=False)
        self.flowing = flowing
        self.written = ""
        self.parts: list[str] = []
        self.lists: list[int] = []  # per open list its next number, 0 for bullets
        self.links: list[str] = []
        self.verbatim = 0  # open <pre>
        self.coding = 0  # open <pre> and <code>
        self.broken = False  # just behind <br>: a line end of the source adds no second one

    def text(self) -> str:
        """What was written."""
        return "".join(self.parts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """What an element begins with."""
        self.coding += tag in ("pre", "code")
        if tag == "pre":
            self.verbatim += 1
            self.newline(2)
            self.write("```\n")
        elif tag == "code" and not self.verbatim:
            self.write("`")
        elif tag in ("ul", "ol"):
            self.newline(1)
            self.lists.append(int(tag == "ol"))
        elif tag == "li":
            self.newline(1)
            self.write("  " * (len(self.lists) - 1) + self.bullet())
        elif tag == "a":
            address = dict(attrs).get("href") or ""
            self.links.append(address if address.startswith("http") else "")
            self.write("[" if self.links[-1] else "")
        elif tag == "img":
            shown = dict(attrs)
            self.write(f"![{shown.get('alt') or ''}]({shown.get('src') or ''})")
        elif tag in ("td", "th"):
            self.write("" if self.tail(1) in ("", "\n") else " | ")
        elif tag == "br":
            self.newline(1, always=True)
            self.broken = True
        elif tag in _BLOCK or tag == "hr":
            self.newline(1 if tag in ("tr", "div", "dt", "dd") or self.tail(2) in ("- ", ". ") else 2)
            self.write("#" * int(tag[1]) + " " if tag[0] == "h" and tag[1:].isdigit() else "")

    def handle_endtag(self, tag: str) -> None:
        """What an element ends with."""
        self.coding -= tag in ("pre", "code") and self.coding > 0
        if tag == "pre" and self.verbatim:
            self.verbatim -= 1
            self.newline(1)
            self.write("```")
            self.newline(2)
        elif tag == "code" and not self.verbatim:
            self.write("`")
        elif tag == "a" and self.links:
            address = self.links.pop()
            self.write(f"]({address})" if address else "")
        elif tag in ("ul", "ol"):
            if self.lists:
                self.lists.pop()
            self.newline(1 if self.lists else 2)
        elif tag in _BLOCK:
            self.newline(1 if tag in ("li", "tr", "div", "dt", "dd") else 2)

    def handle_data(self, data: str) -> None:
        """Text; where lines mean nothing, white space is one blank, and none begins a line."""
        if self.broken and not self.verbatim:
            data = data.removeprefix("\r").removeprefix("\n")
        self.broken = False
        if self.coding:
            data = html.unescape(data.replace(_AND, "&"))
        if self.flowing and not self.verbatim:
            data = _SPACE.sub(" ", data)
        if not self.verbatim and self.tail(1) in ("", "\n", " "):
            data = data.lstrip(" \t") if self.flowing or self.tail(2) == "- " else data
        self.write(data)

    def write(self, text: str) -> None:
        """Adds `text`."""
        if text:
            self.parts.append(text)

    def tail(self, length: int) -> str:
        """The last characters written."""
        return "".join(self.parts[-4:])[-length:]

    def newline(self, lines: int, always: bool = False) -> None:
        """Ends the line, so that at least `lines` line ends stand here; at the very beginning none."""
        while self.parts and not self.parts[-1].rstrip(" \t"):
            self.parts.pop()
        if not self.parts:
            return
        self.parts[-1] = self.parts[-1].rstrip(" \t") if self.tail(2) not in ("- ", ". ") else self.parts[-1]
        if self.tail(2) in ("- ", ". "):
            return
        ends = len(self.tail(3)) - len(self.tail(3).rstrip("\n"))
        self.write("\n" * (1 if always else max(0, lines - ends)))

    def bullet(self) -> str:
        """The mark of the next item."""
        if not self.lists or not self.lists[-1]:
            return "- "
        self.lists[-1] += 1
        return f"{self.lists[-1] - 1}. "
