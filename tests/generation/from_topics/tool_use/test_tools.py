"""Tools as the formats have them, the form in which calls are asked for, and where values come from."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.errors import BadInput
from tasks.generation.from_topics.tool_use import ToolUse
from tasks.generation.from_topics.tool_use.openapi import MOST_NODES
from tasks.generation.from_topics.tool_use.provenance import invented_argument, ungrounded
from tasks.generation.from_topics.tool_use.sources import tools_of
from tasks.generation.from_topics.tool_use.tool import Tool, enforceable, without_nulls
from tests.generation.from_topics.tool_use.player import TOOLS, WEATHER

OPENAPI: dict[str, Any] = {
    "openapi": "3.0.3",
    "paths": {
        "/cities/{city}/weather": {
            "parameters": [{"$ref": "#/components/parameters/City"}],
            "get": {
                "operationId": "cityWeather",
                "summary": "Weather of a city.",
                "parameters": [{"name": "unit", "in": "query", "schema": {"type": "string", "enum": ["C", "F"]}}],
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Report"}}}}
                },
            },
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Report"}}},
                }
            },
            "delete": {"parameters": [{"name": "X-Key", "in": "header", "required": True, "schema": {}}]},
        }
    },
    "components": {
        "parameters": {"City": {"name": "city", "in": "path", "required": True, "schema": {"type": "string"}}},
        "schemas": {
            "Report": {
                "type": "object",
                "required": ["degrees"],
                "properties": {
                    "degrees": {"type": "integer", "nullable": True},
                    "next": {"$ref": "#/components/schemas/Report"},
                },
            }
        },
    },
}


def read(folder: Path, data: Any, **more: Any) -> list[Tool]:
    file = folder / "tools.json"
    file.write_text(json.dumps(data), "utf-8")
    return tools_of(ToolUse(tools_file=file, **more))


@pytest.mark.parametrize(
    "data",
    [
        [WEATHER],
        [{"type": "function", "function": WEATHER}],
        {"tools": [{**WEATHER, "inputSchema": WEATHER["parameters"], "parameters": None, "outputSchema": WEATHER["returns"]}]},
        {"jsonrpc": "2.0", "id": 1, "result": {"tools": [{**WEATHER, "inputSchema": WEATHER["parameters"]}]}},
        [{**WEATHER, "parameters": None, "input_schema": WEATHER["parameters"]}],
    ],
    ids=["plain", "openai", "mcp", "mcp reply", "anthropic"],
)  # fmt: skip
def test_one_tool_in_every_format_is_the_same_tool(tmp_path: Path, data: Any) -> None:
    [tool] = read(tmp_path, data)
    assert (tool.name, tool.description, tool.parameters) == (
        "get_weather",
        WEATHER["description"],
        WEATHER["parameters"],
    )
    assert tool.returns == WEATHER["returns"]
    assert tool.offered["function"].keys() == {"name", "description", "parameters"}


def test_operations_become_tools_with_their_references_resolved(tmp_path: Path) -> None:
    [weather] = read(tmp_path, OPENAPI)
    assert weather.name == "cityWeather"
    assert weather.required == ["city"]
    assert weather.parameters["properties"].keys() == {"city", "unit"}
    assert weather.returns is not None
    assert weather.returns["properties"] == {"degrees": {"type": ["integer", "null"]}, "next": {}}
    both = read(tmp_path, OPENAPI, http_methods=("get", "post", "delete"))
    assert [(tool.name, tool.required) for tool in both] == [
        ("cityWeather", ["city"]),
        ("post_cities_city_weather", ["city", "degrees"]),
    ], "an operation that needs a header is no tool"


def unpacking_to_too_much() -> dict[str, Any]:
    levels = {
        f"L{n}": {"properties": {str(i): {"$ref": f"#/components/L{n + 1}"} for i in range(10)}} for n in range(6)
    }
    operation = {"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/L0"}}}}}}
    return {"openapi": "3.1.0", "paths": {"/a": {"get": operation}}, "components": {**levels, "L6": {}}}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (unpacking_to_too_much(), f"more than {MOST_NODES:,} values"),
        ({"openapi": "3.1.0", "paths": {"/a": {"get": {"$ref": "#/nowhere"}}}}, "names nothing in this document"),
        ({"openapi": "3.1.0", "paths": {"/a": {"get": {"$ref": "http://example.org/a"}}}}, "names nothing in this document"),
        ({"openapi": "3.1.0", "paths": {"@example.org/": {"get": {}}}}, "does not begin with /"),
        ({"swagger": "2.0"}, "neither a list of tools"),
        (["a"], "a tool without a name"),
    ],
)  # fmt: skip
def test_documents_that_cannot_be_used_say_why(tmp_path: Path, data: Any, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        read(tmp_path, data)


def test_the_bytes_of_a_file_of_tools_are_in_the_key(tmp_path: Path) -> None:
    file = tmp_path / "tools.json"
    file.write_text(json.dumps(TOOLS[:1]))
    before = ToolUse(tools_file=file).identity()
    file.write_text(json.dumps(TOOLS[:2]))
    assert ToolUse(tools_file=file).identity() != before


SCALAR = st.sampled_from([{"type": "string"}, {"type": "integer"}, {"type": "boolean"}, {"enum": ["a", "b"]}])


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def whole(drawn: tuple[dict[str, Any], list[bool]]) -> dict[str, Any]:
        properties, needed = drawn
        required = [name for name, one in zip(properties, needed, strict=False) if one]
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}

    names = st.sampled_from(["p", "q", "r"])
    return st.tuples(st.dictionaries(names, inner, max_size=3), st.lists(st.booleans(), min_size=3, max_size=3)).map(
        whole
    )


SCHEMAS = st.recursive(
    SCALAR, lambda inner: st.one_of(objects(inner), inner.map(lambda one: {"type": "array", "items": one}))
)


def fill(schema: dict[str, Any], data: st.DataObject) -> Any:
    """A value that `schema`, in the form that vendors enforce, accepts."""
    if "anyOf" in schema:
        return fill(data.draw(st.sampled_from(schema["anyOf"])), data)
    if "enum" in schema:
        return data.draw(st.sampled_from(schema["enum"]))
    kind = schema["type"]
    if kind == "object":
        return {name: fill(inner, data) for name, inner in schema["properties"].items()}
    if kind == "array":
        return [fill(schema["items"], data) for _ in range(data.draw(st.integers(0, 2)))]
    return {"string": "text", "integer": 7, "boolean": True, "null": None}[kind]


@settings(max_examples=150)
@given(objects(SCHEMAS), st.data())
def test_what_is_asked_for_in_the_enforceable_form_fits_the_schema_itself(
    schema: dict[str, Any], data: st.DataObject
) -> None:
    form = enforceable(schema)
    assert form is not None
    jsonschema.validate(without_nulls(fill(form, data), schema), schema)


@pytest.mark.parametrize(
    "schema",
    [{}, {"type": "object"}, {"type": "array"}, {"$ref": "#/a"}, {"type": "object", "properties": {"a": True}}],
)
def test_what_cannot_be_enforced_is_none(schema: Any) -> None:
    assert enforceable(schema) is None


@pytest.mark.parametrize(
    ("arguments", "new"),
    [
        ({"city": "Berlin"}, False), ({"city": "Munich"}, True), ({"city": "old Berlin"}, False), ({"date": "2026-06-05"}, False),
        ({"date": "2027-01-01"}, True), ({"code": "DE"}, False), ({"unit": "kelvin"}, False), ({"amount": 1250.5}, False),
        ({"amount": 990}, True), ({"people": 3}, False), ({"all": True}, False), ({"limit": 500}, False),
        ({"list": ["Berlin", "Oslo"]}, True),
    ],
)  # fmt: skip
def test_arguments_come_from_what_was_said(arguments: dict[str, Any], new: bool) -> None:
    parameters = {"properties": {"unit": {"enum": ["kelvin"]}, "limit": {"type": "integer", "default": 500}}}
    known = "Is it warm in Berlin on 5 June 2026, and is 1,250.50 euros much?"
    assert bool(invented_argument(arguments, parameters, known)) == new


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ("The train leaves at 2:30 pm on 5 June 2026.", ""), ("It leaves at 14:30, and Anna pays 20 euros.", ""),
        ("The train costs 25 euros.", "number: 25"), ("Then ask Robert for it.", "name: Robert"),
    ],
)  # fmt: skip
def test_answers_come_from_results(answer: str, fault: str) -> None:
    found = ungrounded(answer, '{"departs": "14:30", "date": "2026-06-05", "price": 20, "who": "Anna"}')
    assert (found.detail if found else "") == fault
