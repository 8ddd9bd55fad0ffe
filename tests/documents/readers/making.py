"""Writes documents of each kind, as the libraries that people use write them."""

import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

BODY = (
    "The harbour was built in three stages over forty years. Its breakwater was measured again after every winter, because "
    "the foundation had been laid on sand. Engineers kept a record of each well-known crack, and the administration published it. "
)


def docx(fill: Callable[[Any], None]) -> bytes:
    import docx

    document = docx.Document()
    fill(document)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def pptx(fill: Callable[[Any], None]) -> bytes:
    import pptx

    show = pptx.Presentation()
    fill(show)
    stream = io.BytesIO()
    show.save(stream)
    return stream.getvalue()


def xlsx(sheets: dict[str, Sequence[Sequence[Any]]], hidden: Sequence[str] = ()) -> bytes:
    import xlsxwriter

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(
        stream, {"in_memory": True, "default_date_format": "yyyy-mm-dd", "strings_to_numbers": False}
    )
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                (sheet.write_string if isinstance(value, str) else sheet.write)(number, column, value)
        if name in hidden:
            sheet.hide()
    book.close()
    return stream.getvalue()


def zipped(members: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def epub(chapters: Sequence[str], title: str = "A Book", extra: dict[str, str | bytes] | None = None) -> bytes:
    items = "".join(
        f'<item id="c{i}" href="text/c%20{i}.xhtml" media-type="application/xhtml+xml"/>' for i in range(len(chapters))
    )
    spine = "".join(f'<itemref idref="c{i}"/>' for i in range(len(chapters)))
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="OEBPS/content.opf"/></rootfiles></container>',
            "OEBPS/content.opf": '<package xmlns="http://www.idpf.org/2007/opf">'
            f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></metadata>'
            f"<manifest>{items}</manifest><spine>{spine}</spine></package>",
            **{f"OEBPS/text/c {i}.xhtml": f"<html><body>{chapter}</body></html>" for i, chapter in enumerate(chapters)},
            **(extra or {}),
        }
    )


def report(paragraphs: int = 2, *, protect: str = "") -> bytes:
    """A PDF with a title, text across the page, two columns under three headings, a table, running headers and page numbers."""
    from fpdf import FPDF

    class Report(FPDF):
        def header(self) -> None:
            self.set_font("Times", "I", 9)
            self.cell(0, 8, "Annual report of the harbour board", align="C")
            self.ln(10)

        def footer(self) -> None:
            self.set_y(-15)
            self.set_font("Times", size=9)
            self.cell(0, 8, f"Page {self.page_no()} of {{nb}}", align="C")

    pdf = Report()
    pdf.set_title("Annual report")
    pdf.add_page()
    pdf.set_font("Helvetica", "B", 20)
    pdf.cell(0, 12, "Harbour report 2025")
    pdf.ln(14)
    pdf.set_font("Times", size=11)
    pdf.multi_cell(0, 5, "This abstract runs across the whole page and says what the report is about. " * 3)
    pdf.ln(4)
    with pdf.text_columns(ncols=2, gutter=8, text_align="J") as columns:
        for section in range(3):
            pdf.set_font("Helvetica", "B", 14)
            columns.write(f"{section + 1}. Section number {section + 1}\n")
            pdf.set_font("Times", size=11)
            for part in range(paragraphs):
                columns.write(f"[{section}{part}] {BODY * 6}\n\n")
    pdf.add_page()
    pdf.set_font("Helvetica", "B", 14)
    pdf.cell(0, 10, "Figures")
    pdf.ln(12)
    pdf.set_font("Times", size=11)
    rows = [
        ("Year", "Works", "Cost"),
        ("2023", "Breakwater, second stage with words that wrap in their cell, twice", "1,200"),
    ]
    with pdf.table(col_widths=(30, 60, 30)) as table:
        for row in [*rows, ("2024", "Dredging", "900"), ("2025", "Lights", "310")]:
            cells = table.row()
            for cell in row:
                cells.cell(cell)
    pdf.ln(5)
    pdf.multi_cell(0, 5, BODY)
    if protect:
        pdf.set_encryption("owner", protect)
    return bytes(pdf.output())


def scan(pages: int, with_text: Sequence[int] = ()) -> bytes:
    """A PDF of which each page is a picture, but for those `with_text`, from 1."""
    from fpdf import FPDF
    from PIL import Image

    pdf = FPDF()
    for page in range(1, pages + 1):
        pdf.add_page()
        pdf.set_font("Times", size=11)
        if page in with_text:
            pdf.multi_cell(0, 5, BODY * 3)
        else:
            pdf.image(Image.new("L", (200, 280), 200), x=0, y=0, w=210)
    return bytes(pdf.output())


def handbook(questions: int = 12) -> bytes:
    """A PDF of questions as headings, each answered in two sentences."""
    from fpdf import FPDF

    things = ["harbour", "lighthouse", "breakwater", "pilot boat", "dry dock", "quay", "crane", "buoy", "customs house"]
    things += ["ferry", "lock", "dredger", "slipway", "warehouse", "mole", "signal mast"]
    pdf = FPDF()
    pdf.set_title("Handbook of the harbour")
    pdf.add_page()
    for number, thing in enumerate(things[:questions]):
        pdf.set_font("Helvetica", "B", 14)
        pdf.cell(0, 10, f"Who keeps the {thing} in good order?")
        pdf.ln(11)
        pdf.set_font("Times", size=11)
        pdf.multi_cell(
            0,
            5,
            f"The {thing} is kept by the harbour board, which inspects it every {number + 2} months and publishes what it found. "
            f"Repairs of the {thing} that cost more than {number + 3},000 euros are put out to tender in the spring of each year.",
        )
        pdf.ln(4)
    return bytes(pdf.output())
