"""Stands between a store and its S3 server, counts what is asked, and interferes where a test says so.

with relay(s3.port) as between:
    between.judge = lambda asked: KILL if asked.number == 3 else PASS
"""

import http.client
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

PASS: Final = "pass"
KILL_BEFORE: Final = "kill before"
"""The victim dies, and the server never hears of the request."""
KILL_AFTER: Final = "kill after"
"""The server has done what it was asked; the victim dies before it is told."""
LOSE: Final = "lose"
"""The server has done what it was asked; the connection breaks before the answer."""
REFUSE: Final = "refuse"
"""503, and the server never hears of it."""


@dataclass(frozen=True)
class Asked:
    """A request that writes."""

    number: int
    """From 0."""
    method: str
    path: str


@dataclass
class Relay:
    """Where it listens, what it saw, and who dies."""

    port: int = 0
    judge: Callable[[Asked], str] = lambda _asked: PASS
    delay: Callable[[], float] = lambda: 0.0
    """Seconds that an answer is late."""
    victim: int = 0
    """A process's id, once it is known."""
    seen: list[Asked] = field(default_factory=list)
    known: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def kill(self) -> None:
        self.known.wait(30)
        with suppress(ProcessLookupError):
            os.kill(self.victim, signal.SIGKILL)

    def judged(self, method: str, path: str) -> str:
        with self._lock:
            asked = Asked(len(self.seen), method, path)
            self.seen.append(asked)
        return self.judge(asked)


@contextmanager
def relay(server: int) -> Iterator[Relay]:
    """A relay before the S3 server at a port."""
    found = Relay()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            writes = self.command in {"PUT", "POST", "DELETE"}
            verdict = found.judged(self.command, self.path) if writes else PASS
            if verdict == KILL_BEFORE:
                found.kill()
                return self.cut()
            if verdict == REFUSE:
                return self.answer(503, {}, b"")
            connection = http.client.HTTPConnection("127.0.0.1", server, timeout=60)
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            data = answer.read()
            connection.close()
            time.sleep(found.delay())
            if verdict == KILL_AFTER:
                found.kill()
            if verdict in {KILL_AFTER, LOSE}:
                return self.cut()
            return self.answer(answer.status, dict(answer.getheaders()), data)

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any  # noqa: N815

        def answer(self, status: int, headers: dict[str, str], data: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                if name.lower() not in {"transfer-encoding", "connection", "content-length"} or (
                    self.command == "HEAD" and name.lower() == "content-length"
                ):
                    self.send_header(name, value)
            if self.command != "HEAD":
                self.send_header("content-length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                with suppress(OSError):
                    self.wfile.write(data)

        def cut(self) -> None:
            self.close_connection = True
            with suppress(OSError):
                self.connection.close()

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """The other end is gone: killed, as was intended."""

    listening = Server(("127.0.0.1", 0), Handler)
    found.port = listening.server_port
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield found
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()
