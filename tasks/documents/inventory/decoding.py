"""Bytes to text: which encoding, and whether it is text at all."""

import codecs
import re
from typing import Final

from tasks.documents.blocks import Unreadable

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHARSET: Final = re.compile(rb"<meta[^>]{0,200}?charset\s*+=\s*+[\"']?+\s*+([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_CONTROL_SHARE: Final = 0.01
"""More control characters than this are no text: a page of text holds none, a form feed and an escape aside."""


def encoding_of(raw: bytes, media_type: str) -> str:
    """The encoding `raw` declares, by a byte order mark or, in HTML, by its meta element; otherwise utf-8."""
    for mark, name in _BOMS:
        if raw.startswith(mark):
            return name
    declared = _CHARSET.search(raw, 0, 4096) if media_type == "text/html" else None
    if declared:
        try:
            info = codecs.lookup(declared[1].decode("ascii"))
        except LookupError:
            return "utf-8"
        if not info.name.startswith("utf"):  # readable as ASCII, so it is no UTF-16
            return "cp1252" if info.name in ("iso8859-1", "ascii") else info.name
    return "utf-8"


def decode(raw: bytes, media_type: str) -> tuple[str, str]:
    """The text of `raw`, and its encoding. Raises Unreadable: binary_document, undecodable with the byte's offset."""
    encoding = encoding_of(raw, media_type)
    if encoding in ("utf-8", "utf-8-sig") and b"\x00" in raw:
        raise Unreadable("binary_document", f"NUL at byte {raw.index(0)}")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        offset = error.start + (3 if encoding == "utf-8-sig" else 0)
        raise Unreadable("undecodable", f"byte {offset} is not {encoding}") from None
    controls = sum(1 for _ in _CONTROL.finditer(text))
    if controls > _CONTROL_SHARE * len(text) or "\x00" in text:
        raise Unreadable("binary_document", f"{controls} control characters")
    return text, encoding
