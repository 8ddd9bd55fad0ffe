"""Presentations, by python-pptx: a slide's title is its heading; then its shapes from top to bottom, and the speaker's notes.

Slide numbers, dates and footers are counted and left out. A slide of pictures without text is named as one that needs OCR.
"""

import io
from collections.abc import Iterator
from typing import Any, Final

from tasks.documents.blocks import Unreadable
from tasks.documents.readers.office import zipped
from tasks.documents.readers.office.pieces import Collected, DocumentPieces, Progress

DEEPEST: Final = 20
"""Groups within groups that are looked into."""


def read(raw: bytes, progress: Progress) -> DocumentPieces:
    """The pieces of a presentation. Raises Unreadable."""
    import pptx

    zipped.check_markup(zipped.opened(raw))
    try:
        show = pptx.Presentation(io.BytesIO(raw))
        slides = list(show.slides)
    except (KeyError, ValueError, AttributeError) as error:
        raise Unreadable("damaged", f"no presentation ({type(error).__name__})") from None
    found = Collected()
    pictures: list[int] = []
    running = 0
    for number, slide in enumerate(slides, start=1):
        progress(f"slide {number}")
        shapes = list(_shapes(slide.shapes))
        running += sum(_is_running(shape) and bool(shape.text_frame.text.strip()) for shape in shapes)
        _slide(found, slide, [shape for shape in shapes if not _is_running(shape)], f"slide {number}")
        with_text = any((shape.has_text_frame and shape.text_frame.text.strip()) or shape.has_table for shape in shapes)
        if not with_text and any(hasattr(shape, "image") for shape in shapes):
            pictures.append(number)
    return DocumentPieces((show.core_properties.title or "").strip(), found.done(), len(slides), pictures, running)


def _slide(found: Collected, slide: Any, shapes: list[Any], location: str) -> None:
    title = slide.shapes.title
    name = " ".join(title.text_frame.text.split()) if title is not None else ""
    found.heading(1, name or location.capitalize(), location) if name else found.outline.open(1, "")
    for shape in shapes:
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if shape.has_table:
            rows = [[cell.text for cell in row.cells] for row in shape.table.rows]
            found.table(rows, lambda first, last: f"{location}, table rows {first}–{last}")
        elif shape.has_text_frame:
            _frame(found, shape, location)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        for paragraph in slide.notes_slide.notes_text_frame.text.split("\n"):
            found.add("prose", paragraph.strip(), f"{location}, notes")


def _frame(found: Collected, shape: Any, location: str) -> None:
    """The paragraphs of a shape: items of a list in a placeholder for content, else prose."""
    from pptx.enum.shapes import PP_PLACEHOLDER

    content = shape.is_placeholder and shape.placeholder_format.type in (PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT)
    for paragraph in shape.text_frame.paragraphs:
        text = paragraph.text.replace("\v", "\n").strip()
        if content and text:
            found.add("list", f"{'  ' * paragraph.level}* {text}", location)
        else:
            found.add("prose", text, location)


def _shapes(shapes: Any, depth: int = 0) -> Iterator[Any]:
    """Shapes from top to bottom and from left to right, those of groups among them."""
    for shape in sorted(shapes, key=lambda one: (one.top or 0, one.left or 0)):
        if hasattr(shape, "shapes"):
            if depth < DEEPEST:
                yield from _shapes(shape.shapes, depth + 1)
        else:
            yield shape


def _is_running(shape: Any) -> bool:
    from pptx.enum.shapes import PP_PLACEHOLDER

    kinds = (PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.HEADER)
    return bool(shape.is_placeholder and shape.has_text_frame and shape.placeholder_format.type in kinds)
