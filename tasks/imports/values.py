"""From the values of a record to texts. Text is a string, a number or a truth value; bytes are decoded; a missing cell of a
data frame is nothing. Lists and objects are never written as JSON text: a caller says what they can mean, or the row is refused.
"""

import ast
import json
import math
from datetime import date, time
from decimal import Decimal
from typing import Any, Final

from tasks.containers.bounds import TOO_DEEP, holds_half, is_too_deep, json_value
from tasks.imports.example import Record, UnusableError

MISSING: Final = frozenset({"nan", "NaN", "NAN", "<NA>", "NaT"})
"""How pandas and NumPy write a missing cell where it was turned into text."""
LONGEST_MISSING: Final = 4
LONGEST_PYTHON: Final = 500_000
"""Characters of a cell that is read as Python writes it: its reader takes 500 bytes for each of them, and 5 s for a million."""
ABSENT: Final = MISSING | {"None", "null", "<noinput>", "<no input>"}
"""Also nothing where a text may be left out; as an answer, "None" can be right."""
PARTS: Final = (
    "title", "heading", "name", "text", "value", "passage_text", "passage", "paragraph_text", "paragraph", "content",
    "contents", "context", "body", "snippet", "sentences", "paragraphs", "document", "abstract",
)  # fmt: skip
"""Under which names the objects of a list of passages keep their words, in the order in which these are put together."""
ANSWERS: Final = ("text", "value", "answer", "answers", "content", "normalized_value", "span")
"""Under which names an object of accepted answers keeps them."""


def text(record: Record, *names: str) -> str:
    """The first of these values that is there, as text; empty if none is. Raises UnusableError for a list or an object."""
    for name in names:
        value = record.get(name)
        if type(value) is str:
            if len(value) > LONGEST_MISSING or (value and value not in MISSING):
                return value
        elif value is not None and (said := scalar(value, name)):
            return said
    return ""


def optional(record: Record, *names: str) -> str | None:
    """Like `text` for what a row may lack; lists are joined. None where there is nothing, or the word for it."""
    for name in names:
        said = material(record.get(name), name)
        if said:
            return said
    return None


def scalar(value: Any, name: str) -> str:
    """A value as text. Raises UnusableError, naming the column, for a list, an object, and bytes that are not UTF-8."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "" if value in MISSING else value
    if isinstance(value, float | Decimal):
        return "" if math.isnan(value) else str(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise UnusableError("malformed_record", f"{name} holds bytes that are not UTF-8") from None
    if isinstance(value, date | time):
        return value.isoformat()
    what = (
        "a list"
        if isinstance(value, list | tuple)
        else "an object"
        if isinstance(value, dict)
        else type(value).__name__
    )
    raise UnusableError("malformed_record", f"{name} holds {what} where a text was expected")


def empty(value: Any) -> bool:
    """Whether a value says nothing: null, NaN, an empty text, list or object, or one that holds only such."""
    if type(value) is str:
        return not value or (len(value) <= LONGEST_MISSING and value in MISSING) or value.isspace()
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return True
    if isinstance(value, list | tuple):
        return all(map(empty, value))
    return isinstance(value, dict) and all(map(empty, value.values()))


def material(value: Any, name: str) -> str:
    """What a question is about, as one text: a text, a list of texts or passages, or an object of titles and texts."""
    if value is None or (type(value) is str and (not value or value in ABSENT)):
        return ""
    if type(value) is str:
        return value
    if isinstance(value, list | tuple):
        return "\n\n".join(filter(None, (material(one, name) for one in value)))
    if isinstance(value, dict):
        named = [value[part] for part in PARTS if not empty(value.get(part))]
        if not named and not empty(value):
            raise UnusableError(
                "malformed_record", f"{name} holds an object without {', '.join(PARTS[:4])} or the like"
            )
        if len(named) == 1:
            return material(named[0], name)
        if named and all(isinstance(one, list) and len(one) == len(named[0]) for one in named):
            return "\n\n".join(
                _together(parts, name) for parts in zip(*named, strict=True)
            )  # {title: […], sentences: […]}
        return _together(named, name)
    return scalar(value, name)


def _together(parts: Any, name: str) -> str:
    said = [" ".join(map(str.strip, p)) if _texts(p) else material(p, name) for p in parts]
    return "\n".join(filter(None, said))


def accepted(value: Any, name: str) -> list[str]:
    """The answers that are accepted, the first one first. Raises UnusableError for what is neither texts nor an object of such."""
    if isinstance(value, list | tuple):
        return [said for one in value for said in accepted(one, name)]
    if isinstance(value, dict):
        if empty(value):
            return []
        for part in ANSWERS:
            if not empty(value.get(part)):
                return accepted(value[part], f"{name}.{part}")
        raise UnusableError("malformed_record", f"{name} holds an object without {', '.join(ANSWERS[:3])} or the like")
    said = "" if value is None else scalar(value, name)
    return [said] if said else []


def with_input(instruction: str, *given: str) -> str:
    """An instruction and the material it is about, as one text."""
    parts = [part for part in given if part.strip()]
    return "\n\n".join([instruction, *parts]) if parts else instruction


def unpacked(value: Any) -> Any:
    """A list or an object that a table's cell holds as JSON or as Python writes it; anything else as it is."""
    if not isinstance(value, str) or value[:1] not in ("[", "{") or is_too_deep(value):
        return value
    is_python = len(value) <= LONGEST_PYTHON and not holds_half(value)
    for read in (json_value, *([ast.literal_eval] if is_python else [])):
        try:
            found = read(value)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        return found if isinstance(found, list | dict) else value
    return value


def json_text(value: Any, what: str) -> str | None:
    """JSON data, or JSON text, as JSON text; None for nothing. Raises UnusableError for text that is no JSON."""
    if isinstance(value, bytes):
        value = scalar(value, what)
    if isinstance(value, str) and value not in ABSENT and value.strip():
        value = parsed(value, what)
    if empty(value):
        return None
    return json.dumps(value, ensure_ascii=False)


def parsed(text: str, what: str) -> Any:
    """The value of JSON text. Raises UnusableError for text that is no JSON, or nested too deeply."""
    if is_too_deep(text):
        raise UnusableError("malformed_record", f"{what} is {TOO_DEEP}")
    try:
        return json_value(text)
    except ValueError:
        raise UnusableError("malformed_record", f"{what} is not JSON") from None


def _texts(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(one, str) for one in value)
