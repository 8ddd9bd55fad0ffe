"""The JSON that a model was asked for, found in what it wrote: alone, in a fence, in prose, or with a comma too many.

What a schema accepts is taken wherever it stands, because asking again costs as much as the first answer and is often no better.
All of it takes time linear in the text.
"""

import functools
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tasks.core.params import canonical_json
from tasks.teachers.provider import SEEN_CHARACTERS

SEARCHED: Final = 1_000_000
"""Characters of an answer up to which JSON is looked for inside it; longer ones must be JSON as a whole."""

MOST_STARTS: Final = 1000
"""Brackets at which JSON may be tried to begin: each that fails costs a look at the text before it."""

_OBJECT: Final = re.compile(r"\{(?=\s*[\"}])")
_ARRAY: Final = re.compile(r"\[(?=\s*[\[{\"\]\d\-tfn])")
_EITHER: Final = re.compile(f"{_OBJECT.pattern}|{_ARRAY.pattern}")
_FENCE: Final = re.compile(r"```[\w-]*\s")
_TRAILING_COMMA: Final = re.compile(r'("[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z))|,(?=\s*[}\]])', re.DOTALL)

_KNOWN: Final = {
    "object": {"properties", "required", "additionalProperties"},
    "array": {"items", "minItems", "maxItems"},
    "string": {"enum"},
    "boolean": set[str](),
    "integer": {"minimum", "maximum"},
    "number": {"minimum", "maximum"},
}
"""The keywords beside `type` that the quick test knows, by type."""


class _Decoder(json.JSONDecoder):
    """Takes line breaks in strings, which models write, and notes what stands for a number and is none: NaN, 1e999."""

    def __init__(self) -> None:
        self.no_numbers: list[str] = []
        super().__init__(strict=False, parse_constant=self.no_numbers.append, parse_float=self._finite)

    def _finite(self, digits: str) -> float:
        if math.isinf(value := float(digits)):
            self.no_numbers.append(digits)
        return value


def parse(text: str, schema: Mapping[str, Any], whole: bool = True) -> tuple[Any, str]:
    """The JSON value in `text` that `schema` accepts, and an error in one line, which is empty if there is exactly one.

    whole: the answer is known to be complete. Otherwise a value counts only where nothing that looks like JSON stands broken
    before it: it could be a part of what was cut off.
    """
    try:
        value, wrong = _parse(text, schema, whole)
        if "\\u" in text:  # escapes may stand for half a character, which no table can hold
            value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except RecursionError:
        return None, "not JSON: nested too deeply"
    return value, wrong


def first_line(text: str) -> str:
    """The beginning of a text, in one line."""
    return " ".join(text[: 4 * SEEN_CHARACTERS].split())[:SEEN_CHARACTERS]


def _parse(text: str, schema: Mapping[str, Any], whole: bool) -> tuple[Any, str]:
    value, wrong = _as_a_whole(text)
    if not wrong:
        if isinstance(value, str) and schema.get("type") in ("object", "array"):  # JSON in a JSON string
            return _parse(value, schema, whole)
        wrong = _refusal(value, schema)
    if not wrong or len(text) > SEARCHED:
        return value, wrong
    kind = schema.get("type")
    start = _OBJECT if kind == "object" else _ARRAY if kind == "array" else _EITHER
    for form in (text, _TRAILING_COMMA.sub(lambda found: found[1] or "", text[_first(start, text) :])):
        accepted: list[Any] = []
        for found in _values(form, start, whole):
            refused = _refusal(found, schema)
            if refused:
                wrong = refused if wrong.startswith("not JSON") else wrong
            elif accepted and found != accepted[0]:
                return None, "several different JSON values satisfy the schema"
            else:
                accepted.append(found)
        if accepted:
            return accepted[0], ""
    return value, wrong


def _as_a_whole(text: str) -> tuple[Any, str]:
    """The value that the text is, perhaps in a fence, and an error."""
    text = text.strip("\ufeff \t\r\n")
    if (fence := _FENCE.match(text)) and text.endswith("```"):
        text = text[fence.end() : -3]
    decoder = _Decoder()
    try:
        value = decoder.decode(text)
    except ValueError as error:
        return None, f"not JSON: {first_line(str(error))}"
    return (None, f"not JSON: {decoder.no_numbers[0]} is no number") if decoder.no_numbers else (value, "")


def _values(text: str, start: re.Pattern[str], whole: bool) -> Iterator[Any]:
    """The outermost values that begin at brackets of the text, and what they hold where that is a single value."""
    decoder, end = _Decoder(), 0
    for _ in range(MOST_STARTS):
        if (found := start.search(text, end)) is None:
            return
        decoder.no_numbers.clear()
        try:
            value, end = decoder.raw_decode(text, found.start())
        except ValueError as error:
            if not whole:
                return
            end = max(found.end(), getattr(error, "pos", 0))
            continue
        if decoder.no_numbers:
            continue
        yield value
        if isinstance(value, dict | list) and len(value) == 1:
            yield from value.values() if isinstance(value, dict) else value


def _first(start: re.Pattern[str], text: str) -> int:
    found = start.search(text)
    return found.start() if found else len(text)


def _refusal(value: Any, schema: Mapping[str, Any]) -> str:
    """Why the schema refuses a value, in one line; empty if it accepts it."""
    accepts, validator = _checks(json.dumps(schema))
    if accepts(value):
        return ""
    wrong = next(iter(validator.iter_errors(value)), None)
    return f"{wrong.json_path}: {first_line(wrong.message)}" if wrong is not None else ""


@functools.lru_cache(maxsize=64)
def _checks(schema: str) -> tuple[Callable[[Any], bool], Any]:
    """A quick test of values, and the validator that decides about those that do not pass it."""
    from jsonschema import Draft202012Validator

    ordered = json.loads(canonical_json(json.loads(schema)))  # so that the first of several errors is always the same
    return _quick_test(ordered), Draft202012Validator(ordered)


def _quick_test(schema: Any) -> Callable[[Any], bool]:
    """A test that passes only what the schema accepts, and nothing where the schema says what is not known here: the validator
    took a tenth of the time of asking."""
    kind = schema.get("type") if isinstance(schema, dict) else None
    if not isinstance(kind, str) or kind not in _KNOWN or schema.keys() - _KNOWN[kind] - {"type"}:
        return lambda _value: False
    least, most = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    match kind:
        case "object":
            properties = {name: _quick_test(one) for name, one in schema.get("properties", {}).items()}
            required = frozenset(schema.get("required", ()))
            return lambda value: (
                isinstance(value, dict)
                and required <= value.keys()
                and all(name in properties and properties[name](one) for name, one in value.items())
            )
        case "array":
            item, fewest = _quick_test(schema.get("items")), schema.get("minItems", 0)
            longest = schema.get("maxItems", math.inf)
            return lambda value: isinstance(value, list) and fewest <= len(value) <= longest and all(map(item, value))
        case "string":
            words = schema.get("enum")
            return lambda value: isinstance(value, str) and (words is None or value in words)
        case "boolean":
            return lambda value: isinstance(value, bool)
        case _:
            numbers = (int,) if kind == "integer" else (int, float)
            return lambda value: type(value) in numbers and least <= value <= most
