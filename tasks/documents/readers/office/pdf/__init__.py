"""PDF, by PDFium: which is why pages take milliseconds. What a PDF does not say is worked out from where its characters stand.

runs         characters to stretches of one font on one line
running      headers, footers and page numbers that repeat, lines of tables of contents
columns      the order in which parts of a page are read
paragraphs   lines to paragraphs, lists, code, tables; words broken at a line's end
headings     from bookmarks, sizes and bold letters
"""

from itertools import groupby
from typing import Any, Final

from tasks.documents.blocks import Unreadable
from tasks.documents.readers.office.pdf import running
from tasks.documents.readers.office.pdf.columns import regions_of
from tasks.documents.readers.office.pdf.headings import Headings
from tasks.documents.readers.office.pdf.paragraphs import Paragraph, compounds_of, joined, paragraphs_of
from tasks.documents.readers.office.pdf.runs import TextRun, runs_of
from tasks.documents.readers.office.pieces import Collected, DocumentPieces, Progress

MOST_PAGES: Final = 10_000
_TEXTLESS: Final = 16
"""Fewer characters on a page that holds a picture are a stamp or a page number, not its text."""
_UNMAPPED_SHARE: Final = 0.3
"""Of a page's characters without a meaning in Unicode; with more the page is as good as a picture."""
_PASSWORD: Final = 4
_END: Final = b"%%EOF"
_TAIL: Final = 4096
"""Bytes at the end of a file in which its end is marked. PDFium would read what there is of a file that is cut off."""
_IMAGE: Final = 3


def read(raw: bytes, progress: Progress) -> DocumentPieces:
    """The pieces of a PDF. Raises Unreadable: damaged, encrypted, too_large, needs_ocr."""
    document = _opened(raw)
    count = len(document)
    if count > MOST_PAGES:
        raise Unreadable("too_large", f"{count} pages, {MOST_PAGES} allowed")
    pages: list[list[TextRun]] = []
    pictures: list[int] = []
    for number in range(count):
        progress(f"page {number + 1}")
        runs, is_picture = _page(document, number)
        pages.append(runs)
        if is_picture:
            pictures.append(number + 1)
    if pictures and len(pictures) == sum(1 for number in range(count) if pages[number] or number + 1 in pictures):
        raise Unreadable("needs_ocr", f"{len(pictures)} of {count} pages are pictures of text")
    pages, removed = running.without(pages)
    compounds = compounds_of(pages)
    paragraphs: list[Paragraph] = []
    for number, runs in enumerate(pages, start=1):
        progress(f"page {number}")
        for region in regions_of(runs):
            paragraphs += paragraphs_of(region, number)
    found = _collected(joined(paragraphs, compounds), Headings(paragraphs, _bookmarks(document)))
    title = document.get_metadata_dict().get("Title", "")
    return DocumentPieces(_title(title), found.done(), count, pictures, removed)


def _opened(raw: bytes) -> Any:
    import pypdfium2
    import pypdfium2.raw as pdfium

    if _END not in raw[-_TAIL:]:
        raise Unreadable("damaged", "cut off: it has no end")
    try:
        return pypdfium2.PdfDocument(raw)
    except pypdfium2.PdfiumError as error:
        if pdfium.FPDF_GetLastError() == _PASSWORD or "password" in str(error).lower():
            raise Unreadable("encrypted", "a password is needed") from None
        raise Unreadable("damaged", f"no complete PDF ({error})") from None


def _page(document: Any, number: int) -> tuple[list[TextRun], bool]:
    """The runs of a page, and whether it is a picture: of a scanner, or set in a font that does not say what its letters are."""
    import pypdfium2

    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return [], False
    text = page.get_textpage()
    runs, characters, unmapped = runs_of(text, page.get_height())
    is_picture = unmapped > _UNMAPPED_SHARE * max(1, characters) or (characters < _TEXTLESS and _has_image(page))
    text.close()
    page.close()
    return ([] if is_picture else runs), is_picture


def _has_image(page: Any) -> bool:
    return next(iter(page.get_objects(filter=[_IMAGE], max_depth=3)), None) is not None


def _bookmarks(document: Any) -> list[tuple[int, int, str]]:
    """Level from 1, page from 1, and title of each bookmark."""
    found = []
    for bookmark in document.get_toc(max_depth=8):
        target = bookmark.get_dest()
        page = target.get_index() if target else None
        if page is not None:
            found.append((bookmark.level + 1, page + 1, bookmark.get_title()))
        if len(found) >= MOST_PAGES:
            break
    return found


def _collected(paragraphs: list[Paragraph], headings: Headings) -> Collected:
    found = Collected()
    for page, group in groupby(paragraphs, key=lambda one: one.page):
        for number, paragraph in enumerate(group, start=1):
            location = f"page {page}, paragraph {number}"
            if paragraph.rows:
                found.table(paragraph.rows, lambda a, b, location=location: f"{location}, rows {a}–{b}")  # type: ignore[misc]
            elif level := headings.level(paragraph):
                found.heading(level, paragraph.text, location)
            else:
                found.add(paragraph.kind, paragraph.text, location)
    return found


def _title(stated: str) -> str:
    """The title that the file states, unless a program put its own words there."""
    title = " ".join(stated.split())
    return "" if title.lower().startswith(("microsoft word", "untitled", "(anonymous)")) or "." in title[-5:] else title
