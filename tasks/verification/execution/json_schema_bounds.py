"""A validator of JSON Schema that stops: a few lines of schema, of whoever wrote a row, can ask for hours and gigabytes."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

MOST_NODES: Final = 3000
"""Values in a schema: looking over one of so many takes a second."""
MOST_STEPS: Final = 50_000
"""Keywords that are looked at, each as often as it applies; costly ones count as many. Some two seconds."""
_TRIES: Final = 100
"""Ways tried on a text, values compared, or characters of a message that count as one step."""
_SIMPLE_PATTERN: Final = re.compile(
    r"\^?(?:[\w\-@:/ ]|\\[dws.]|\[[^\[\]]{1,40}\]|\{\d{1,3}(?:,\d{0,3})?\}|[+*?.](?![+*?{]))*\$?"
)
"""Without groups."""
_LOOP: Final = re.compile(r"[+*]|\{\d+,\d*\}")
_REFERENCES: Final = ("$ref", "$dynamicRef", "$recursiveRef")


class SchemaError(ValueError):
    """A schema that is none, or that cannot be used safely."""


def refuse_unsafe(schema: Any) -> None:
    """Raises SchemaError for a schema that is too large, leads outside, changes its dialect or holds a pattern with groups."""
    rest, seen = [schema], 0
    while rest:
        one = rest.pop()
        seen += 1
        if seen > MOST_NODES:
            raise SchemaError(f"more than {MOST_NODES:,} values")
        if isinstance(one, dict):
            _refuse(one, is_root=seen == 1)
            rest += one.values()
        elif isinstance(one, list):
            rest += one


def _refuse(schema: dict[str, Any], is_root: bool) -> None:
    patterns = [schema["pattern"]] if isinstance(schema.get("pattern"), str) else []
    if isinstance(schema.get("patternProperties"), dict):
        patterns += schema["patternProperties"]
    if any(len(pattern) > 300 or not _SIMPLE_PATTERN.fullmatch(pattern) for pattern in patterns):
        raise SchemaError("a pattern that could run for ever")
    if any(isinstance(to := schema.get(name), str) and not to.startswith("#") for name in _REFERENCES):
        raise SchemaError("a reference to another document")
    if isinstance(schema.get("$schema"), str) and not is_root:
        raise SchemaError("another dialect inside")


def bounded(validator: Any) -> Any:
    """The validator's class, raising SchemaError after MOST_STEPS."""
    from jsonschema import validators

    left = MOST_STEPS

    def spend(steps: float) -> None:
        nonlocal left
        if steps >= left:
            raise SchemaError("it takes too long")
        left -= int(steps)

    def counted(name: str, check: Callable[..., Any]) -> Callable[..., Any]:
        def step(one: Any, keyword: Any, value: Any, schema: Any) -> Iterator[Any]:
            spend(1 + _cost(name, keyword, value, schema) / _TRIES)
            for error in check(one, keyword, value, schema) or ():
                spend(1 + len(error.message) / _TRIES)
                yield error

        return step

    return validators.extend(validator, {name: counted(name, check) for name, check in validator.VALIDATORS.items()})


def _cost(name: str, keyword: Any, value: Any, schema: dict[str, Any]) -> float:
    """What a keyword may try or compare at most."""
    if name == "pattern" and isinstance(value, str):
        return _tries(keyword, len(value))
    if name in ("patternProperties", "additionalProperties", "unevaluatedProperties") and isinstance(value, dict):
        patterns = schema.get("patternProperties", {})
        return sum(_tries(pattern, len(key)) for pattern in patterns for key in value)
    if name == "uniqueItems" and isinstance(value, list):
        return float(len(value)) * _nodes(value)
    if name in ("enum", "const"):
        return _nodes(keyword)
    return len(keyword) if isinstance(keyword, list | dict) else 0


def _tries(pattern: str, length: int) -> float:
    """In how many ways a pattern without groups may be tried: each of its loops may end, and it may begin, at any character."""
    loops = len(_LOOP.findall(pattern)) + (not pattern.startswith("^"))
    return float(max(length, 2)) ** loops * 2.0 ** pattern.count("?")


def _nodes(value: Any) -> int:
    rest, seen = [value], 0
    while rest:
        one = rest.pop()
        seen += 1
        rest += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
    return seen
