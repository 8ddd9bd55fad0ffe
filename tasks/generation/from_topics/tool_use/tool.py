"""A tool that a conversation may call: its name, its parameters, and the form in which a model is asked for a call of it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tasks.core.params import canonical_json
from tasks.core.schema import stable_id
from tasks.teachers.prompts import closed

Schema = dict[str, Any]
MOST_ITEMS: Final = 20
"""The longest list in an argument or a simulated answer: small models may never end a list."""
_DEEPEST: Final = 12
_SCALARS: Final = ("string", "number", "integer", "boolean", "null")


@dataclass(frozen=True)
class ApiOperation:
    """Where an OpenAPI document puts a tool's arguments."""

    method: str
    path: str
    locations: Mapping[str, str]
    """path, query or body, by argument; `whole body` for one that is the body itself."""


@dataclass(frozen=True)
class Tool:
    """One tool. `parameters` is the JSON Schema of its arguments, an object."""

    name: str
    description: str
    parameters: Schema
    returns: Schema | None = None
    operation: ApiOperation | None = None

    @property
    def offered(self) -> dict[str, Any]:
        """The tool as a row's `tools` has it: OpenAI's form."""
        function = {"name": self.name, "description": self.description, "parameters": self.parameters}
        return {"type": "function", "function": function}

    @property
    def required(self) -> list[str]:
        """The names of the arguments that a call must have."""
        known = self.parameters.get("properties", {})
        return [name for name in self.parameters.get("required", ()) if isinstance(known.get(name), dict)]


@dataclass(frozen=True)
class ToolCall:
    """One call of a tool."""

    tool: Tool
    arguments: dict[str, Any]

    @property
    def key(self) -> str:
        """The same for equal calls, whatever the order of their arguments."""
        return stable_id(self.tool.name, canonical_json(self.arguments))


def tools_text(tools: Sequence[Tool]) -> str:
    """The column `tools` of a row."""
    return json.dumps([tool.offered for tool in tools], ensure_ascii=False)


def call_schema(tools: Sequence[Tool]) -> Schema:
    """The JSON Schema of a call of one of `tools`, in the form that vendors can enforce. Arguments of a tool whose parameters have
    no such form are a string that holds JSON."""
    forms = [
        closed(
            name={"type": "string", "enum": [tool.name]}, arguments=enforceable(tool.parameters) or {"type": "string"}
        )
        for tool in tools
    ]
    return forms[0] if len(forms) == 1 else {"anyOf": forms}


def enforceable(schema: Any, depth: int = 0) -> Schema | None:
    """`schema` with every object closed, every property required (optional ones may be null) and nothing else but types and
    choices, as OpenAI's strict mode wants it; None where it has no such form."""
    if not isinstance(schema, dict) or depth > _DEEPEST or "$ref" in schema or "allOf" in schema:
        return None
    if isinstance(values := schema.get("enum"), list) and values:
        return {"enum": values} | ({"type": schema["type"]} if schema.get("type") in _SCALARS else {})
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return _either([enforceable(one, depth + 1) for one in schema[word]])
    kind = schema.get("type")
    if isinstance(kind, list):
        return _either([enforceable({**schema, "type": one}, depth + 1) for one in kind])
    if kind in _SCALARS:
        return {"type": kind}
    if kind == "array" and (items := enforceable(schema.get("items"), depth + 1)):
        return {"type": "array", "items": items, "maxItems": min(int(schema.get("maxItems", MOST_ITEMS)), MOST_ITEMS)}
    if kind == "object" and isinstance(schema.get("properties"), dict):
        return _closed(schema, depth)
    return None


def _closed(schema: Schema, depth: int) -> Schema | None:
    forms = {name: enforceable(inner, depth + 1) for name, inner in schema["properties"].items()}
    whole = {name: form for name, form in forms.items() if form is not None}
    if len(whole) < len(forms):
        return None
    required = schema.get("required", ())
    return closed(
        **{name: form if name in required else {"anyOf": [form, {"type": "null"}]} for name, form in whole.items()}
    )


def _either(forms: Sequence[Schema | None]) -> Schema | None:
    whole = [form for form in forms if form is not None]
    return {"anyOf": whole} if whole and len(whole) == len(forms) else None


def without_nulls(value: Any, schema: Any) -> Any:
    """`value` without the optional properties that are null: they were left out."""
    if isinstance(value, list):
        items = schema.get("items") if isinstance(schema, dict) else None
        return [without_nulls(one, items) for one in value]
    if not isinstance(value, dict) or not isinstance(schema, dict):
        return value
    known, required = schema.get("properties", {}), schema.get("required", ())
    return {
        name: without_nulls(one, known.get(name)) for name, one in value.items() if one is not None or name in required
    }


def scalars(value: Any) -> Iterator[Any]:
    """The texts, numbers and truth values in JSON data."""
    rest = [value]
    while rest:
        one = rest.pop()
        if isinstance(one, dict):
            rest += reversed(one.values())
        elif isinstance(one, list):
            rest += reversed(one)
        elif one is not None:
            yield one


def properties_of(schema: Any, depth: int = 0) -> set[str]:
    """The names of what a schema's objects hold, at any level."""
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return set()
    own = schema.get("properties")
    inner = [*own.values(), schema.get("items")] if isinstance(own, dict) else [schema.get("items")]
    return set(own or ()) | {name for one in inner for name in properties_of(one, depth + 1)}
