"""Tool calls against the tools of their row: is each tool known, are its arguments right, is each call answered once?

Calls stand in `history` and, where the row expects a call, in the response. Tools are JSON text in `tools`, as OpenAI, Anthropic,
BFCL or Glaive write them: parameters are a JSON Schema, also with Python's names of types.
"""

import json
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

import pyarrow as pa
from pydantic import Field

from tasks.verification.execution.json_schema_bounds import SchemaError
from tasks.verification.execution.json_schemas import schema_problem
from tasks.verification.verifier import Verdict, Verdicts, Verifier, VerifierContext, VerifierParams

REASONS: Final = {
    "unknown_tool": "a call names a tool that the row does not have; detail: its name",
    "wrong_arguments": "a call's arguments do not fit the tool's parameters; detail: the tool, where, and what is wrong",
    "unbound_result": "a tool's result answers no call, or a call is answered twice; detail: which",
}
_TYPES: Final = {
    **dict.fromkeys(("dict", "hashtable", "hashmap"), "object"),
    **dict.fromkeys(("tuple", "list", "arraylist"), "array"),
    **dict.fromkeys(("int", "long", "byte", "short", "bigint"), "integer"),
    **dict.fromkeys(("float", "double"), "number"),
    **dict.fromkeys(("str", "char"), "string"),
    **{"bool": "boolean", "none": "null", "any": ""},
}
_IN_SCHEMA: Final = ("properties", "$defs", "definitions", "patternProperties")


class ToolCalls(VerifierParams):
    """Calls of tools against the tools' parameters, and results against the calls they answer."""

    verifier: Literal["tool_calls"] = "tool_calls"
    unknown_arguments: bool = True
    """Whether an argument that the tool does not name is wrong, where its schema does not say that more are allowed."""
    most_calls: Annotated[int, Field(ge=1)] = 500
    """Calls of one row that are looked at; a row with more is `unsure`."""


def compute(rows: pa.Table, params: ToolCalls, _context: VerifierContext) -> Verdicts:
    """Judges rows that call a tool or hold a tool's result. A row that calls one without any tools in `tools` is `unsure`."""
    verdicts: dict[int, Verdict] = {}
    columns = (rows[name].to_pylist() for name in ("history", "response", "expects", "tools"))
    calls_seen = 0
    for row, (history, response, expects, tools) in enumerate(zip(*columns, strict=True)):
        calls, problem = _in_order(history or [], response if expects == "tool_call" else None)
        calls_seen += len(calls)
        if calls or problem:
            verdicts[row] = _judge(calls, problem, tools, params)
    return Verdicts(verdicts, facts={"calls": calls_seen})


def _judge(calls: list[Any], problem: Verdict | None, tools: str | None, params: ToolCalls) -> Verdict:
    if len(calls) > params.most_calls:
        return Verdict("unsure", f"{len(calls)} calls, more than are looked at")
    try:
        known = parameters_by_tool(tools)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Verdict("unsure", "the tools of the row cannot be read")
    if not known:
        return problem or Verdict("unsure", f"{len(calls)} calls, and the row names no tools")
    unsure = ""
    for call in calls:
        found = call_verdict(call, known, params)
        if found and found.word == "fail":
            return found
        unsure = unsure or (found.why if found else "")
    if problem or unsure:
        return problem or Verdict("unsure", unsure)
    names = sorted({str(call["name"]) for call in calls})
    return Verdict("pass", f"{len(calls)} calls of {', '.join(names)[:80]} fit their tools")


def call_verdict(call: Any, known: dict[str, Any], params: ToolCalls) -> Verdict | None:
    """What is wrong with a call of one of the tools `known` (`parameters_by_tool`); None where nothing is."""
    if not isinstance(call, dict) or not isinstance(call.get("name"), str):
        return Verdict("fail", f"no call: {json.dumps(call)[:80]}", "wrong_arguments")
    name, arguments = call["name"], call.get("arguments")
    if name not in known:
        return Verdict("fail", name[:80], "unknown_tool")
    if not isinstance(arguments, dict):
        return Verdict("fail", f"{name}: the arguments are no JSON object", "wrong_arguments")
    schema = known[name]
    if schema is None:
        return None if not arguments else Verdict("unsure", f"{name} has no parameters in the row's tools")
    try:
        problem = schema_problem(arguments, _strict(schema) if params.unknown_arguments else schema)
    except SchemaError as error:
        return Verdict("unsure", f"the parameters of {name} are no JSON Schema: {error}")
    return Verdict("fail", f"{name}: {problem}", "wrong_arguments") if problem else None


