"""Word documents, by python-docx: headings from styles and their outline levels, lists, tables, footnotes.

Text that was deleted under track changes is left out, text that was inserted is read, and so are text boxes and content controls.
The paragraph in the style Title is the document's title. Headers and footers are counted and left out; so is a table of contents.
Page numbers are those of the last time Word laid the document out; a document that it never laid out has none, and locations are
paragraphs.
"""

import io
from collections.abc import Iterator
from typing import Any, Final

from tasks.documents.blocks import Unreadable
from tasks.documents.readers.office import zipped
from tasks.documents.readers.office.pieces import Collected, DocumentPieces, Progress

_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HIDDEN: Final = frozenset(
    [f"{_W}del", f"{_W}moveFrom", "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"]
)
_TEXT_BOX: Final = f"{_W}txbxContent"
_SIGNS: Final = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_CODE: Final = ("code", "preformatted", "source text")
_AT_ONCE: Final = 200
"""Paragraphs between two reports of progress."""
_FOOTNOTES: Final = ("footnotes", "endnotes")


def read(raw: bytes, progress: Progress) -> DocumentPieces:
    """The pieces of a document. Raises Unreadable."""
    import docx

    zipped.check_markup(zipped.opened(raw))
    try:
        document = docx.Document(io.BytesIO(raw))
    except (KeyError, ValueError, AttributeError) as error:
        raise Unreadable("damaged", f"no Word document ({type(error).__name__})") from None
    body = _Body(document, progress)
    body.take(document.element.body)
    for part in document.part.rels.values():
        if not part.is_external and part.reltype.rsplit("/", 1)[-1] in _FOOTNOTES:
            body.notes(part.target_part.blob)
    title = document.core_properties.title.strip() or " ".join(body.title.split())
    return DocumentPieces(title, body.found.done(), running=_running(document))


class _Body:
    """Reads paragraphs and tables in order."""

    def __init__(self, document: Any, progress: Progress) -> None:
        self.found = Collected()
        self.progress = progress
        self.styles = {style.style_id: style for style in document.styles if getattr(style, "style_id", None)}
        self.title = ""
        self.paragraphs = 0
        self.tables = 0
        self.page = 1
        self.laid_out = next(document.element.iter(f"{_W}lastRenderedPageBreak"), None) is not None

    def take(self, element: Any) -> None:
        """Reads the blocks of a body, a content control or a text box."""
        stack = [iter(element)]  # content controls nest, to a depth that libxml2 bounds at 256
        while stack:
            child = next(stack[-1], None)
            if child is None:
                stack.pop()
            elif child.tag == f"{_W}p":
                self.paragraph(child)
            elif child.tag == f"{_W}tbl":
                self.table(child)
            elif child.tag == f"{_W}sdt" and not _is_contents(child):
                stack.extend(iter(content) for content in child.findall(f"{_W}sdtContent"))
            elif child.tag in (f"{_W}ins", f"{_W}moveTo", f"{_W}customXml", f"{_W}smartTag"):
                stack.append(iter(child))

    def paragraph(self, element: Any) -> None:
        """Reads one paragraph and the text boxes anchored in it."""
        self.paragraphs += 1
        if self.paragraphs % _AT_ONCE == 0:
            self.progress(f"paragraph {self.paragraphs}")
        style = self.style(element)
        text = _text(element).strip()
        location = f"{f'page {self.page}, ' if self.laid_out else ''}paragraph {self.paragraphs}"
        level = _level(element, style)
        if text and not self.title and _names(style).startswith("title "):
            self.title = text
        elif level is not None and text:
            self.found.heading(level, text, location)
        elif any(word in _names(style) for word in _CODE):
            self.found.add("code", "\n".join(f"    {line}" for line in text.split("\n")), location)
        elif (depth := _list_depth(element, style)) is not None:
            self.found.add("list", f"{'  ' * depth}* {text}" if text else "", location)
        else:
            self.found.add("prose", text, location)
        self.page += sum(1 for _ in element.iter(f"{_W}lastRenderedPageBreak"))
        for box in _outermost(element, _TEXT_BOX):
            self.take(box)

    def table(self, element: Any) -> None:
        """Reads a table; a cell that spans columns or rows has its text once."""
        self.tables += 1
        self.progress(f"table {self.tables}")
        where = f"{f'page {self.page}, ' if self.laid_out else ''}table {self.tables}"
        rows = [[_cell(cell) for cell in _cells(row)] for row in _rows(element)]
        if sum(bool(cell) for row in rows for cell in row) == 1 and len(rows) == 1:  # a frame around a paragraph
            self.found.add("prose", next(cell for cell in rows[0] if cell), where)
        else:
            self.found.table(rows, lambda first, last: f"{where}, rows {first}–{last}")
        self.page += sum(1 for _ in element.iter(f"{_W}lastRenderedPageBreak"))

    def notes(self, blob: bytes) -> None:
        """Reads footnotes or endnotes, behind the text."""
        from docx.oxml.parser import parse_xml

        for note in parse_xml(blob):
            if note.get(f"{_W}type") is None:  # others are the lines that separate notes
                text = " ".join(filter(None, (_text(paragraph).strip() for paragraph in note.iter(f"{_W}p"))))
                self.found.add("prose", text, f"note {note.get(f'{_W}id')}")

    def style(self, element: Any) -> Any:
        """The style of a paragraph, or None."""
        named = element.find(f"{_W}pPr/{_W}pStyle")
        return self.styles.get(named.get(f"{_W}val")) if named is not None else None


