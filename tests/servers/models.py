"""A model server on 127.0.0.1 that speaks both vendors' protocols and misbehaves on request.

    def test_something(model_server):
        model_server.reply = lambda seen: "an answer"     # may return a str, a dict (sent as JSON) or a Reply
        model_server.script(Reply(status=429, retry_after=0))  # the next ones in turn, before `reply` is asked
        settings = TeacherSettings(provider="openai", model="m", base_url=model_server.openai_url)

It is a real HTTP/1.1 server on its own thread and event loop, written on asyncio's protocols so that it is never the
bottleneck of a benchmark. `python -m tests.servers.models --delay 0.05` runs it alone and prints its address.
"""

import argparse
import asyncio
import hashlib
import json
import socket
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import pytest

from tests.servers import batches, wire
from tests.servers.wire import Answer, Reply, Seen

Script = Callable[[Seen], "str | dict[str, Any] | Reply"]


@dataclass
class ModelServer:
    """Counts, keeps and answers what it is asked. Every attribute may be read and set from the test's thread."""

    reply: Script = lambda _seen: "An answer."
    delay: float = 0.0
    """Seconds before every answer whose Reply names none."""
    keep: bool = True
    """False: keep counts only, for benchmarks."""
    batch_polls: int = 1
    """How often a batch says "in progress" before it has ended."""
    seen: list[Seen] = field(default_factory=list)
    """The questions, in the order they came, those inside batches too."""
    counts: Counter[str] = field(default_factory=Counter)
    """How often each question (by the hash of its body) was asked."""
    paths: Counter[str] = field(default_factory=Counter)
    """How often each "METHOD /path" was asked for."""
    in_flight: int = 0
    most_in_flight: int = 0
    port: int = 0
    had: ClassVar[set[int]] = set()
    """Ports of all servers that this process has had."""
    _next: deque[str | dict[str, Any] | Reply] = field(default_factory=deque)
    _batches: batches.Batches = field(default_factory=batches.Batches)

    @property
    def url(self) -> str:
        """The address as the Anthropic SDK wants it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def openai_url(self) -> str:
        """The address as the OpenAI SDK wants it."""
        return f"{self.url}/v1"

    @property
    def requests(self) -> int:
        """Questions asked, repeats included."""
        return self.counts.total()

    @property
    def repeats(self) -> int:
        """Questions asked again."""
        return self.counts.total() - len(self.counts)

    @property
    def prompts(self) -> list[str]:
        """The last user turn of each question, in the order they came."""
        return [seen.prompt for seen in self.seen]

    def script(self, *replies: str | dict[str, Any] | Reply) -> None:
        """What the next questions get, one each, before `reply` is asked again."""
        self._next.extend(replies)

    def forget(self) -> None:
        """Empties counts and records; scripts and batches stay."""
        self.seen.clear()
        self.counts.clear()
        self.paths.clear()
        self.most_in_flight = 0

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """The answer to one HTTP request; runs on the server's thread."""
        self.paths[f"{method} {path}"] += 1
        if path in ("/v1/chat/completions", "/v1/messages"):
            return self._ask(path, headers, json.loads(body))
        if path == "/v1/models":
            return wire.as_json(
                {"object": "list", "data": [{"id": "test-model", "object": "model"}], "has_more": False}
            )
        found = self._batches.handle(self, method, path, headers, body)
        return found or wire.as_json({"error": {"type": "not_found_error", "message": f"no {path}"}}, status=404)

    def _ask(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> Answer:
        seen = self.note(path, headers, body)
        reply = self.choose(seen)
        return wire.render(seen, reply, self.delay if reply.delay is None else reply.delay)

    def note(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> Seen:
        """Counts a question and keeps it."""
        digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        seen = Seen(path, body, headers, digest, time.monotonic())
        self.counts[digest] += 1
        if self.keep:
            self.seen.append(seen)
        return seen

    def choose(self, seen: Seen) -> Reply:
        """The scripted reply if one is waiting, else what `reply` says."""
        chosen = self._next.popleft() if self._next else self.reply(seen)
        if isinstance(chosen, dict):
            chosen = json.dumps(chosen)
        return Reply(text=chosen) if isinstance(chosen, str) else chosen

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(ready,), name="model-server", daemon=True)
        self._thread.start()
        ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self, ready: threading.Event) -> None:
        connections: set[wire.Connection] = set()
        listening = self._unused() if self.port == 0 else socket.create_server(("127.0.0.1", self.port))
        create = self._loop.create_server(lambda: wire.Connection(self, connections), sock=listening, backlog=1024)
        server = self._loop.run_until_complete(create)
        self.port = listening.getsockname()[1]
        ready.set()
        self._loop.run_forever()
        server.close()
        for connection in list(connections):
            connection.abort()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    @classmethod
    def _unused(cls) -> socket.socket:
        """A port that no server of this process had: what teachers have learnt of an address would be believed of this one."""
        listening = socket.create_server(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        if port not in cls.had:
            cls.had.add(port)
            return listening
        with listening:
            return cls._unused()


@pytest.fixture
def model_server() -> Iterator[ModelServer]:
    """A fresh model server for one test."""
    with ModelServer() as server:
        yield server


def main() -> None:
    """Serves until standard input ends; the first line of output is the address, the last the counts as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--delay", type=float, default=0.05, help="seconds before every answer")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    with ModelServer(delay=options.delay, port=options.port, keep=False) as server:
        print(server.url, flush=True)
        input_ended = threading.Event()
        threading.Thread(target=lambda: (_read_all(), input_ended.set()), daemon=True).start()
        input_ended.wait()
        print(json.dumps({"requests": server.requests, "repeats": server.repeats, "most": server.most_in_flight}))


def _read_all() -> None:
    import sys

    sys.stdin.read()


if __name__ == "__main__":
    main()