def _strict(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema, closed to arguments that it does not name, unless it says how others are."""
    says = {"additionalProperties", "patternProperties", "$ref", "allOf", "anyOf", "oneOf"} & schema.keys()
    return schema if says or "properties" not in schema else schema | {"additionalProperties": False}


def parameters_by_tool(text: str | None) -> dict[str, Any]:
    """The parameters of each tool by its name; None where a tool says nothing of them."""
    data = json.loads(text) if text else []
    found: dict[str, Any] = {}
    for tool in data if isinstance(data, list) else [data]:
        function = tool.get("function") if isinstance(tool.get("function"), dict) else tool
        schema = next(
            (function[key] for key in ("parameters", "input_schema", "inputSchema", "arguments") if function.get(key)),
            None,
        )
        if isinstance(schema, str):
            schema = json.loads(schema)
        found[str(function["name"])] = _object(schema) if isinstance(schema, dict) else None
    return found


def _object(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of an arguments object; a bare table of properties becomes one."""
    plain: dict[str, Any] = _translated(schema)
    if (
        "properties" not in plain
        and "type" not in plain
        and "$ref" not in plain
        and all(isinstance(one, dict) for one in plain.values())
    ):
        return {"type": "object", "properties": plain}
    return {"type": "object", **plain}


def _translated(schema: Any) -> Any:
    """`schema` with JSON Schema's names of types. Values that schemas hold (enum, default, const) stay."""
    if isinstance(schema, list):
        return [_translated(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found: dict[str, Any] = {}
    for key, value in schema.items():
        if key in ("enum", "const", "default", "examples", "example", "description", "title"):
            found[key] = value
        elif key in _IN_SCHEMA and isinstance(value, dict):
            found[key] = {name: _translated(one) for name, one in value.items()}
        elif key == "type" and isinstance(value, str):
            kind = _TYPES.get(value.lower(), value.lower())
            found |= {"type": kind} if kind else {}
        elif key in ("required", "optional") and not isinstance(value, list):
            continue  # `required: true` beside a property, as drafts before the fourth had it
        else:
            found[key] = _translated(value)
    return found


def _in_order(history: list[Any], response: str | None) -> tuple[list[Any], Verdict | None]:
    """All calls, and the first result that is bound to none of them, or bound to one that has its result already."""
    calls: list[Any] = []
    waiting: list[tuple[str | None, str]] = []
    answered: set[str] = set()
    problem: Verdict | None = None
    for turn in history:
        for call in _calls(turn["tool_calls"]):
            calls.append(call)
            if isinstance(call, dict):
                waiting.append((call.get("id"), str(call.get("name"))))
        if turn["role"] == "tool" and problem is None:
            problem = _bound(turn, waiting, answered)
    calls += _calls(response)
    return calls, problem


def _bound(turn: Any, waiting: list[tuple[str | None, str]], answered: set[str]) -> Verdict | None:
    wanted, name = turn["tool_call_id"], turn["name"]
    if wanted in answered:
        return Verdict("fail", f"the call {str(wanted)[:60]} is answered twice", "unbound_result")
    known = any(given is not None for given, _ in waiting)
    for index, (given, called) in enumerate(waiting):
        if (wanted is not None and given == wanted) or (
            (wanted is None or not known) and (name is None or name == called)
        ):
            del waiting[index]
            answered |= {wanted} if wanted is not None else set()
            return None
    return Verdict("fail", f"a result of {str(name or wanted)[:60]} answers no call", "unbound_result")


def _calls(text: str | None) -> Iterator[Any]:
    if not text:
        return
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        yield {"name": None, "text": text[:60]}
        return
    yield from data if isinstance(data, list) else [data]


VERIFIER: Final = Verifier(params=ToolCalls, reasons=REASONS, compute=compute, libraries=("jsonschema",))
