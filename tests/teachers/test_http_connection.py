"""Connections of our own: kept while server and body allow it, and never left with what belongs to another request."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import pytest

from tasks.teachers import event_loop
from tasks.teachers.connections import client, requested
from tasks.teachers.http import translated
from tasks.teachers.provider import Fault

HEAD = b"HTTP/1.1 200 OK\r\n"
FINE = HEAD + b"content-length: 4\r\n\r\nfine"


class Raw:
    """A server that reads requests and sends bytes as they are; `connections` counts those that were opened."""

    def __init__(self, replies: Sequence[bytes], close_after: bool) -> None:
        self.replies, self.close_after = list(replies), close_after
        self.connections = 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/v1"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            while _asked(connection):
                connection.sendall(self.replies.pop(0))
                if self.close_after:
                    return


def _asked(connection: socket.socket) -> bool:
    """Reads a request; whether there was one."""
    asked = b""
    with suppress(OSError):
        while not asked.endswith(b"{}") and (more := connection.recv(65_536)):
            asked += more
    return asked.endswith(b"{}")


@contextmanager
def raw(*replies: bytes, close_after: bool = False) -> Iterator[Raw]:
    """A server that gives these replies in turn, each connection closed after one if `close_after`."""
    server = Raw(replies, close_after)
    yield server
    server.socket.close()


def bodies(server: Raw, count: int) -> list[str]:
    """The bodies of so many requests, sent one after the other."""

    async def ask() -> list[str]:
        found = []
        async with client(server.url, 1, 10, 1000) as connection:
            for _ in range(count):
                async with translated(10):
                    response = await requested(connection, "POST", server.url, content=b"{}")
                found.append(response.text)
        return found

    return event_loop.run(ask())


def test_a_connection_is_kept_for_the_next_request() -> None:
    with raw(*[FINE] * 6) as server:
        assert bodies(server, 6) == ["fine"] * 6
        assert server.connections <= 2  # it is given back one turn of the loop later


@pytest.mark.parametrize(
    "reply",
    [
        HEAD + b"transfer-encoding: chunked\r\n\r\n2\r\nfi\r\n2\r\nne\r\n0\r\n\r\n",
        b"HTTP/1.1 102 Processing\r\n\r\n" + FINE,
        HEAD + b"connection: close\r\n\r\nfine",
        b"HTTP/1.0 200 OK\r\n\r\nfine",
    ],
    ids=["chunks", "informational", "until it closes", "HTTP/1.0"],
)
def test_bodies_of_every_form_are_read(reply: bytes) -> None:
    with raw(reply, FINE, close_after=True) as server:
        assert bodies(server, 2) == ["fine", "fine"]


def test_a_server_may_close_after_an_answer_without_a_word() -> None:
    with raw(*[FINE] * 5, close_after=True) as server:
        assert bodies(server, 5) == ["fine"] * 5
        assert server.connections == 5


def test_what_nobody_asked_for_is_no_answer_to_the_next_request() -> None:
    with raw(FINE + HEAD + b"content-length: 6\r\n\r\nbefore", FINE) as server:
        assert bodies(server, 2) == ["fine", "fine"]
        assert server.connections == 2


def test_an_error_that_is_longer_than_it_need_be_ends_its_connection() -> None:
    long = b"HTTP/1.1 500 Oh\r\ncontent-length: 200000\r\n\r\n" + b"x" * 200_000
    with raw(long, FINE) as server:
        first, second = bodies(server, 2)
        assert (len(first), second) == (65_536, "fine")
        assert server.connections == 2


@pytest.mark.parametrize(
    ("reply", "what"),
    [
        (HEAD + b"x: " + b"y" * 200_000 + b"\r\ncontent-length: 4\r\n\r\nfine", "cut off"),
        (b"ICY 200 OK\r\n\r\n", "cut off"),
        (HEAD + b"content-length: 4\r\n\r\nfi", "cut off"),
        (b"", "Server disconnected without sending a response"),
        (HEAD + b"content-length: 2000\r\n\r\n" + b"x" * 2000, "too long"),
        (HEAD + b"content-encoding: br\r\ncontent-length: 4\r\n\r\nfine", "encoding 'br'"),
    ],
    ids=["head", "protocol", "cut", "silent", "too long", "encoding"],
)
def test_what_cannot_be_used_is_a_fault(reply: bytes, what: str) -> None:
    with raw(reply, close_after=True) as server, pytest.raises(Fault, match=what):
        bodies(server, 1)
