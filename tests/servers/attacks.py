"""A server on loopback that means ill, byte by byte: `with attacking("gzip", 2 << 30) as url:`.

It reads a request's head and body and then sends an attack, of so many bytes or until nobody reads it any more.
"""

import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

OK: Final = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
PIECE: Final = b" " * (1 << 20)
Attack = Callable[[int], Iterator[bytes]]
"""The bytes of an answer that would have some `size` bytes."""


def plain(head: bytes = OK, piece: bytes = PIECE) -> Attack:
    """As many bytes as it says."""

    def parts(size: int) -> Iterator[bytes]:
        times = max(1, size // len(piece))
        yield head + b"content-length: %d\r\n\r\n" % (times * len(piece))
        for _ in range(times):
            yield piece

    return parts


def chunked(head: bytes = OK, piece: bytes = PIECE, is_endless: bool = True) -> Attack:
    """Without an end, or of the size."""

    def parts(size: int) -> Iterator[bytes]:
        yield head + b"transfer-encoding: chunked\r\n\r\n"
        sent = 0
        while is_endless or sent < size:
            yield b"%x\r\n%b\r\n" % (len(piece), piece)
            sent += len(piece)
        yield b"0\r\n\r\n"

    return parts


def unbounded(size: int) -> Iterator[bytes]:
    """Until the connection closes, which it does not."""
    yield OK + b"\r\n"
    while True:
        yield PIECE


def gzip(size: int) -> Iterator[bytes]:
    """A thousandth of the size, which it unpacks to."""
    packer = zlib.compressobj(9, wbits=31)
    data = b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(size >> 20)), packer.flush()])
    yield OK + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n%b" % (len(data), data)


def drip(size: int) -> Iterator[bytes]:
    """A byte now and then."""
    yield OK + b"content-length: 1000000\r\n\r\n"
    while True:
        yield b" "
        time.sleep(0.05)


def headers(size: int) -> Iterator[bytes]:
    """No end of them."""
    yield OK
    while True:
        yield b"x-more: %b\r\n" % (b"y" * 60_000)


def informed(size: int) -> Iterator[bytes]:
    """100 Continue, again and again."""
    while True:
        yield b"HTTP/1.1 100 Continue\r\n\r\n" * 1000


def body(content: bytes, head: bytes = OK) -> Attack:
    """A body of its own."""
    return lambda _size: iter([head + b"content-length: %d\r\n\r\n%b" % (len(content), content)])


ERROR: Final = OK.replace(b"200 OK", b"400 Bad Request")
STREAM: Final = OK.replace(b"application/json", b"text/event-stream")
LARGE: Final = 15 << 20
"""Bytes of a body that is short enough to be read."""


def content(text: bytes) -> bytes:
    return b'{"choices": [{"finish_reason": "stop", "message": {"content": "%b"}}]}' % text


ATTACKS: Final[dict[str, Attack]] = {
    "plain": plain(),
    "chunked": chunked(is_endless=False),
    "endless": chunked(),
    "no length": unbounded,
    "error": plain(ERROR),
    "endless error": chunked(ERROR),
    "gzip": gzip,
    "endless events": chunked(STREAM, b'data: {"choices": [{"delta": {"content": "word "}}]}\n\n' * 1000),
    "endless blank events": chunked(STREAM, b"\n\n" * 100_000),
    "drip": drip,
    "headers": headers,
    "100 Continue": informed,
    "brackets": body(b"[" * LARGE),
    "objects": body(b'{"a":' * (LARGE // 5)),
    "lists": body(b'{"choices": [' + b"[]," * (LARGE // 3) + b"1]}"),
    "deep content": body(content(b"[" * LARGE)),
    "fences": body(content(b"```json\\n" * (LARGE // 9))),
    "thoughts": body(content(b"<think>" * (LARGE // 7))),
    "keys": body(content(b'{\\"a\\":' * (LARGE // 7))),
    "digits": body(b'{"choices": [' + b"9" * LARGE + b"]}"),
    "one event": body(b"data: " + b" " * LARGE, STREAM),
    "many events": body(b"data: {}\n\n" * (LARGE // 10), STREAM),
}  # fmt: skip


@contextmanager
def attacking(attack: str | bytes, size: int = 1 << 20) -> Iterator[str]:
    """The address of a server that answers with an attack by its name, "redirect STATUS TARGET", or these bytes."""
    if isinstance(attack, bytes):
        send: Attack = lambda _size: iter([attack])  # noqa: E731
    elif attack.startswith("redirect "):
        _, status, target = attack.split()
        send = body(b"", f"HTTP/1.1 {status} Elsewhere\r\nlocation: {target}\r\n".encode())
    else:
        send = ATTACKS[attack]

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            _read_request(connection)
            for part in send(size):
                connection.sendall(part)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=accept, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)


def _read_request(connection: socket.socket) -> None:
    data = b""
    while b"\r\n\r\n" not in data:
        data += (part := connection.recv(65_536))
        if not part:
            return
    head, _, rest = data.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")), 0
    )
    while len(rest) < length and (part := connection.recv(65_536)):
        rest += part
