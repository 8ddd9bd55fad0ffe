"""Characters to runs: stretches of text in one font on one line, with nothing but the space between words inside."""

import ctypes
import re
from typing import Any, Final, NamedTuple

COLUMN_GAP: Final = 1.4
"""Ems of empty space that end a run. Words of justified lines stand up to one em apart."""
_WORD_GAP: Final = 0.15
"""Ems of empty space that are a blank where the file has none."""
_OVERLAP: Final = 0.4
"""Share of a character's height that it has in common with the character before on the same line."""
_HYPHENS: Final = {0x2: "-", 0xFFFE: "-", 0xAD: "-"}
"""What PDFium makes of a hyphen that ends a line, and the soft hyphen."""
_MONO: Final = re.compile(r"mono|nimbusmon|courier|consol|typewriter|cmtt|menlo|code", re.IGNORECASE)
_BOLD: Final = re.compile(r"bold|black|heavy|demi|cmbx|-b$|\bbd\b", re.IGNORECASE)
_LIGATURES: Final = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl"}
_UPRIGHT: Final = 0.2
"""Radians by which a line may be turned and still be read; others are stamps, and labels of axes."""


class TextRun(NamedTuple):
    """Text and its box in points, y counted downwards from the top of the page; `size` of its letters in points."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    bold: bool
    mono: bool

    @property
    def middle(self) -> float:
        """Halfway between top and bottom."""
        return (self.top + self.bottom) / 2


def runs_of(page: Any, height: float) -> tuple[list[TextRun], int, int]:
    """The runs of a text page in the order of the file, its characters, and how many of them have no meaning in Unicode."""
    import pypdfium2.raw as pdfium

    fonts = _Fonts(page)
    runs: list[TextRun] = []
    box = pdfium.FS_RECTF()
    chars: list[str] = []
    x0 = x1 = top = bottom = size = 0.0
    first = last = 0
    space, unmapped, seen = False, 0, 0

    def finish() -> None:
        text = "".join(chars).strip()
        if text:
            sizes = (pdfium.FPDFText_GetFontSize(page, index) for index in {first, (first + last) // 2, last})
            points = _size(max(sizes), top - bottom)
            runs.append(TextRun(text, x0, x1, height - top, height - bottom, points, *fonts.of(first, last)))
        chars.clear()

    for index in range(pdfium.FPDFText_CountChars(page)):
        code = pdfium.FPDFText_GetUnicode(page, index)
        if code <= 32 and code != 2:
            space = space or code in (9, 32)
            if code in (10, 13):
                finish()
            continue
        seen += 1
        if not code or 0xE000 <= code < 0xF900 or code == 0xFFFD:
            unmapped += 1
            continue
        pdfium.FPDFText_GetLooseCharBox(page, index, box)
        left, right, up, down = box.left, box.right, box.top, box.bottom
        if chars:
            common = min(top, up) - max(bottom, down)
            gap = left - x1
            if common < _OVERLAP * min(up - down, top - bottom) or gap > COLUMN_GAP * size or gap < -1.5 * size:
                finish()
            elif space or gap > _WORD_GAP * size * 2:
                chars.append(" ")
        if not chars:
            if abs(pdfium.FPDFText_GetCharAngle(page, index)) % 6.2831 > _UPRIGHT:
                continue
            first, x0, x1, top, bottom = index, left, right, up, down
            size = up - down
        last = index
        chars.append(_LIGATURES.get(code) or _HYPHENS.get(code) or chr(code))
        x1, top, bottom, space = max(x1, right), max(top, up), min(bottom, down), False
    finish()
    return runs, seen, unmapped


def _size(stated: float, height: float) -> float:
    """Points: what the font states, unless a matrix scales it."""
    return round(stated if stated and 0.6 < height / stated < 1.8 else height / 1.1, 1)


class _Fonts:
    """Whether a run is bold, and whether all its letters are of one width: at its beginning, its middle and its end."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.buffer = ctypes.create_string_buffer(128)
        self.flags = ctypes.c_int()
        self.known: dict[bytes, tuple[bool, bool]] = {}

    def of(self, first: int, last: int) -> tuple[bool, bool]:
        """Bold and of one width, of the characters from `first` to `last`."""
        kinds = [self._at(index) for index in {first, (first + last) // 2, last}]
        return all(bold for bold, _ in kinds), all(mono for _, mono in kinds)

    def _at(self, index: int) -> tuple[bool, bool]:
        import pypdfium2.raw as pdfium

        pdfium.FPDFText_GetFontInfo(self.page, index, self.buffer, len(self.buffer), self.flags)
        name = self.buffer.value
        if name not in self.known:
            text = name.decode("utf-8", "replace")
            self.known[name] = bool(_BOLD.search(text)), bool(self.flags.value & 1 or _MONO.search(text))
        return self.known[name]
