"""Files that are damaged, locked, or made to harm their reader get one reason each, and the files beside them are read."""

import importlib.util
import io
import os
import signal
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tasks.core.reasons import REASONS
from tasks.documents.blocks import Unreadable
from tasks.documents.params import Source
from tasks.documents.readers import office
from tasks.documents.readers.office.worker import DOCX, PDF, ReaderProcess

_SPEC = importlib.util.spec_from_file_location("making", Path(__file__).with_name("making.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
making = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(making)


def word() -> bytes:
    return bytes(making.docx(lambda document: document.add_paragraph("A sound paragraph.")))


def changed(raw: bytes, member: str, change: Callable[[bytes], bytes]) -> bytes:
    """An archive with one member changed."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return bytes(making.zipped(members | {member: change(members.get(member, b""))}))


def body(change: Callable[[bytes], bytes]) -> bytes:
    return changed(word(), "word/document.xml", change)


def pages(kids: int, count: int) -> bytes:
    """A PDF that lists one page so many times, and states a number of its own."""
    return (
        b"%%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[%s]/Count %d>>\nendobj\n"
        b"3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>\nendobj\ntrailer<</Root 1 0 R>>\n%%%%EOF"
    ) % (b"3 0 R " * kids, count)


def far_cell() -> bytes:
    """A sheet of two cells, which as a rectangle has 17 billion."""
    cell = b'</row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return changed(making.xlsx({"s": [["a"]]}), "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"</row>", cell))


def locked_book() -> bytes:
    lock = (
        '<encryption><e:EncryptedData xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:CipherData>'
        '<e:CipherReference URI="OEBPS/text/c%200.xhtml"/></e:CipherData></e:EncryptedData></encryption>'
    )
    return bytes(making.epub(["<p>a</p>"], extra={"META-INF/encryption.xml": lock}))


ENTITIES = b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
BAD = {
    "no.pdf": (lambda: b"junk" * 99, "damaged"),
    "empty.pdf": (lambda: b"%PDF-1.4\n%%EOF", "damaged"),
    "cut.pdf": (lambda: making.report()[:-1500], "damaged"),
    "locked.pdf": (lambda: making.report(protect="secret"), "encrypted"),
    "pages.pdf": (lambda: pages(20_000, 20_000), "too_large"),
    "liar.pdf": (lambda: pages(1, 2_000_000_000), "empty_document"),
    "cut.docx": (lambda: word()[:-400], "damaged"),
    "book.docx": (lambda: making.epub(["<p>a</p>"]), "damaged"),
    "old.docx": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 999, "damaged"),
    "locked.docx": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
    "entities.docx": (lambda: body(lambda xml: ENTITIES + xml), "hostile"),
    "deep.docx": (lambda: body(lambda xml: xml.replace(b"<w:p>", b"<w:p>" + b"<w:sdt>" * 100_000)), "damaged"),
    "bomb.docx": (lambda: changed(word(), "word/a.xml", lambda _: bytes(120 << 20)), "too_large"),
    "flipped.docx": (lambda: word().replace(b"PK\x03\x04", b"PK\x03\x05", 3), "damaged"),
    "word.pptx": (lambda: body(lambda xml: xml + b"   "), "damaged"),
    "word.xlsx": (lambda: body(lambda xml: xml + b" "), "damaged"),
    "far.xlsx": (far_cell, "too_costly"),
    "word.epub": (lambda: body(lambda xml: xml + b"  "), "damaged"),
    "locked.epub": (locked_book, "encrypted"),
    "bomb.epub": (lambda: making.epub(["<p>a</p>"], extra={"OEBPS/b.xhtml": bytes(120 << 20)}), "too_large"),
    "entities.epub": (lambda: changed(making.epub(["a"]), "OEBPS/content.opf", lambda xml: ENTITIES + xml), "hostile"),
    "deep.epub": (lambda: making.epub(["<div>" * 5000 + "a"]), "too_deep"),
    "nothing.zip": (lambda: making.zipped({"a.txt": "a"}), "damaged"),
    "cut.zip": (lambda: making.zipped({"a.html": "<p>a</p>"})[:-30], "damaged"),
}


def test_each_bad_file_has_its_reason_and_a_good_one_beside_them_is_read(shelf: Any, tmp_path: Path) -> None:
    for name, (make, _) in BAD.items():
        (tmp_path / name).write_bytes(make())
    (tmp_path / "good.docx").write_bytes(word())
    inventory = shelf.collect(Source(path=str(tmp_path)))
    chunks = shelf.ingest(inventory)
    rows = [*inventory.rejected.to_pylist(), *chunks.rejected.to_pylist()]
    assert {row["path"]: row["reason"] for row in rows} == {name: reason for name, (_, reason) in BAD.items()}
    assert {row["reason"] for row in rows} <= set(REASONS)
    assert all("0x" not in row["detail"] and "\n" not in row["detail"] for row in rows)
    assert [row["text"] for row in chunks.kept.to_pylist()] == ["A sound paragraph."]


def test_a_reader_that_is_killed_costs_its_document_only() -> None:
    worker, report = ReaderProcess(), making.report()
    try:
        worker.read(word(), DOCX)
        assert worker._child is not None
        os.kill(worker._child.pid, signal.SIGSTOP)
        threading.Timer(0.2, os.kill, (worker._child.pid, signal.SIGKILL)).start()
        with pytest.raises(Unreadable) as caught:
            worker.read(report, PDF)
        assert caught.value.reason == "too_costly"
        assert worker.read(word(), DOCX).pieces[0].text == "A sound paragraph."
    finally:
        worker.close()


def test_the_same_file_is_read_alike_every_time() -> None:
    raw = making.report()
    first = office.read(raw, PDF)
    office.read(word(), DOCX)
    assert office.read(raw, PDF) == first
