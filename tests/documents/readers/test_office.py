"""PDF, Word, PowerPoint, Excel and EPUB become text, tables and headings, in order, with their locations."""

import datetime
import importlib.util
import re
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.documents.params import Source
from tasks.documents.readers import office
from tasks.documents.readers.office.pieces import Assembled, DocumentPieces, assembled
from tasks.documents.resolve import raw_span, raw_text

_SPEC = importlib.util.spec_from_file_location("making", Path(__file__).with_name("making.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
making = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(making)


def read(raw: bytes, suffix: str) -> tuple[DocumentPieces, Assembled]:
    pieces = office.read(raw, office.MEDIA_TYPES[suffix])
    return pieces, assembled(pieces.pieces)


def test_word_gives_headings_lists_tables_and_notes_the_header() -> None:
    def fill(document: Any) -> None:
        document.add_heading("Handbook", 0)
        document.add_heading("Travel", 1)
        document.add_paragraph("Trips over 300 km are by train.")
        document.add_paragraph("Book early", style="List Bullet")
        document.add_heading("Rates", 2)
        table = document.add_table(rows=2, cols=2)
        for cell, text in zip(table._cells, ["Country", "EUR", "Norway", "80|90"], strict=True):
            cell.text = text
        document.add_heading("Nothing under it", 1)
        document.add_heading("Last", 1)
        document.add_paragraph("The end.")
        document.sections[0].header.paragraphs[0].text = "Confidential"

    pieces, text = read(making.docx(fill), ".docx")
    assert pieces.title == "Handbook"
    assert pieces.running == 1
    assert text.text.split("\n\n") == [
        "# Travel", "Trips over 300 km are by train.", "* Book early", "## Rates",
        "| Country | EUR |\n| --- | --- |\n| Norway | 80\\|90 |", "Nothing under it", "# Last", "The end.",
    ]  # fmt: skip
    assert text.locations == ["paragraph 3", "paragraph 4", "table 1, rows 1–2", "paragraph 6", "paragraph 8"]
    assert text.blocks[2].headings == ("Travel", "Rates")


def test_word_reads_what_was_inserted_and_not_what_was_deleted() -> None:
    from docx.oxml.parser import parse_xml

    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'

    def fill(document: Any) -> None:
        paragraph = document.add_paragraph("We pay ")._p
        paragraph.append(parse_xml(f"<w:del {space}><w:r><w:delText>five</w:delText><w:t>five</w:t></w:r></w:del>"))
        paragraph.append(parse_xml(f"<w:ins {space}><w:r><w:t>six</w:t></w:r></w:ins>"))
        control = f"<w:sdt {space}><w:sdtContent><w:p><w:r><w:t>In a control.</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        document.element.body.insert(1, parse_xml(control))
        page = f"<w:r {space}><w:lastRenderedPageBreak/><w:t>On page two.</w:t></w:r>"
        document.add_paragraph()._p.append(parse_xml(page))
        document.add_paragraph("Below.")

    _, text = read(making.docx(fill), ".docx")
    assert text.text == "We pay six\n\nIn a control.\n\nOn page two.\n\nBelow."
    assert text.locations[-1] == "page 2, paragraph 4"


def test_slides_are_sections_with_their_notes() -> None:
    def fill(show: Any) -> None:
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text = "Plan"
        slide.placeholders[1].text_frame.text = "First"
        below = slide.placeholders[1].text_frame.add_paragraph()
        below.text, below.level = "Second", 1
        slide.notes_slide.notes_text_frame.text = "Say hello."
        other = show.slides.add_slide(show.slide_layouts[5])
        other.shapes.title.text = "Costs"
        table = other.shapes.add_table(2, 2, 0, 2_000_000, 1_000_000, 1_000_000).table
        for (row, column), text in zip(((0, 0), (0, 1), (1, 0), (1, 1)), "abcd", strict=True):
            table.cell(row, column).text = text

    pieces, text = read(making.pptx(fill), ".pptx")
    assert pieces.pages == 2
    assert (
        text.text == "# Plan\n\n* First\n\n  * Second\n\nSay hello.\n\n# Costs\n\n| a | b |\n| --- | --- |\n| c | d |"
    )
    assert text.locations == ["slide 1", "slide 1", "slide 1, notes", "slide 2, table rows 1–2"]


def test_sheets_are_tables_of_values_cut_under_a_repeated_header() -> None:
    days = [[f"Item number {i}", i * 1.5, datetime.date(2025, 1, 1)] for i in range(1, 100)]
    raw = making.xlsx({"Prices": [["Item", "Price", "Day"], *days], "Hidden": [["secret"]], "Empty": []}, ["Hidden"])
    pieces, text = read(raw, ".xlsx")
    tables = [piece.text.split("\n") for piece in pieces.pieces if piece.kind == "table"]
    assert all(table[0] == "| Item | Price | Day |" for table in tables)
    rows = [row for table in tables for row in table[2:]]
    assert rows[:2] == ["| Item number 1 | 1.5 | 2025-01-01 |", "| Item number 2 | 3 | 2025-01-01 |"]
    assert len(rows) == 99
    assert "secret" not in text.text
    assert text.locations[0] == "sheet Prices, rows 1–41"


def test_a_book_is_read_in_the_order_of_its_spine() -> None:
    chapters = [
        "<h1>One</h1><p>It was a dark night.</p><table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>",
        "<h1>Two</h1><p>It cleared &amp; ended.</p>",
    ]
    pieces, text = read(making.epub(chapters), ".epub")
    assert pieces.title == "A Book"
    assert text.text == (
        "# One\n\nIt was a dark night.\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n# Two\n\nIt cleared & ended."
    )
    assert text.locations == ["chapter 1, paragraph 1", "chapter 1, paragraphs 2–3", "chapter 2, paragraph 1"]


def test_a_pdf_in_two_columns_is_read_as_a_person_reads_it() -> None:
    pieces, text = read(making.report(), ".pdf")
    assert pieces.title == "Annual report"
    assert [line for line in text.text.split("\n") if line.startswith("#")] == [
        "# Harbour report 2025", "## 1. Section number 1", "## 2. Section number 2", "## 3. Section number 3", "## Figures",
    ]  # fmt: skip
    assert re.findall(r"\[\d\d\]", text.text) == ["[00]", "[01]", "[10]", "[11]", "[20]", "[21]"]
    assert text.text.count(making.BODY.strip()) == 3 * 2 * 6 + 1
    assert (
        "| 2023 | Breakwater, second stage with words that wrap in their cell, twice | 1,200 |\n| 2024 |" in text.text
    )
    assert pieces.running == 2 * pieces.pages == 6
    assert not re.search(r"harbour board|Page \d", text.text)
    assert text.locations[0] == "page 1, paragraph 2"


def test_scanned_pages_are_said_to_need_ocr(shelf: Any, tmp_path: Path) -> None:
    (tmp_path / "scan.pdf").write_bytes(making.scan(2))
    (tmp_path / "some.pdf").write_bytes(making.scan(4, with_text=(1, 3)))
    outcome = shelf.ingest(shelf.collect(Source(path=str(tmp_path))))
    lost = [(row["path"], row["reason"], row["detail"]) for row in outcome.rejected.to_pylist()]
    assert lost == [
        ("scan.pdf", "needs_ocr", "2 of 2 pages are pictures of text"),
        ("some.pdf", "needs_ocr", "page 2 of 4 is a picture of text"),
        ("some.pdf", "needs_ocr", "page 4 of 4 is a picture of text"),
    ]
    assert len(set(outcome.rejected["chunk_id"].to_pylist())) == 3
    assert outcome.facts["pages_without_text"] == 2
    (row,) = outcome.kept.to_pylist()
    assert row["location"] == "page 1, paragraph 1 – page 3, paragraph 1"


def test_every_chunk_leads_back_to_the_text_and_its_place(shelf: Any, tmp_path: Path) -> None:
    (tmp_path / "report.pdf").write_bytes(making.report())
    for row in shelf.ingest(shelf.collect(Source(path=str(tmp_path / "report.pdf")))).kept.to_pylist():
        assert row["encoding"].startswith("pypdfium2 ")
        raw = raw_text(shelf.raw[row["raw_sha256"]], row["encoding"], None, None, row["media_type"])
        for start in range(0, len(row["text"]) - 40, 97):
            begin, end = raw_span(row, start, start + 40)
            assert raw[begin:end] == row["text"][start : start + 40]
        assert row["location"].startswith("page ")


WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=12)
TEXTS = st.lists(st.lists(WORDS, min_size=1, max_size=6).map(" ".join), min_size=1, max_size=8, unique=True)
QUICK = settings(max_examples=25)


def words_of(text: str) -> str:
    return "".join(text.split())


@QUICK
@given(TEXTS)
def test_text_in_word_comes_out_whole_and_in_order(texts: list[str]) -> None:
    def fill(document: Any) -> None:
        for number, text in enumerate(texts):
            if number % 3:
                document.add_paragraph(text)
            else:
                document.add_heading(text, 1)

    pieces, _ = read(making.docx(fill), ".docx")
    seen, headings = "", ()
    for piece in pieces.pieces:
        seen += words_of("".join(piece.headings) if piece.headings != headings else "") + words_of(piece.text)
        headings = piece.headings
    assert seen == words_of("".join(texts))


@QUICK
@given(TEXTS)
def test_text_in_a_book_comes_out_whole_and_in_order(texts: list[str]) -> None:
    import html

    chapters = [f"<p>{html.escape(text)}</p>" for text in texts]
    _, text = read(making.epub(chapters), ".epub")
    assert words_of(text.text) == words_of("".join(texts))


@QUICK
@given(TEXTS)
def test_text_in_a_workbook_comes_out_whole_and_in_order(texts: list[str]) -> None:
    pieces, _ = read(making.xlsx({"s": [["head", "other"], *([text, "x"] for text in texts)]}), ".xlsx")
    rows = [row for piece in pieces.pieces for row in piece.text.split("\n")[2:]]
    assert [row[2:-6].replace("\\|", "|") for row in rows] == [" ".join(text.split()) for text in texts]
