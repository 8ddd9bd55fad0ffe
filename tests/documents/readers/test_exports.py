"""Exports of wikis and help centres, and readers of a recipe's own."""

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tasks.core.errors import BadInput
from tasks.documents.params import Source

_SPEC = importlib.util.spec_from_file_location("making", Path(__file__).with_name("making.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
making = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(making)

BODY = (
    '<h1>Levers</h1><p>A lever turns, see <ac:link><ri:page ri:content-title="Bars"/><ac:plain-text-link-body>'
    "<![CDATA[Bars]]></ac:plain-text-link-body></ac:link>.</p>"
    '<ac:structured-macro ac:name="code"><ac:parameter ac:name="language">py</ac:parameter>'
    "<ac:plain-text-body><![CDATA[if a < b:\n    turn()]]></ac:plain-text-body></ac:structured-macro>"
)
OBJECT = '<object class="{kind}"><id name="id">{id}</id>{properties}</object>'


def page(identity: int, title: str, kind: str = "Page", status: str = "current", old: str = "") -> str:
    properties = (
        f'<property name="title"><![CDATA[{title}]]></property><property name="contentStatus">{status}</property>'
    )
    if old:
        properties += f'<property name="originalVersion" class="Page"><id name="id">{old}</id></property>'
    return OBJECT.format(kind=kind, id=identity, properties=properties)


def body(identity: int, owner: int, text: str) -> str:
    text = text.replace("]]>", "]] >")  # as Confluence writes it inside its own CDATA
    page = f'<property name="content" class="Page"><id name="id">{owner}</id></property>'
    properties = f'<property name="body"><![CDATA[{text}]]></property>{page}'
    return OBJECT.format(kind="BodyContent", id=identity, properties=properties)


ENTITIES = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<hibernate-generic datetime="2026-11-01 10:00:00">'
    + body(90, 1, BODY)
    + page(1, "About levers")
    + page(2, "About levers", old="1")
    + body(91, 2, "<p>An older version.</p>")
    + page(3, "Draft", status="draft")
    + page(4, "News", kind="BlogPost")
    + body(92, 4, "<p>We moved.</p>")
    + "</hibernate-generic>"
)


@pytest.mark.parametrize("packed", [True, False])
def test_current_pages_of_a_wiki_are_documents(shelf: Any, tmp_path: Path, packed: bool) -> None:
    if packed:
        path = tmp_path / "space.zip"
        path.write_bytes(making.zipped({"entities.xml": ENTITIES, "exportDescriptor.properties": "a=b"}))
    else:
        path = tmp_path / "entities.xml"
        path.write_text(ENTITIES)
    rows = shelf.ingest(shelf.collect(Source(path=str(path)))).kept.to_pylist()
    assert [(row["title"], row["record"], row["headings"]) for row in rows] == [
        ("About levers", 0, ["Levers"]),
        ("News", 1, []),
    ]
    assert rows[0]["text"].startswith("A lever turns, see Bars")
    assert "if a < b:\n        turn()" in rows[0]["text"]
    assert "py" not in rows[0]["text"].split()


def test_an_archive_of_pages_is_read_page_by_page(shelf: Any, tmp_path: Path) -> None:
    pages = {
        f"SPACE/{name}.html": f"<html><head><title>{name}</title></head><body><p>Of {name}.</p></body>"
        for name in ("a", "b")
    }
    (tmp_path / "space.zip").write_bytes(making.zipped({**pages, "SPACE/styles/site.css": "p {}"}))
    rows = shelf.ingest(shelf.collect(Source(path=str(tmp_path / "space.zip")))).kept.to_pylist()
    assert [(row["title"], row["text"]) for row in rows] == [("a", "Of a."), ("b", "Of b.")]


def test_articles_of_a_help_centre_are_found_beside_their_sections(shelf: Any, tmp_path: Path) -> None:
    export = {
        "count": 2,
        "next_page": None,
        "articles": [
            {"id": 1, "title": "Refunds", "body": "<h2>When</h2><p>Within 30 days &amp; unopened.</p>", "draft": False},
            {"id": 2, "title": "Empty", "body": None},
        ],
        "sections": [{"id": 7, "name": "Orders"}],
        "users": [{"id": 9, "name": "Ada"}],
    }
    (tmp_path / "articles.json").write_text(json.dumps(export))
    inventory = shelf.collect(Source(path=str(tmp_path / "articles.json")))
    (row,) = shelf.ingest(inventory).kept.to_pylist()
    assert (row["title"], row["headings"], row["text"]) == ("Refunds", ["When"], "Within 30 days & unopened.")
    assert inventory.rejected["reason"].to_pylist() == ["malformed_record"]


READERS = """
from tasks.documents.readers.office.pieces import DocumentPieces, Piece


def markdown(raw, path):
    return f"# {path}\\n\\n{raw.decode()[::-1]}"


def pieces(raw, path):
    return DocumentPieces("T", [Piece("prose", "On two.", "page 2", ("H",))], pages=2)


def broken(raw, path):
    raise ValueError("cannot")


def nothing(raw, path):
    return None
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "readers_of_a_test.py").write_text(READERS)
    monkeypatch.syspath_prepend(str(tmp_path / "lib"))
    monkeypatch.delitem(sys.modules, "readers_of_a_test", raising=False)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.odd").write_text(".xis fo tuo evif")
    return tmp_path / "in"


def test_a_reader_of_ones_own_gets_files_of_any_suffix(shelf: Any, own: Path) -> None:
    inventory = shelf.collect(Source(path=str(own), reader="readers_of_a_test:markdown"))
    (row,) = shelf.ingest(inventory).kept.to_pylist()
    assert (row["title"], row["text"], row["encoding"]) == (
        "a.odd",
        "five out of six.",
        "reader readers_of_a_test:markdown",
    )
    (row,) = shelf.ingest(shelf.collect(Source(path=str(own), reader="readers_of_a_test:pieces"))).kept.to_pylist()
    assert (row["title"], row["headings"], row["text"], row["location"]) == ("T", ["H"], "On two.", "page 2")


def test_a_reader_that_fails_rejects_the_document(shelf: Any, own: Path) -> None:
    outcome = shelf.ingest(shelf.collect(Source(path=str(own), reader="readers_of_a_test:broken")))
    (row,) = outcome.rejected.to_pylist()
    assert (row["reason"], row["detail"]) == ("damaged", "reader readers_of_a_test:broken: ValueError: cannot")


@pytest.mark.parametrize(
    ("reader", "message"),
    [
        ("no_such_module:read", "cannot be imported: No module named"),
        ("readers_of_a_test:absent", "cannot be imported: module"),
        ("readers_of_a_test:nothing", "returned NoneType, and not Markdown"),
    ],
)
def test_a_reader_that_is_none_is_named_in_one_line(shelf: Any, own: Path, reader: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        shelf.ingest(shelf.collect(Source(path=str(own), reader=reader)))
