"""E-books: the chapters of an EPUB in the order of its spine, by the reader of HTML. Needs no library."""

import posixpath
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from itertools import groupby
from typing import Final
from urllib.parse import unquote

from tasks.documents.blocks import Unreadable
from tasks.documents.inventory.decoding import decode
from tasks.documents.readers import html
from tasks.documents.readers.office import zipped
from tasks.documents.readers.office.pieces import DocumentPieces, Piece, Progress, markdown_tables

MOST_CHAPTERS: Final = 5_000
_DEPTH: Final = 256
_PACKAGE: Final = "{http://www.idpf.org/2007/opf}"
_TITLE: Final = "{http://purl.org/dc/elements/1.1/}title"
_ROOTFILE: Final = "{urn:oasis:names:tc:opendocument:xmlns:container}rootfile"
_CIPHER: Final = "{http://www.w3.org/2001/04/xmlenc#}CipherReference"
_PAGES: Final = ("application/xhtml+xml", "text/html")


def read(raw: bytes, progress: Progress) -> DocumentPieces:
    """The pieces of a book. Raises Unreadable."""
    archive = zipped.opened(raw)
    root = _xml(archive, "META-INF/container.xml").find(f".//{_ROOTFILE}")
    if root is None:
        raise Unreadable("damaged", "META-INF/container.xml names no book")
    package = root.get("full-path", "")
    book = _xml(archive, package)
    chapters = _chapters(book, posixpath.dirname(package))
    locked = _locked(archive)
    pieces: list[Piece] = []
    for number, name in enumerate(chapters, start=1):
        if name in locked:
            raise Unreadable("encrypted", f"{name[:100]} is encrypted")
        progress(f"chapter {number}")
        pieces += _chapter(zipped.member(archive, name), number)
    title = book.find(f".//{_TITLE}")
    return DocumentPieces(" ".join((title.text or "").split()) if title is not None else "", pieces, len(chapters))


def _chapters(book: ET.Element, folder: str) -> list[str]:
    """The names of the members that the spine lists, in its order, each once."""
    items = {item.get("id"): item for item in book.iter(f"{_PACKAGE}item")}
    named = (items.get(entry.get("idref")) for entry in book.iter(f"{_PACKAGE}itemref"))
    pages = [item for item in named if item is not None and item.get("media-type") in _PAGES]
    chapters = [posixpath.normpath(posixpath.join(folder, unquote(item.get("href", "")))) for item in pages]
    if not chapters:
        raise Unreadable("damaged", "the book lists no chapter")
    if len(chapters) > MOST_CHAPTERS:
        raise Unreadable("too_large", f"{len(chapters)} chapters, {MOST_CHAPTERS} allowed")
    return list(dict.fromkeys(chapters))


def _chapter(data: bytes, number: int) -> Iterator[Piece]:
    """The pieces of one chapter; rows of a table that follow each other become one."""
    text, _ = decode(data, "text/html")
    paragraph = 0
    for (headings, is_table), group in groupby(
        html.read(text, _DEPTH).blocks, lambda one: (one.headings, one.kind == "table")
    ):
        blocks = list(group)
        parts = markdown_tables(block.text.split(" | ") for block in blocks) if is_table else ()
        for first, last, table in parts:
            location = f"chapter {number}, paragraphs {paragraph + first}–{paragraph + last}"
            yield Piece("table", table, location, headings)
        for position, block in enumerate(() if is_table else blocks, start=paragraph + 1):
            yield Piece(block.kind, block.text, f"chapter {number}, paragraph {position}", headings)
        paragraph += len(blocks)


def _locked(archive: zipfile.ZipFile) -> frozenset[str]:
    """Members that are encrypted."""
    if "META-INF/encryption.xml" not in archive.namelist():
        return frozenset()
    return frozenset(unquote(one.get("URI", "")) for one in _xml(archive, "META-INF/encryption.xml").iter(_CIPHER))


def _xml(archive: zipfile.ZipFile, name: str) -> ET.Element:
    data = zipped.member(archive, name)
    zipped.check_entities(name, data)
    try:
        return ET.fromstring(data)  # noqa: S314  (no entities; expat bounds the rest)
    except ET.ParseError as error:
        raise Unreadable("damaged", f"{name[:100]}: {error}") from None
