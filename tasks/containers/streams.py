"""A file's bytes as a stream of UTF-8: unpacked, without its byte order mark, other encodings turned into UTF-8."""

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

import pyarrow as pa

from tasks.core.errors import BadInput

PACKED: Final = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bz2"}
"""By the first bytes, whatever the file is called."""
MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""UTF-32's first, because UTF-16's is a part of it."""


class Stream(Protocol):
    """Bytes, read from front to back."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""


class CutShort(Exception):
    """A packed stream that ends too early or is damaged; what was read before stands."""


@contextmanager
def opened(path: Path, encoding: str = "") -> Iterator[Stream]:
    """The bytes of `path` as UTF-8. `encoding`: of files that are neither UTF-8 nor marked. Raises OSError; BadInput for an
    encoding nobody knows."""
    with _unpacked(path) as source:
        head = source.read(4)
        mark, marked = next(((m, name) for m, name in MARKS if head.startswith(m)), (b"", ""))
        stream = _Joined(head[len(mark) :], source)
        try:
            name = marked or codecs.lookup(encoding or "utf-8").name
        except LookupError:
            known = "Python's names are meant, e.g. cp1252"
            raise BadInput(f"datasets: nobody knows the encoding {encoding!r}; {known}") from None
        yield stream if name == "utf-8" else _Recoded(stream, name)


def head_of(path: Path, size: int = 4096) -> bytes:
    """The first bytes of `path`, unpacked and as UTF-8 if it is marked. Raises OSError."""
    with opened(path) as stream:
        try:
            return stream.read(size)
        except CutShort:
            return b""


@contextmanager
def _unpacked(path: Path) -> Iterator[Stream]:
    with path.open("rb") as file:
        head = file.read(4)
    packing = next((name for magic, name in PACKED.items() if head.startswith(magic)), None)
    with pa.input_stream(str(path), compression=packing, buffer_size=1 << 20) as source:
        yield _Whole(source) if packing else source


class _Whole:
    """A packed stream that says when it was cut."""

    def __init__(self, source: Any) -> None:
        self._source = source

    def read(self, size: int, /) -> bytes:
        try:
            return bytes(self._source.read(size))
        except (OSError, pa.ArrowException) as error:
            raise CutShort(str(error).splitlines()[0]) from None


class _Joined:
    """`head`, and then the rest of `source`."""

    def __init__(self, head: bytes, source: Stream) -> None:
        self._head, self._source = head, source

    def read(self, size: int, /) -> bytes:
        if not self._head:
            return self._source.read(size)
        head, self._head = self._head[:size], self._head[size:]
        return head + self._source.read(size - len(head)) if len(head) < size else head


class _Recoded:
    """A stream in another encoding; bytes that are not valid in it become U+FFFD."""

    def __init__(self, source: Stream, encoding: str) -> None:
        self._source, self._decoder = source, codecs.getincrementaldecoder(encoding)("replace")

    def read(self, size: int, /) -> bytes:
        while True:
            data = self._source.read(size)
            text = self._decoder.decode(data, final=not data)
            if text or not data:
                return text.encode()