def _text(element: Any) -> str:
    """The text of a paragraph, without what was deleted and without its text boxes."""
    parts: list[str] = []
    stack = [iter(element)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
        elif child.tag == f"{_W}t":
            parts.append(child.text or "")
        elif child.tag in _SIGNS and child.getparent().tag == f"{_W}r":
            parts.append(_SIGNS[child.tag] if child.get(f"{_W}type") != "page" else "")
        elif child.tag not in _HIDDEN and child.tag != _TEXT_BOX and len(child):
            stack.append(iter(child))
    return "".join(parts)


def _outermost(element: Any, tag: str) -> Iterator[Any]:
    for found in element.iter(tag):
        around = list(found.iterancestors())
        inside = around[: around.index(element)]
        if not any(one.tag == tag or one.tag in _HIDDEN for one in inside):
            yield found


def _rows(table: Any) -> Iterator[Any]:
    return (row for row in table.iter(f"{_W}tr") if next(row.iterancestors(f"{_W}tbl")) is table)


def _cells(row: Any) -> Iterator[Any]:
    return (cell for cell in row.iter(f"{_W}tc") if next(cell.iterancestors(f"{_W}tr")) is row)


def _cell(element: Any) -> str:
    merged = element.find(f"{_W}tcPr/{_W}vMerge")
    if merged is not None and merged.get(f"{_W}val") != "restart":
        return ""
    return " ".join(filter(None, (_text(paragraph).strip() for paragraph in element.iter(f"{_W}p"))))


def _names(style: Any) -> str:
    return "" if style is None else f"{style.name or ''} {style.style_id}".lower()


def _chain(style: Any) -> Iterator[Any]:
    """A style and those it is based on."""
    for _ in range(20):  # based on itself it would never end
        if style is None:
            return
        yield style
        style = style.base_style


def _level(element: Any, style: Any) -> int | None:
    """The heading level of a paragraph, from 1: its outline level, its style's, or that of a style that it is based on."""
    own = element.find(f"{_W}pPr/{_W}outlineLvl")
    for one in _chain(style):
        if own is None:
            own = one.element.find(f"{_W}pPr/{_W}outlineLvl")
            name = (one.name or "").lower()
            if own is None and name.startswith("heading ") and name[8:].isdigit():
                return int(name[8:])
    level = own.get(f"{_W}val") if own is not None else None
    return int(level) + 1 if level is not None and level.isdigit() and int(level) < 9 else None


def _list_depth(element: Any, style: Any) -> int | None:
    """How deep in a list a paragraph stands, from 0; None where it stands in none."""
    numbered = element.find(f"{_W}pPr/{_W}numPr")
    if numbered is None:
        return 0 if _names(style).startswith("list ") else None
    number, depth = numbered.find(f"{_W}numId"), numbered.find(f"{_W}ilvl")
    if number is not None and number.get(f"{_W}val") == "0":
        return None
    level = depth.get(f"{_W}val", "0") if depth is not None else "0"
    return min(int(level), 8) if level.isdigit() else 0


def _is_contents(control: Any) -> bool:
    """Whether a content control is the table of contents that Word made."""
    gallery = control.find(f"{_W}sdtPr/{_W}docPartObj/{_W}docPartGallery")
    return gallery is not None and gallery.get(f"{_W}val") == "Table of Contents"


def _running(document: Any) -> int:
    """Paragraphs of headers and footers, each counted once."""
    parts = [part.target_part for part in document.part.rels.values() if not part.is_external]
    return sum(
        bool(_text(paragraph).strip())
        for part in parts
        if part.partname.rsplit("/", 1)[-1].startswith(("header", "footer"))
        for paragraph in part.element.iter(f"{_W}p")
    )
