"""A simulated API: a teacher plays the tools, in the form that they return.

After StableToolBench (Guo et al. 2024): answers are cached by call, so that equal calls give equal results, and whoever plays a
tool is shown what it answered first, so that later answers have its form and belong to the same world.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from tasks.generation.from_topics.tool_use.backends import ToolResult
from tasks.generation.from_topics.tool_use.tool import MOST_ITEMS, Tool, ToolCall, enforceable, without_nulls
from tasks.teachers.prompts import Fence, beside, closed, load
from tasks.teachers.protocol import Completion, Failure, Request, Teacher

PROMPTS: Final = beside(__file__, "tool_use_result")
_FIELD: Final = closed(
    name={"type": "string"}, value={"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}]}
)
_FIELDS: Final = {"type": "array", "items": _FIELD, "maxItems": MOST_ITEMS, "minItems": 1}


class Simulated:
    """Tools that a teacher plays."""

    def __init__(self, teacher: Teacher) -> None:
        self._teacher = teacher
        self._first: dict[str, tuple[ToolCall, ToolResult]] = {}
        """The first call of each tool that was answered, with its result."""

    def results(self, calls: Sequence[ToolCall]) -> list[ToolResult]:
        """The results of calls: first of one call of each tool that was never called, then of the others."""
        new: dict[str, ToolCall] = {}
        for call in calls:
            if call.tool.name not in self._first:
                new.setdefault(call.tool.name, call)
        found: dict[str, ToolResult] = {}
        asked_first = {call.key for call in new.values()}
        for group in (list(new.values()), [call for call in calls if call.key not in asked_first]):
            replies = self._teacher.ask([self._request(call) for call in group])
            for call, reply in zip(group, replies, strict=True):
                found[call.key] = result = _result(call.tool, reply)
                if result.failure is None and not result.error:
                    self._first.setdefault(call.tool.name, (call, result))
        return [found[call.key] for call in calls]

    def _request(self, call: ToolCall) -> Request:
        earlier = self._first.get(call.tool.name)
        texts = [json.dumps(call.tool.offered, ensure_ascii=False), _text(call), ""]
        if earlier:
            texts[2] = f"{_text(earlier[0])}\n{earlier[1].text}"
        fence = Fence.around(*texts)
        values: dict[str, str | int] = {
            "fence": fence.mark,
            "tool": fence.wrap("tool", texts[0]),
            "call": fence.wrap("call", texts[1]),
            "earlier": fence.wrap("earlier", texts[2] or "none"),
        }
        return load(*PROMPTS).request(values, closed(result=_form(call.tool) or _FIELDS))


def _form(tool: Tool) -> dict[str, Any] | None:
    return enforceable(tool.returns) if tool.returns else None


def _text(call: ToolCall) -> str:
    return json.dumps({"name": call.tool.name, "arguments": call.arguments}, ensure_ascii=False)


def _result(tool: Tool, reply: Completion | Failure) -> ToolResult:
    if isinstance(reply, Failure):
        return ToolResult("", error=True, failure=reply, requests=(reply.request_hash,))
    said = reply.data["result"]
    value = without_nulls(said, tool.returns) if _form(tool) else {one["name"]: one["value"] for one in said}
    made = ToolResult.of(value)
    return ToolResult(made.text, made.error, requests=(reply.request_hash,))
