"""A document as its reader sees it: from raw bytes to text, blocks and locations, whichever reader it has."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tasks.documents.blocks import Reading
from tasks.documents.inventory.decoding import decode
from tasks.documents.inventory.records import ARCHIVES, record_text
from tasks.documents.readers import READERS, markdown, office, own
from tasks.documents.readers.office.pieces import assembled

_DEEPEST: Final = 256


@dataclass(frozen=True)
class Read:
    """`text` is what offsets count in; `encoding` says how it was made of the raw bytes: an encoding, or a library and its version.
    `location` names where characters [start, end) of it stand; None where lines say it. The others as in DocumentPieces."""

    text: str
    encoding: str
    reading: Reading
    location: Callable[[int, int], str] | None = None
    pages: int = 0
    pictures: Sequence[int] = ()
    running: int = 0


def is_binary(media_type: str) -> bool:
    """Whether a document of this media type is no text that can be decoded."""
    return bool(own.name_in(media_type)) or media_type in office.MEDIA_TYPES.values()


def read(
    raw: bytes,
    media_type: str,
    path: str = "",
    record: int | None = None,
    field: str | None = None,
    depth: int = _DEEPEST,
) -> Read:
    """A whole file, or one record of it. Raises Unreadable."""
    if is_binary(media_type):
        return _binary(raw, media_type, path, depth)
    encoding = "utf-8" if media_type in ARCHIVES else decode(raw, media_type)[1]
    whole = record is None or field is None
    text = raw.decode(encoding) if whole else record_text(raw, encoding, media_type, field or "", record or 0)
    return Read(text, encoding, READERS[media_type](text, depth))


def _binary(raw: bytes, media_type: str, path: str, depth: int) -> Read:
    name = own.name_in(media_type)
    made = own.read(raw, name, path) if name else office.read(raw, media_type)
    engine = f"reader {name}" if name else office.engine(media_type).name
    if isinstance(made, str):
        return Read(made, engine, markdown.read(made, depth))
    whole = assembled(made.pieces)
    reading = Reading(made.title, whole.blocks)
    return Read(whole.text, engine, reading, whole.location, made.pages, made.pictures, made.running)
