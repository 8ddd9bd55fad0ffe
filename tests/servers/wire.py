"""HTTP/1.1 as far as a model server needs it, and the two vendors' shapes of an answer."""

import asyncio
import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.servers.models import ModelServer

FINISH = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"}
"""OpenAI's word for how an answer ended → Anthropic's."""


@dataclass(frozen=True)
class Seen:
    """One question as it arrived."""

    path: str
    body: dict[str, Any]
    headers: dict[str, str]
    """Names in lower case."""
    hash: str
    at: float
    """Seconds of the monotonic clock."""

    @property
    def prompt(self) -> str:
        """The last user turn."""
        return str(next(m["content"] for m in reversed(self.body["messages"]) if m["role"] == "user"))

    @property
    def system(self) -> str:
        """The system prompt, wherever the protocol puts it; empty if there is none."""
        if self.path == "/v1/messages":
            return str(self.body.get("system", ""))
        return "\n".join(m["content"] for m in self.body["messages"] if m["role"] == "system")


@dataclass(frozen=True)
class Reply:
    """How to answer one question; the defaults answer it well."""

    text: str = "An answer."
    status: int = 200
    finish: str | None = "stop"
    """stop, length, content_filter (in OpenAI's words, translated for Anthropic); None leaves it out."""
    usage: tuple[int, int] | None = (10, 5)
    """Tokens in and out; None leaves it out."""
    cached: tuple[int, int] = (0, 0)
    """Of the tokens in: those read from the vendor's cache of prompts, and those written to it (Anthropic's only)."""
    likely: dict[str, float] | None = None
    """The tokens that the first word could have been, with their probabilities, where a question asks for them; OpenAI's only."""
    delay: float | None = None
    """Seconds before the answer; None: the server's."""
    retry_after: str | float | None = None
    """The Retry-After header: seconds or an HTTP date."""
    error: str | None = None
    """The vendor's error code for a status of 400 and above, e.g. insufficient_quota."""
    message: str = "scripted error"
    headers: dict[str, str] = field(default_factory=dict)
    body: str | bytes | None = None
    """Sent as it is in place of the vendor's JSON: an HTML page, broken JSON, nothing."""
    content_type: str = "application/json"
    cut: int | None = None
    """Announce the whole body, send this many bytes of it, and close."""
    silent: bool = False
    """Close the connection without a byte."""
    drip: float = 0.0
    """Seconds between pieces of the body, of which there are ten."""


@dataclass(frozen=True)
class Answer:
    """Bytes to send after `delay` seconds; `pieces` is the body."""

    head: bytes
    body: bytes
    delay: float = 0.0
    drip: float = 0.0
    close: bool = False


def as_json(value: Any, status: int = 200) -> Answer:
    """A plain JSON answer."""
    return answer(json.dumps(value).encode(), status)


def answer(body: bytes, status: int = 200, headers: dict[str, str] | None = None, **more: Any) -> Answer:
    """A complete answer; `headers` may replace the content type."""
    lines = {"content-type": "application/json", "content-length": str(len(body)), **(headers or {})}
    head = f"HTTP/1.1 {status} X\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items()) + "\r\n"
    return Answer(head.encode(), body, **more)


def render(seen: Seen, reply: Reply, delay: float) -> Answer:
    """What goes over the wire for a reply."""
    if reply.silent:
        return Answer(b"", b"", delay, close=True)
    headers = {"content-type": reply.content_type, **reply.headers}
    if reply.retry_after is not None:
        headers["retry-after"] = str(reply.retry_after)
    body = shape(seen, reply) if reply.body is None else reply.body
    data = body.encode() if isinstance(body, str) else body
    whole = answer(data, reply.status, headers, delay=delay, drip=reply.drip)
    if reply.cut is None:
        return whole
    return Answer(whole.head, data[: reply.cut], delay, reply.drip, close=True)


