"""From a chunk back to the bytes it came from."""

import bisect
from collections.abc import Mapping
from typing import Any

from tasks.documents import reading
from tasks.documents.inventory.records import record_text


def raw_text(raw: bytes, encoding: str, record: int | None, field: str | None, media_type: str = "text/plain") -> str:
    """The text that a chunk's offsets count in: the decoded file, the text column of one record, or what is read from a PDF and the
    like by the library that `encoding` names. Raises Unreadable for those."""
    if reading.is_binary(media_type):
        return reading.read(raw, media_type).text
    if record is None or field is None:
        return raw.decode(encoding)
    return record_text(raw, encoding, media_type, field, record)


def raw_span(chunk: Mapping[str, Any], start: int, end: int) -> tuple[int, int]:
    """Characters of the decoded raw document that characters [start, end) of the chunk's text were made from.

    `chunk` is a row of schema.CHUNK. Raises ValueError for a span that is empty or leaves the text.
    """
    if not 0 <= start < end <= len(chunk["text"]):
        raise ValueError(
            f"chunk {chunk['chunk_id']}: no span [{start}, {end}) in a text of {len(chunk['text'])} characters"
        )
    offsets = chunk["offsets"]
    first = _offset_at(offsets, start)
    last = _offset_at(offsets, end - 1)
    begin = first["raw"] + (start - first["text"] if _even(first) else 0)
    finish = last["raw"] + (end - last["text"] if _even(last) else last["raw_length"])
    return begin, finish


def _offset_at(offsets: list[dict[str, int]], position: int) -> dict[str, int]:
    return offsets[bisect.bisect_right(offsets, position, key=lambda offset: offset["text"]) - 1]


def _even(offset: Mapping[str, int]) -> bool:
    return offset["length"] == offset["raw_length"]
