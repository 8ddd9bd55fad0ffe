"""The bodies that servers send: read within bounds, as UTF-8 JSON or as a stream of events, and what of them may be used.

A server is not trusted: whatever it sends ends in an answer or in a Fault.
"""

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from tasks.teachers import event_stream
from tasks.teachers.http import status_fault
from tasks.teachers.provider import MOST_TOKENS, Fault, sendable

if TYPE_CHECKING:
    import httpx2

MOST_BYTES: Final = 16 * 2**20
"""Of an answer, where the settings say nothing else."""

ERROR_BYTES: Final = 65_536
"""Of the body of an error, so much is read; the rest is left."""

LONGEST_IDENTIFIER: Final = 500
"""Characters of the id of a file or batch."""

STREAM: Final = "text/event-stream"

_WINDOW: Final = 47
"""zlib's word for: a gzip or zlib header, whichever is there."""


class Body:
    """The body of a response as it is read: decompressed here, of `most` bytes at most, that of an error cut."""

    def __init__(self, status: int, headers: Mapping[str, str], most: int) -> None:
        """Raises Fault for an encoding that was not asked for."""
        self._is_error = status >= 400
        self._most = ERROR_BYTES if self._is_error else most
        self._encoding = headers.get("content-encoding", "").strip().lower()
        if self._encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise Fault("garbage", f"a body in the encoding {self._encoding[:40]!r}, which was not asked for")
        self._unpacker = zlib.decompressobj(_WINDOW) if self._encoding not in ("", "identity") else None
        self._is_stream = STREAM in headers.get("content-type", "")
        self._body, self._received = bytearray(), 0

    def add(self, chunk: bytes) -> bool:
        """Add what came; returns whether that is all that is wanted. Raises Fault beyond `most` bytes."""
        self._received += len(chunk)
        try:
            room = self._most + 1 - len(self._body)
            self._body += self._unpacker.decompress(chunk, room) if self._unpacker else chunk
        except zlib.error as error:
            raise Fault("garbage", f"a body that is not {self._encoding} as it says ({error})") from None
        if len(self._body) > self._most or self._received > self._most:
            if self._is_error:
                return True
            raise Fault("garbage", f"too long: the answer has more than {self._most / 2**20:g} MB", maybe_paid=True)
        return self._is_stream and event_stream.ended(self._body[-200:])

    @property
    def content(self) -> bytes:
        """What was read."""
        return bytes(self._body[: self._most])


async def read(response: "httpx2.Response", most: int) -> bytes:
    """The decompressed body of a response, as `Body` reads it."""
    body = Body(response.status_code, response.headers, most)
    async for chunk in response.aiter_raw():
        if body.add(chunk):
            break
    return body.content


def json_body(response: "httpx2.Response") -> dict[str, Any]:
    """The JSON object of a 200, which may have come in pieces; raises Fault for anything else, an error in its place included."""
    text = response.content.decode("utf-8", "replace").removeprefix("\ufeff").strip()
    if not text:
        raise Fault.unusable("empty body", "")
    if text.startswith("<"):
        raise Fault.unusable("an HTML page instead of an answer", text)
    if event_stream.is_one(text):
        return event_stream.assembled(filter(None, map(_event, event_stream.data(text))))
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise Fault.unusable("malformed JSON", text) from None
    if not isinstance(body, dict):
        raise Fault.unusable("not a JSON object", text)
    return body


def objects(content: bytes, most: int) -> Iterator[dict[str, Any]]:
    """The objects of a JSONL body, without the lines that are none or longer than `most` bytes: their calls count as unanswered."""
    start = 0
    while start < len(content):
        end = content.find(b"\n", start)
        end = len(content) if end < 0 else end
        if end - start <= most and (found := _event(content[start:end].decode("utf-8", "replace"))) is not None:
            yield found
        start = end + 1


def _event(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def parts(content: Any) -> tuple[str, str]:
    """Text and reasoning of a message's content: a string, or a list of parts, of which only texts and thoughts are read."""
    if isinstance(content, str):
        return content, ""
    texts, thoughts = [], []
    for part in content if isinstance(content, list) else [content]:
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, Mapping):
            kind = str(part.get("type") or "text")
            if kind in ("text", "output_text"):
                texts.append(_text(part.get("text")))
            elif "think" in kind or "reason" in kind:
                thoughts.append(_text(part.get("thinking") or part.get("reasoning") or part.get("text")))
    return "".join(texts), "\n".join(filter(None, thoughts))


def _text(value: Any) -> str:
    """A part's text: a string, `{"value": "…"}`, or a list of either."""
    if isinstance(value, Mapping):
        value = value.get("value") or value.get("text")
    if isinstance(value, list):
        return "".join(
            one if isinstance(one, str) else _text(one.get("text")) for one in value if isinstance(one, str | dict)
        )
    return value if isinstance(value, str) else ""


def arguments(calls: Iterable[Any]) -> str:
    """The arguments of tool calls as JSON, one under the other: some servers give structured answers so."""
    return "\n".join(call if isinstance(call, str) else seen(call) for call in calls if isinstance(call, str | dict))


def counts(usage: Any, read: Iterable[str], written: str) -> tuple[int, int]:
    """Tokens read and written, from the fields of `usage` named so; 0 and 0 where a count is missing or cannot be one."""
    if not isinstance(usage, Mapping):
        return 0, 0
    tokens = [_count(usage.get(name)) for name in (*read, written)]
    if any(count is None for count in tokens):
        return 0, 0
    known = [count for count in tokens if count is not None]
    return min(sum(known[:-1]), MOST_TOKENS), known[-1]


def part_of(tokens_in: int, usage: Any, *path: str) -> int:
    """The count at `path` in `usage`, which is part of `tokens_in`; 0 where it is missing or cannot be that."""
    for name in path:
        usage = usage.get(name) if isinstance(usage, Mapping) else None
    count = _count(usage) or 0
    return count if count <= tokens_in else 0


def _count(value: Any) -> int | None:
    if value is None:
        return 0
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_TOKENS else None


def seen(body: Any) -> str:
    """A body as JSON, for an error; empty where it is nested too deeply to be written."""
    try:
        return json.dumps(body)
    except RecursionError:
        return ""


def identifier(body: Mapping[str, Any]) -> str:
    """The `id` of what a server made; raises Fault where it gives none."""
    if isinstance(found := body.get("id"), str) and found.isprintable() and 0 < len(found) <= LONGEST_IDENTIFIER:
        return found
    raise Fault.unusable("no id", seen(body))


def error_fault(body: Mapping[str, Any]) -> Fault:
    """The fault for an error that came with status 200."""
    error = body["error"]
    code = error.get("code") if isinstance(error, Mapping) else None
    return status_fault(code if isinstance(code, int) and 400 <= code < 600 else 500, seen({"error": error}), {})


def word(value: Any) -> str | None:
    """A server's word for how an answer ended; None where it says none."""
    return sendable(value.strip()[:64]) or None if isinstance(value, str) else None
