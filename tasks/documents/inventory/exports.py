"""Exports of a wiki: a zip archive of HTML pages, or Confluence's own XML (`entities.xml`, alone or in its archive).

Each page is a record: its number, its title, and its text as HTML. Of Confluence's pages the current versions are read, and blog
posts; drafts, older versions and what lies in the bin are not.
"""

import html
import io
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from typing import Final, NamedTuple

from tasks.documents.blocks import Unreadable
from tasks.documents.inventory.decoding import decode
from tasks.documents.readers.office import zipped

ZIP: Final = "application/zip"
CONFLUENCE: Final = "application/x-confluence-export"
_ENTITIES: Final = "entities.xml"
_CDATA: Final = "<![CDATA["
_CDATA_ENDS: Final = re.compile(r"\]\] ?>")
_PAGES: Final = (".html", ".htm", ".xhtml")
_READ: Final = ("Page", "BlogPost")
_TITLE: Final = re.compile(r"<title[^>]{0,200}>([^<]{1,500})</title>", re.IGNORECASE)


class ExportedPage(NamedTuple):
    """One page; `problem` says why it cannot be read."""

    title: str
    text: str
    problem: str = ""


def pages_of(raw: bytes, media_type: str) -> list[ExportedPage]:
    """The pages of an export, in its order. Raises Unreadable for what is none."""
    if media_type == CONFLUENCE:
        return _entities(raw)
    archive = zipped.opened(raw)
    names = archive.namelist()
    inner = next((name for name in names if name.rsplit("/", 1)[-1] == _ENTITIES), "")
    if inner:
        return _entities(zipped.member(archive, inner))
    pages = [name for name in sorted(names) if name.lower().endswith(_PAGES) and not name.startswith("__MACOSX")]
    if not pages:
        raise Unreadable("damaged", "an archive without pages: neither *.html nor entities.xml is in it")
    return [_page(archive, name) for name in pages]


def _page(archive: zipfile.ZipFile, name: str) -> ExportedPage:
    try:
        text, _ = decode(zipped.member(archive, name), "text/html")
    except Unreadable as problem:
        return ExportedPage(name, "", f"{problem.reason} {problem.detail}")
    stated = _TITLE.search(text)
    return ExportedPage(" ".join(stated[1].split()) if stated else "", text)


class _Entity(NamedTuple):
    """What is read of a page in Confluence's XML."""

    title: str
    status: str
    is_old: bool


def _entities(raw: bytes) -> list[ExportedPage]:
    """The pages of `entities.xml`, read one object at a time."""
    zipped.check_entities(_ENTITIES, raw)
    pages: dict[str, _Entity] = {}
    bodies: dict[str, str] = {}
    try:
        for element in _objects(raw):
            identity = element.findtext("id", "").strip()
            if element.get("class") in _READ:
                pages[identity] = _entity(element)
            elif element.get("class") == "BodyContent":
                owner = element.find("property[@name='content']/id")
                bodies[(owner.text or "").strip() if owner is not None else ""] = _property(element, "body")
    except ET.ParseError as error:
        raise Unreadable("damaged", f"{_ENTITIES}: {error}") from None
    current = [(identity, page) for identity, page in pages.items() if page.status == "current" and not page.is_old]
    if not current:
        raise Unreadable("damaged", f"{_ENTITIES} holds no current page")
    return [ExportedPage(page.title, _escaped(bodies.get(identity, ""))) for identity, page in current]


def _escaped(page: str) -> str:
    """A page whose CDATA sections, in which code and the words of links stand, are escaped as HTML has it."""
    parts: list[str] = []
    at = 0
    while (start := page.find(_CDATA, at)) >= 0 and (end := _CDATA_ENDS.search(page, start)):
        parts += [page[at:start], html.escape(page[start + len(_CDATA) : end.start()], quote=False)]
        at = end.end()
    return "".join([*parts, page[at:]])


def _objects(raw: bytes) -> Iterator[ET.Element]:
    """The objects of an export, each taken from memory once it was looked at."""
    parser = ET.iterparse(io.BytesIO(raw), ("start", "end"))  # noqa: S314  (no entities; expat bounds the rest)
    root: ET.Element | None = None
    for event, element in parser:
        if root is None:
            root = element
        elif event == "end" and element.tag == "object":
            yield element
            root.clear()


def _entity(element: ET.Element) -> _Entity:
    old = element.find("property[@name='originalVersion']")
    status = _property(element, "contentStatus") or "current"
    return _Entity(" ".join(_property(element, "title").split()), status, old is not None)


def _property(element: ET.Element, name: str) -> str:
    return element.findtext(f"property[@name='{name}']", "")
