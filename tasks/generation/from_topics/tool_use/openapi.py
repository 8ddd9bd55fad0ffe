"""Operations of an OpenAPI 3 document as tools: parameters and request body become one object of arguments."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from tasks.core.errors import BadInput
from tasks.generation.from_topics.tool_use.tool import ApiOperation, Schema, Tool

DEEPEST: Final = 25
"""Levels of a schema, references resolved; what lies deeper may be anything."""
MOST_NODES: Final = 20_000
"""Values of one operation, references resolved: references in each other could unpack to any size."""
_KEPT: Final = frozenset(
    {
        "type", "properties", "required", "items", "enum", "const", "default", "description", "format", "minimum", "maximum",
        "minLength", "maxLength", "minItems", "maxItems", "anyOf", "oneOf", "allOf", "additionalProperties", "title", "pattern",
    }
)  # fmt: skip
"""Words of OpenAPI's schemas that JSON Schema has too."""


def tools(document: dict[str, Any], where: str, methods: Sequence[str]) -> Iterator[Tool]:
    """A tool for each operation of one of `methods`, named by its operationId, or by method and path. Operations that need a
    header, a cookie or a body that is not JSON are left out. Raises BadInput where a document unpacks to too much."""
    paths = document.get("paths")
    for path, item in paths.items() if isinstance(paths, dict) else ():
        if not str(path).startswith("/"):
            raise BadInput(f"{where}: the path {str(path)[:80]!r} does not begin with /")
        item = _Resolver(document, where).whole(item)
        for method in methods:
            if isinstance(item, dict) and isinstance(operation := item.get(method), dict):
                shared = item.get("parameters")
                listed = [*(shared if isinstance(shared, list) else ()), *(operation.get("parameters") or ())]
                if (found := _tool(method, str(path), operation, listed)) is not None:
                    yield found


def _tool(method: str, path: str, operation: dict[str, Any], listed: list[Any]) -> Tool | None:
    properties: dict[str, Any] = {}
    required: list[str] = []
    locations: dict[str, str] = {}
    for one in listed:
        if not isinstance(one, dict) or not isinstance(name := one.get("name"), str):
            continue
        location = one.get("in")
        if location not in ("path", "query"):
            if one.get("required"):
                return None
            continue
        locations[name] = location
        properties[name] = _described(_schema(one.get("schema")), one.get("description"))
        if one.get("required") or location == "path":
            required.append(name)
    if not _add_body(operation.get("requestBody"), properties, required, locations):
        return None
    name = re.sub(r"[^A-Za-z0-9_.-]+", "_", str(operation.get("operationId") or f"{method}{path}")).strip("_")[:64]
    said = " ".join(str(operation[key]).strip() for key in ("summary", "description") if operation.get(key))
    parameters = {"type": "object", "properties": properties, "required": sorted(set(required), key=required.index)}
    return Tool(name, said, parameters, _answer(operation), ApiOperation(method, path, locations))


def _add_body(body: Any, properties: Schema, required: list[str], locations: dict[str, str]) -> bool:
    """Whether the operation can be called with what is known of its body; its properties join the arguments."""
    if not isinstance(body, dict):
        return True
    schema = _schema(_json_content(body.get("content")))
    if not schema:
        return not body.get("required")
    inner = schema.get("properties")
    if schema.get("type", "object") == "object" and isinstance(inner, dict) and not inner.keys() & properties.keys():
        properties |= inner
        locations |= dict.fromkeys(inner, "body")
        required += [name for name in schema.get("required", ()) if name in inner]
        return True
    if "body" in properties:
        return False
    properties["body"], locations["body"] = schema, "whole body"
    required += ["body"] if body.get("required") else []
    return True


def _answer(operation: dict[str, Any]) -> Schema | None:
    """The schema of the answer to a call that succeeds."""
    answers = operation.get("responses")
    for status in ("200", 200, "201", 201, "default"):
        if isinstance(answers, dict) and isinstance(one := answers.get(status), dict):
            return _schema(_json_content(one.get("content"))) or None
    return None


def _json_content(content: Any) -> Any:
    for kind, one in content.items() if isinstance(content, dict) else ():
        if "json" in str(kind) and isinstance(one, dict):
            return one.get("schema")
    return None


def _schema(given: Any, depth: int = 0) -> Schema:
    """A schema in JSON Schema's words; `nullable` becomes a type."""
    if not isinstance(given, dict) or depth > DEEPEST:
        return {}
    found: Schema = {key: value for key, value in given.items() if key in _KEPT}
    if isinstance(inner := found.get("properties"), dict):
        found["properties"] = {str(name): _schema(one, depth + 1) for name, one in inner.items()}
    for key in ("items", "additionalProperties"):
        if isinstance(found.get(key), dict):
            found[key] = _schema(found[key], depth + 1)
    for key in ("anyOf", "oneOf", "allOf"):
        if isinstance(found.get(key), list):
            found[key] = [_schema(one, depth + 1) for one in found[key]]
    if given.get("nullable") is True and isinstance(found.get("type"), str):
        found["type"] = [found["type"], "null"]
    return found


def _described(schema: Schema, description: Any) -> Schema:
    return schema if "description" in schema or not description else {**schema, "description": str(description)}


class _Resolver:
    """Puts what references name in their location, within bounds."""

    def __init__(self, document: dict[str, Any], where: str) -> None:
        self._document, self._where, self._nodes = document, where, 0

    def whole(self, value: Any, depth: int = 0, within: tuple[str, ...] = ()) -> Any:
        """`value` with its references resolved; one to what it stands in becomes an empty object: anything."""
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise BadInput(
                f"{self._where}: an operation unpacks to more than {MOST_NODES:,} values; name a smaller document"
            )
        if depth > 2 * DEEPEST:
            return {}
        if isinstance(value, dict):
            if isinstance(reference := value.get("$ref"), str):
                known = reference in within
                return {} if known else self.whole(self._named(reference), depth + 1, (*within, reference))
            return {key: self.whole(one, depth + 1, within) for key, one in value.items()}
        return [self.whole(one, depth + 1, within) for one in value] if isinstance(value, list) else value

    def _named(self, reference: str) -> Any:
        """What a reference into this document names (RFC 6901)."""
        found: Any = self._document
        for step in reference.removeprefix("#/").split("/") if reference.startswith("#/") else ("",):
            key = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, dict) or key not in found:
                raise BadInput(f"{self._where}: {reference[:100]!r} names nothing in this document")
            found = found[key]
        return found
