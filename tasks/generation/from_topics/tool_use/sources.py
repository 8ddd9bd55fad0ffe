"""Where tools come from: a recipe's list, a file of such a list, an MCP server's list, an OpenAPI document."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tasks.core import yaml_text
from tasks.core.errors import BadInput
from tasks.generation.from_topics.tool_use import openapi
from tasks.generation.from_topics.tool_use.params import ToolUse
from tasks.generation.from_topics.tool_use.tool import Tool
from tasks.verification.execution.json_schema_bounds import SchemaError
from tasks.verification.execution.json_schemas import schema_problem
from tasks.verification.execution.tool_calls import parameters_by_tool

MOST_TOOLS: Final = 2000
LARGEST_FILE: Final = 32 * 2**20
"""Bytes of a file of tools."""
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_RETURNS: Final = ("returns", "outputSchema", "output_schema")


def tools_of(params: ToolUse) -> list[Tool]:
    """The tools of the recipe's list and file. Raises BadInput, naming the tool, where there are none or one cannot be used."""
    tools = [_tool(one, "tools") for one in params.tools]
    if params.tools_file:
        tools += _read(params.tools_file, params)
    if not tools:
        raise BadInput("tool_use: no tools are named; set `tools` or `tools_file`")
    if len(tools) > MOST_TOOLS:
        raise BadInput(f"tool_use: {len(tools):,} tools; at most {MOST_TOOLS:,} can be offered")
    seen: set[str] = set()
    for tool in tools:
        if tool.name in seen:
            raise BadInput(f"tool_use: two tools are called {tool.name!r}; rename one")
        seen.add(tool.name)
        for what, schema in (("parameters", tool.parameters), ("returns", tool.returns)):
            _check(tool.name, what, schema)
    return tools


def _read(path: Path, params: ToolUse) -> list[Tool]:
    if not path.is_file():
        raise BadInput(f"tool_use.tools_file: no file {path}")
    if path.stat().st_size > LARGEST_FILE:
        raise BadInput(f"tool_use.tools_file: {path.name} has more than {LARGEST_FILE >> 20} MB")
    text = path.read_text("utf-8", "replace")
    try:
        data = yaml_text.load(text, path.name) if path.suffix in (".yaml", ".yml") else json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"tool_use.tools_file: {path.name} is not JSON ({error})") from None
    if isinstance(data, dict) and "openapi" in data:
        return list(openapi.tools(data, path.name, params.http_methods))
    return [_tool(one, path.name) for one in _listed(data, path.name)]


def _listed(data: Any, where: str) -> Iterator[Any]:
    """The tools in a list, in {tools: […]}, or in the envelope in which an MCP server sends that."""
    while isinstance(data, dict):
        inner = data.get("result", data.get("tools"))
        if inner is None:
            raise BadInput(f"{where}: neither a list of tools, nor what an MCP server lists, nor an OpenAPI 3 document")
        data = inner
    if not isinstance(data, list):
        raise BadInput(f"{where}: the tools are not a list")
    yield from data


def _tool(given: Any, where: str) -> Tool:
    function = given.get("function", given) if isinstance(given, dict) else None
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        raise BadInput(f"tool_use: {where} holds a tool without a name")
    name = function["name"]
    if not _NAME.fullmatch(name):
        raise BadInput(f"tool_use: {name[:80]!r} cannot be called; a name has up to 64 letters, digits, _, - and dots")
    try:
        parameters = parameters_by_tool(json.dumps([function]))[name]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise BadInput(f"tool_use: the parameters of {name} cannot be read") from None
    returns = next((function[key] for key in _RETURNS if isinstance(function.get(key), dict)), None)
    nothing: dict[str, Any] = {"type": "object", "properties": {}}
    return Tool(name, str(function.get("description") or ""), parameters or nothing, returns)


def _check(name: str, what: str, schema: Any) -> None:
    try:
        if schema is not None:
            schema_problem({}, schema)
    except SchemaError as error:
        raise BadInput(f"tool_use: {what} of {name} is no JSON Schema that can be used: {error}") from None
