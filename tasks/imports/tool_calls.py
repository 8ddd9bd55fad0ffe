"""Calls of tools in whatever form files have them, and which call a tool's result answers."""

import json
from contextlib import suppress
from typing import Any

from tasks.containers.bounds import TOO_DEEP, is_too_deep, json_value
from tasks.imports.example import Record, UnusableError
from tasks.imports.values import empty, parsed


def calls_text(calls: Any) -> str:
    """Tool calls in whatever form as JSON text: a list of {id where one is given, name, arguments}."""
    if isinstance(calls, str):
        calls = parsed(calls, "a tool call")
    listed = calls if isinstance(calls, list) else [calls]
    return json.dumps([_call(call) for call in listed], ensure_ascii=False)


def as_calls(value: Any) -> list[Any]:
    """Calls as a list: given as one, as one call, or as JSON text of either."""
    if isinstance(value, str) and value.strip():
        value = parsed(value, "a tool call")
    if empty(value):
        return []
    return [*value] if isinstance(value, list | tuple) else [value]


def name_answering(given: str | None, wanted: str | None, waiting: list[tuple[str, str]]) -> str | None:
    """The name of the tool that speaks: its own, that of the call it answers, or that of the first call without answer."""
    found = (i for i, (name, id_) in enumerate(waiting) if (id_ == wanted if wanted else name == given))
    at = next(found, None if wanted or not waiting else 0)
    called = waiting.pop(at)[0] if at is not None else None
    return given or called


def _call(call: Any) -> Record:
    if not isinstance(call, dict):
        raise UnusableError("malformed_record", "a tool call is not an object")
    function = call["function"] if isinstance(call.get("function"), dict) else call
    arguments: Any = next(
        (function[n] for n in ("arguments", "parameters", "input") if function.get(n) is not None), {}
    )
    if isinstance(arguments, str):
        if is_too_deep(arguments):
            raise UnusableError("malformed_record", f"the arguments of a tool call are {TOO_DEEP}")
        with suppress(ValueError):  # a model's broken arguments are kept as the text they are
            arguments = json_value(arguments)
    id_ = call.get("id") or call.get("call_id")
    return ({"id": str(id_)} if id_ else {}) | {"name": str(function.get("name") or ""), "arguments": arguments}
