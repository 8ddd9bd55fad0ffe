"""A server that executes calls of tools. Only its own address is asked, no redirect is followed, and bodies are bounded."""

import asyncio
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from tasks.core.errors import InstructoryError
from tasks.generation.from_topics.tool_use.backends import ToolResult
from tasks.generation.from_topics.tool_use.tool import ApiOperation, ToolCall
from tasks.teachers import event_loop
from tasks.teachers.connections import client, requested
from tasks.teachers.http import translated
from tasks.teachers.provider import Fault, sendable

if TYPE_CHECKING:
    import httpx2

AT_ONCE: Final = 8
"""Calls in flight."""
MOST_BYTES: Final = 32_768
"""Of an answer; eight times as many of one to GET (tasks/teachers/connections.py)."""


class ToolServer:
    """Calls as HTTP requests below one address."""

    def __init__(self, address: str, seconds: float) -> None:
        self._address, self._seconds = address, seconds

    def results(self, calls: Sequence[ToolCall]) -> list[ToolResult]:
        """The results of calls; an error status is an error. Raises InstructoryError where the server cannot be reached."""
        return event_loop.run(self._all(calls))

    async def _all(self, calls: Sequence[ToolCall]) -> list[ToolResult]:
        slots = asyncio.Semaphore(AT_ONCE)
        async with client(self._address, AT_ONCE, self._seconds, MOST_BYTES) as connection:
            return list(await asyncio.gather(*(self._result(call, connection, slots) for call in calls)))

    async def _result(self, call: ToolCall, connection: "httpx2.AsyncClient", slots: asyncio.Semaphore) -> ToolResult:
        try:
            method, url, body = request(self._address, call)
        except ValueError as error:
            return ToolResult.failed(str(error))
        try:
            async with slots, translated(self._seconds):
                response = await requested(connection, method, url, **({} if body is None else {"json": body}))
        except Fault as fault:
            if fault.kind in ("away", "stop"):
                raise InstructoryError(f"tool_use.http: {self._address}: {fault.detail}") from None
            return ToolResult.failed(fault.detail)
        text = sendable(response.content.decode("utf-8", "replace"))
        if response.status_code >= 300:
            return ToolResult.failed(f"status {response.status_code}: {text}")
        return ToolResult.of_json(text)


def request(address: str, call: ToolCall) -> tuple[str, str, Any]:
    """Method, address and JSON body of a call. Raises ValueError for an argument that would lead to another path."""
    operation = call.tool.operation or ApiOperation("post", f"/{quote(call.tool.name, safe='')}", {})
    if call.tool.operation is None:
        return "POST", address + operation.path, call.arguments
    path, query, body = operation.path, [], {}
    for name, value in call.arguments.items():
        location = operation.locations.get(name, "query")
        if location == "path":
            text = _text(value)
            if text in ("", ".", ".."):
                raise ValueError(f"{name} cannot be {text!r}")
            path = path.replace(f"{{{name}}}", quote(text, safe=""))
        elif location == "query":
            query += [(name, _text(one)) for one in (value if isinstance(value, list) else [value])]
        else:
            body[name] = value
    whole = call.arguments.get("body") if operation.locations.get("body") == "whole body" else body or None
    return operation.method.upper(), address + path + (f"?{urlencode(query)}" if query else ""), whole


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
