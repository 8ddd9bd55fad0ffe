"""Workbooks, by calamine: each visible sheet is a section of Markdown tables with the values that were last computed."""

import datetime
import io
from collections.abc import Sequence
from typing import Any, Final

from tasks.documents.blocks import Unreadable
from tasks.documents.readers.office import zipped
from tasks.documents.readers.office.pieces import Collected, DocumentPieces, Progress

MOST_CELLS: Final = 2_000_000
"""Of one sheet, empty ones between others included."""


def read(raw: bytes, progress: Progress) -> DocumentPieces:
    """The pieces of a workbook. Raises Unreadable."""
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    zipped.check_markup(zipped.opened(raw))
    found = Collected()
    sheets = 0
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        for sheet in book.sheets_metadata:
            if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible:
                sheets += 1
                progress(f"sheet {sheets}")
                read_sheet = book.get_sheet_by_name(sheet.name)
                if read_sheet.total_height * read_sheet.total_width > MOST_CELLS:
                    raise Unreadable("too_large", f"sheet {sheet.name[:40]} has more than {MOST_CELLS:,} cells")
                _sheet(found, sheet.name, read_sheet.to_python(skip_empty_area=False))
    except CalamineError as error:
        raise Unreadable("damaged", f"no workbook ({error})") from None
    return DocumentPieces("", found.done(), sheets)


def _sheet(found: Collected, name: str, rows: Sequence[Sequence[Any]]) -> None:
    texts = [[_value(value) for value in row] for row in rows]
    used = [
        column for column in range(max(map(len, texts), default=0)) if any(column < len(r) and r[column] for r in texts)
    ]
    found.heading(1, name, f"sheet {name}")
    part = [[row[column] if column < len(row) else "" for column in used] for row in texts]
    found.table(part, lambda first, last: f"sheet {name}, rows {first}–{last}")


def _value(value: Any) -> str:
    """A cell as a person would read it: no `.0` behind whole numbers, days without midnight."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ")
    return str(value)
