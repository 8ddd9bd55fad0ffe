"""Rows as a model sees them: rendered by its template, with the stretches that the assistant says."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.core.errors import BadInput
from tasks.core.schema import Row
from tasks.release.conversations import turns
from tasks.text.chat_templates import CLOSES, OPENS, ChatTemplate

Span = tuple[int, int]


@dataclass(frozen=True)
class RenderedRow:
    """A row as text. Spans are characters [start, end)."""

    text: str
    trained: tuple[Span, ...]
    """What the assistant says, its end of turn included: the tokens that fine-tuning learns."""
    prompt: str
    """The text before the last answer, as a server renders it at inference."""

    @property
    def prompt_fits(self) -> bool:
        """Whether the prompt at inference is the beginning of the text that is trained on."""
        return self.text.startswith(self.prompt)


def messages_of(row: Row) -> list[dict[str, Any]]:
    """The conversation of a row as templates take it: arguments of calls as objects. BadInput for calls that are no JSON."""
    found: list[dict[str, Any]] = [{"role": "system", "content": row["system"]}] if row["system"] else []
    for turn in turns(row):
        message: dict[str, Any] = {"role": turn["role"], "content": turn["content"] or ""}
        if turn.get("reasoning"):
            message["reasoning_content"] = turn["reasoning"]
        if turn["tool_calls"]:
            message["tool_calls"] = [_call(call) for call in _parsed(turn["tool_calls"])]
        found.append(message)
    return found


def rendered(template: ChatTemplate, messages: Sequence[Mapping[str, Any]], tools: Sequence[Any]) -> RenderedRow:
    """The conversation as text. BadInput where the template refuses it, or where a shorter conversation is not its beginning, so
    that nobody can say which tokens are the assistant's."""
    prompt = template.render(messages[:-1], tools, prompt=True)
    if template.marks:
        return RenderedRow(*_marked(template.render_marked(messages, tools)), prompt)
    text = template.render(messages, tools)
    trained: list[Span] = []
    for number, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        last = number == len(messages) - 1
        before = prompt if last else template.render(messages[:number], tools, prompt=True)
        after = text if last else template.render(messages[: number + 1], tools)
        if not text.startswith(after) or not after.startswith(before):
            if last:
                return RenderedRow(text, tuple(trained), prompt)
            continue  # an earlier answer is rendered otherwise once others follow, as templates that drop reasoning do
        trained.append((len(before), len(after)))
    return RenderedRow(text, tuple(trained), prompt)


def _marked(text: str) -> tuple[str, tuple[Span, ...]]:
    """The text without marks, and the stretches between them."""
    plain, spans, length = list[str](), list[Span](), 0
    for number, part in enumerate(text.replace(CLOSES, OPENS).split(OPENS)):
        if number % 2:
            spans.append((length, length + len(part)))
        plain.append(part)
        length += len(part)
    return "".join(plain), tuple(span for span in spans if span[0] < span[1])


def _parsed(text: str) -> list[Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise BadInput(f"tool calls are not JSON: {error}") from None
    return found if isinstance(found, list) else [found]


def _call(call: Any) -> dict[str, Any]:
    function = dict(call.get("function") or call) if isinstance(call, dict) else {}
    if isinstance(function.get("arguments"), str):
        function["arguments"] = _parsed(function["arguments"] or "{}")[0]
    return {
        "type": "function",
        "function": {"name": function.get("name"), "arguments": function.get("arguments") or {}},
    }