def shape(seen: Seen, reply: Reply) -> str:
    """The JSON body in the protocol the question was asked in."""
    anthropic = seen.path == "/v1/messages"
    if reply.status >= 400:
        error = {"type": reply.error or "scripted", "code": reply.error, "message": reply.message}
        return json.dumps({"type": "error", "error": error} if anthropic else {"error": error})
    return json.dumps(_message(seen, reply) if anthropic else _chat(seen, reply))


def _chat(seen: Seen, reply: Reply) -> dict[str, Any]:
    choice: dict[str, Any] = {"index": 0, "message": {"role": "assistant", "content": reply.text}}
    if reply.finish is not None:
        choice["finish_reason"] = reply.finish
    if reply.likely is not None and seen.body.get("logprobs"):
        top = [{"token": token, "logprob": math.log(share)} for token, share in reply.likely.items()]
        choice["logprobs"] = {
            "content": [{"token": top[0]["token"], "logprob": top[0]["logprob"], "top_logprobs": top}]
        }
    body: dict[str, Any] = {
        "id": "c",
        "object": "chat.completion",
        "created": 0,
        "model": seen.body["model"],
        "choices": [choice],
    }
    if reply.usage is not None:
        tokens_in, tokens_out = reply.usage
        body["usage"] = {
            "prompt_tokens": tokens_in,
            "completion_tokens": tokens_out,
            "total_tokens": tokens_in + tokens_out,
        }
        if reply.cached[0]:
            body["usage"]["prompt_tokens_details"] = {"cached_tokens": reply.cached[0]}
    return body


def _message(seen: Seen, reply: Reply) -> dict[str, Any]:
    content = [{"type": "text", "text": reply.text}]
    body: dict[str, Any] = {"id": "m", "type": "message", "role": "assistant", "model": seen.body["model"]}
    body["content"] = content
    if reply.finish is not None:
        body |= {"stop_reason": FINISH.get(reply.finish, reply.finish), "stop_sequence": None}
    if reply.usage is not None:
        read, written = reply.cached
        body["usage"] = {
            "input_tokens": reply.usage[0] - read - written,
            "output_tokens": reply.usage[1],
            "cache_read_input_tokens": read,
            "cache_creation_input_tokens": written,
        }
    return body


class Connection(asyncio.Protocol):
    """One client's connection: requests come one after the other, each is answered before the next is read."""

    def __init__(self, server: "ModelServer", connections: set["Connection"]) -> None:
        self._server = server
        self._connections = connections
        self._buffer = b""
        self._open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._open = True
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._open = False
        self._connections.discard(self)

    def abort(self) -> None:
        """Drops the connection."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        request, *lines = self._buffer[:end].decode("latin-1").split("\r\n")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
        stop = end + 4 + int(headers.get("content-length", 0))
        if len(self._buffer) < stop:
            return
        body, self._buffer = self._buffer[end + 4 : stop], self._buffer[stop:]
        method, target, _ = request.split(" ")
        server = self._server
        server.in_flight += 1
        server.most_in_flight = max(server.most_in_flight, server.in_flight)
        found = server.answer(method, target.partition("?")[0], headers, body)
        asyncio.get_running_loop().call_later(found.delay, self._send, found)

    def _send(self, found: Answer) -> None:
        self._server.in_flight -= 1
        if not self._open:
            return
        if not found.drip:
            self._transport.write(found.head + found.body)
            if found.close:
                self._transport.close()
            return
        self._transport.write(found.head)
        step = max(1, len(found.body) // 10)
        self._drip([found.body[i : i + step] for i in range(0, len(found.body), step)], found)

    def _drip(self, pieces: list[bytes], found: Answer) -> None:
        if not self._open:
            return
        if not pieces:
            if found.close:
                self._transport.close()
            return
        self._transport.write(pieces[0])
        asyncio.get_running_loop().call_later(found.drip, self._drip, pieces[1:], found)
