"""A file's bytes as a stream of UTF-8: unpacked, without its byte order mark, other encodings turned into UTF-8."""

import codecs
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Protocol

import pyarrow as pa

from tasks.containers.bounds import LARGEST_RECORD
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
LARGEST_UNPACKED: Final = 128 << 20
LARGEST_RATIO: Final = 100
"""Bytes for each packed one: text comes to 3 to 10, rows made from one template to 40."""


SMALLEST_RECORD: Final = 512
"""Bytes that a record of a packed file counts as at least: a row takes some 600 in memory, however few it has in the file."""
COLUMNAR_MARKS: Final = (b"PAR1", b"ARROW1", b"\xff\xff\xff\xff")
"""First bytes of Parquet and Arrow, whose columns are packed."""


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
    with unpacked(path) as source:
        yield recoded(source, encoding)


def recoded(source: Stream, encoding: str = "") -> Stream:
    """The bytes of `source` as UTF-8; those of UTF-16 without a mark are known by the zeros beside ASCII letters. Raises
    BadInput for an encoding nobody knows."""
    head = source.read(4)
    mark, marked = next(((m, name) for m, name in MARKS if head.startswith(m)), (b"", ""))
    stream = Joined(head[len(mark) :], source)
    if not marked and len(head) == 4 and bool(head[0]) == bool(head[2]) != bool(head[1]) == bool(head[3]):
        marked = "utf-16-le" if head[0] else "utf-16-be"
    try:
        "".encode(marked or encoding or "utf-8")  # raises for what is no encoding of text
        name = codecs.lookup(marked or encoding or "utf-8").name
        return stream if name == "utf-8" else _Recoded(stream, codecs.getincrementaldecoder(name)("replace"))
    except LookupError:
        raise BadInput(f"nobody knows the encoding {encoding!r}; Python's names are meant, e.g. cp1252") from None


def head_of(path: Path, size: int, encoding: str = "") -> bytes:
    """The first bytes of `path`, unpacked and as UTF-8, as far as it is whole. Raises OSError."""
    head = b""
    with opened(path, encoding) as stream, suppress(CutShort):
        while len(head) < size and (part := stream.read(4096)):
            head += part
    return head


def whole_lines(stream: Stream, at_once: int = 1 << 20) -> Iterator[list[bytes | None]]:
    """Lists of whole lines, without their ends; None stands for a line of more than LARGEST_RECORD bytes. `at_once`: bytes
    read at a time."""
    rest: list[bytes] = []
    held, overlong = 0, False
    while data := stream.read(at_once):
        head, newline, tail = data.rpartition(b"\n")
        if newline:
            yield _lines([*rest, head], overlong)
            rest, held, overlong = [tail], len(tail), False
        else:
            rest.append(data)
            held += len(data)
        if held > LARGEST_RECORD:
            rest, held, overlong = [], 0, True
    if overlong or any(rest):
        yield _lines(rest, overlong)


def _lines(parts: list[bytes], overlong: bool) -> list[bytes | None]:
    data = b"".join(parts)
    lines: list[bytes | None] = [*data.split(b"\n")]
    if overlong:
        lines[0] = None
    if len(data) > LARGEST_RECORD:
        return [line if line is not None and len(line) <= LARGEST_RECORD else None for line in lines]
    return lines


@contextmanager
def unpacked(path: Path) -> Iterator[Stream]:
    """The bytes of `path`, unpacked. Raises OSError."""
    with path.open("rb") as file:
        packing = packing_of(file.read(4))
    with pa.input_stream(str(path), compression=packing, buffer_size=1 << 20) as source:
        yield Unpacked(source, path.stat().st_size) if packing else source


def packing_of(head: bytes) -> str | None:
    """How a file with these first bytes is packed, in pyarrow's words."""
    return next((name for magic, name in PACKED.items() if head.startswith(magic)), None)


def most_records(path: Path) -> int | None:
    """How many records a packed file, Parquet or Arrow may hold: as many as would unpack to the bytes that it may have, if each
    had SMALLEST_RECORD. None for any other file. Raises OSError."""
    with path.open("rb") as file:
        head = file.read(6)
    if not packing_of(head) and not head.startswith(COLUMNAR_MARKS):
        return None
    return max(LARGEST_UNPACKED, LARGEST_RATIO * path.stat().st_size) // SMALLEST_RECORD


class BytesLeft:
    """What a file of `packed` bytes may still unpack to: LARGEST_UNPACKED bytes, or LARGEST_RATIO for each of its own."""

    def __init__(self, packed: int) -> None:
        self._left = max(LARGEST_UNPACKED, LARGEST_RATIO * packed)

    def take(self, size: int) -> None:
        """Counts bytes that were unpacked. Raises CutShort if there are too many."""
        self._left -= size
        if self._left < 0:
            raise CutShort(
                f"it unpacks to more than {LARGEST_RATIO} times its size; if that is right, unpack it yourself"
            )


class Unpacked:
    """A packed stream that says when it was cut, and ends where it has unpacked to more than a file may."""

    def __init__(self, source: Any, packed: int) -> None:
        self._source, self._left = source, BytesLeft(packed)

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end. Raises CutShort."""
        try:
            data = bytes(self._source.read(size))
        except (OSError, pa.ArrowException) as error:
            raise CutShort(str(error).splitlines()[0]) from None
        self._left.take(len(data))
        return data


class Joined:
    """`head`, and then the rest of `source`."""

    def __init__(self, head: bytes, source: Stream) -> None:
        self._head, self._source = head, source

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""
        if not self._head:
            return self._source.read(size)
        head, self._head = self._head[:size], self._head[size:]
        return head

    def put_back(self, data: bytes) -> None:
        """Bytes to be read before the rest."""
        self._head = data + self._head


class _Recoded:
    """A stream in another encoding; bytes that are not valid in it become U+FFFD."""

    def __init__(self, source: Stream, decoder: codecs.IncrementalDecoder) -> None:
        self._source, self._decoder, self._held = source, decoder, b""

    def read(self, size: int, /) -> bytes:
        while not self._held:
            data = self._source.read(size)
            self._held = self._decoder.decode(data, final=not data).encode()
            if not data:
                break
        read, self._held = self._held[:size], self._held[size:]
        return read
