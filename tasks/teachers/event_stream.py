"""Answers that come in pieces (server-sent events), put together to the body that would have come in one.

Some servers know no other way, whatever they are asked for. https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

_LAST: Final = (
    b"data: [DONE]",
    b"data:[DONE]",
    b"event: message_stop",
    b'"type":"message_stop"',
    b'"type": "message_stop"',
)

Piece = Mapping[str, Any]


def is_one(text: str) -> bool:
    """Whether a body is a stream of events."""
    return text.startswith(("data:", "event:", "id:", "retry:", ":"))


def ended(tail: bytes | bytearray) -> bool:
    """Whether the last bytes say that nothing follows."""
    return any(mark in tail for mark in _LAST)


def data(text: str) -> Iterator[str]:
    """The data of each event."""
    lines: list[str] = []
    for line in (*text.splitlines(), ""):
        if line.startswith("data:"):
            lines.append(line[5:].removeprefix(" "))
        elif not line and lines:
            yield "\n".join(lines)
            lines = []


def assembled(events: Iterable[Piece]) -> dict[str, Any]:
    """The body of an answer from the JSON of its events, in either vendor's protocol; empty where there is none in it."""
    body: dict[str, Any] = {}
    texts: dict[tuple[Any, ...], list[str]] = {}
    for event in events:
        if event.get("error"):
            return {"error": event["error"]}
        if isinstance(event.get("choices"), list):
            _chat(event, body, texts)
        elif isinstance(event.get("type"), str):
            _message(event, body, texts)
    return body | _contents(texts) if "choices" not in body else _chat_body(body, texts)


def _chat(event: Piece, body: dict[str, Any], texts: dict[tuple[Any, ...], list[str]]) -> None:
    """Add a piece of a chat completion."""
    body.setdefault("choices", [])
    if event.get("usage"):
        body["usage"] = event["usage"]
    for choice in event["choices"][:1]:
        if not isinstance(choice, Mapping):
            continue
        body["finish"] = choice.get("finish_reason") or body.get("finish")
        logprobs = choice.get("logprobs")
        if isinstance(logprobs, Mapping) and isinstance(logprobs.get("content"), list):
            body.setdefault("logprobs", []).extend(logprobs["content"])
        delta = choice.get("delta") or choice.get("message")
        if not isinstance(delta, Mapping):
            continue
        for name in ("reasoning_content", "reasoning", "content", "refusal"):
            _add(texts, (name,), delta.get(name))
        calls = delta.get("tool_calls")
        for call in calls if isinstance(calls, list) else ():
            function = call.get("function") if isinstance(call, Mapping) else None
            if isinstance(function, Mapping):
                _add(texts, ("tool_calls", str(call.get("index"))), function.get("arguments"))


def _chat_body(body: dict[str, Any], texts: dict[tuple[Any, ...], list[str]]) -> dict[str, Any]:
    message: dict[str, Any] = {name[0]: "".join(pieces) for name, pieces in texts.items() if len(name) == 1}
    calls = ["".join(pieces) for name, pieces in texts.items() if len(name) == 2]
    message["tool_calls"] = [{"function": {"arguments": call}} for call in calls]
    choice = {"message": message, "finish_reason": body.get("finish")}
    choice |= {"logprobs": {"content": body["logprobs"]}} if "logprobs" in body else {}
    return {"choices": [choice], "usage": body.get("usage")}


def _message(event: Piece, body: dict[str, Any], texts: dict[tuple[Any, ...], list[str]]) -> None:
    """Add a piece of a message."""
    match event["type"]:
        case "message_start":
            begun = event.get("message")
            body |= {**begun, "content": []} if isinstance(begun, Mapping) else {"content": []}
        case "content_block_start" | "content_block_delta":
            delta = event.get("delta") or event.get("content_block")
            if isinstance(delta, Mapping):
                for name in ("thinking", "text", "partial_json"):
                    _add(texts, (str(event.get("index")), name), delta.get(name))
        case "message_delta":
            delta, usage, before = event.get("delta"), event.get("usage"), body.get("usage")
            body["stop_reason"] = delta.get("stop_reason") if isinstance(delta, Mapping) else None
            body["usage"] = {
                **(before if isinstance(before, Mapping) else {}),
                **(usage if isinstance(usage, Mapping) else {}),
            }


def _contents(texts: dict[tuple[Any, ...], list[str]]) -> dict[str, Any]:
    """The blocks of a message."""
    kinds = {"text": ("text", "text"), "thinking": ("thinking", "thinking"), "partial_json": ("tool_use", "input")}
    blocks = [(*kinds[name[-1]], "".join(pieces)) for name, pieces in texts.items()]
    return {"content": [{"type": kind, field: text} for kind, field, text in blocks]} if blocks else {}


def _add(texts: dict[tuple[Any, ...], list[str]], name: tuple[Any, ...], piece: Any) -> None:
    if isinstance(piece, str):
        texts.setdefault(name, []).append(piece)
    elif isinstance(piece, list):  # content in parts
        for part in piece:
            _add(texts, name, part.get("text") if isinstance(part, Mapping) else part)
