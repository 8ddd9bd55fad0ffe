"""How much the batches of an Arrow stream would unpack to, read from their headers before pyarrow unpacks them.

An Arrow stream is a row of messages: a header, which is a FlatBuffers table, and a body of buffers. A compressed buffer begins with
the bytes that it unpacks to (https://arrow.apache.org/docs/format/Columnar.html, Message.fbs).
"""

import struct
from typing import Any, Final

_DICTIONARY_BATCH: Final = 2
_RECORD_BATCH: Final = 3
_CONTINUES: Final = 0xFFFFFFFF


def largest_batch(source: Any) -> int:
    """The most bytes that a compressed batch of `source`, a file at the beginning of a stream, says it unpacks to; 0 where none is
    compressed. Raises struct.error for what is no Arrow stream."""
    largest = 0
    while len(size := source.read(4)) == 4:
        (length,) = struct.unpack("<I", size)
        if length == _CONTINUES:
            (length,) = struct.unpack("<I", source.read(4))
        if not length:
            break
        header = _Table.root(source.read(length))
        body, kind, batch = source.tell(), header.number(1, "B"), header.table(2)
        if batch is not None and kind == _DICTIONARY_BATCH:
            batch = batch.table(1)
        if batch is not None and kind in (_DICTIONARY_BATCH, _RECORD_BATCH) and batch.table(3) is not None:
            largest = max(largest, sum(_stated(source, body + at) for at in batch.offsets(2)))
        source.seek(body + header.number(3, "q"))
    return largest


def _stated(source: Any, at: int) -> int:
    """The bytes that the buffer at this place says it unpacks to; -1 is written where it is not compressed."""
    source.seek(at)
    (size,) = struct.unpack("<q", source.read(8))
    return max(0, int(size))


class _Table:
    """A FlatBuffers table: fields by their number, each at the place that the table's own list of offsets names."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at

    @classmethod
    def root(cls, data: bytes) -> "_Table":
        return cls(data, *struct.unpack_from("<I", data))

    def _field(self, number: int) -> int:
        (back,) = struct.unpack_from("<i", self._data, self._at)
        offsets_at = self._at - back
        (size,) = struct.unpack_from("<H", self._data, offsets_at)
        if 4 + 2 * number >= size:
            return 0
        (offset,) = struct.unpack_from("<H", self._data, offsets_at + 4 + 2 * number)
        return self._at + offset if offset else 0

    def number(self, number: int, form: str) -> int:
        at = self._field(number)
        return int(struct.unpack_from(f"<{form}", self._data, at)[0]) if at else 0

    def table(self, number: int) -> "_Table | None":
        at = self._field(number)
        return _Table(self._data, at + struct.unpack_from("<I", self._data, at)[0]) if at else None

    def offsets(self, number: int) -> list[int]:
        """Where the buffers of a batch begin that are not empty, from the start of its body."""
        at = self._field(number)
        if not at:
            return []
        at += struct.unpack_from("<I", self._data, at)[0]
        (count,) = struct.unpack_from("<I", self._data, at)
        pairs = (struct.unpack_from("<qq", self._data, at + 4 + 16 * i) for i in range(count))
        return [offset for offset, length in pairs if length]
