"""What a format's reader makes of a record: examples, or the reason why there are none."""

import json
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from tasks.containers.bounds import TOO_DEEP, is_too_deep

Record: TypeAlias = dict[str, Any]
Turn: TypeAlias = dict[str, str | None]
"""A turn of a conversation with the fields of `schema.MESSAGE`."""

TOOL_CALL: Final = "tool_call"
"""In the column `expects`: the response is a tool call, as JSON text."""


@dataclass(slots=True)
class Example:
    """One row. What a record does not say stays None and is filled in from what is known of the dataset."""

    instruction: str
    response: str
    system: str | None = None
    history: list[Turn] | None = None
    rejected: str | None = None
    score: float | None = None
    tools: str | None = None
    category: str | None = None
    topic: str | None = None
    difficulty: str | None = None
    language: str | None = None
    expects: str | None = None
    constraints: list[str] | None = None
    origin: str | None = None
    teacher: str | None = None
    licence: str | None = None
    example_id: str | None = None
    """Of a row that has one already: it was given at birth and never changes."""
    operator: str | None = None
    prompt_source: str | None = None
    generation: int | None = None


class UnusableError(Exception):
    """A record that holds no example: a code from `tasks.core.reasons.REASONS`, and what it applies to."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def text(record: Record, *names: str) -> str:
    """The first of these values that is there, as text; empty if none is."""
    for name in names:
        value = record.get(name)
        if value is not None and value != "":
            if isinstance(value, dict | list | bool):
                return json.dumps(value, ensure_ascii=False)
            return str(value)
    return ""


def optional(record: Record, *names: str) -> str | None:
    """Like `text`, None where there is nothing."""
    return text(record, *names) or None


def with_input(instruction: str, given: str) -> str:
    """An instruction and the material it is about, as one text."""
    return f"{instruction}\n\n{given}" if given.strip() else instruction


def json_text(value: Any, what: str) -> str | None:
    """JSON data, or JSON text, as JSON text in one form; None for nothing. Raises UnusableError for text that is no JSON."""
    if value is None or value == "" or value == []:
        return None
    if isinstance(value, str):
        if not value.strip():
            return None
        value = parsed(value, what)
        if value == []:
            return None
    return json.dumps(value, ensure_ascii=False)


def parsed(text: str, what: str) -> Any:
    """The value of JSON text. Raises UnusableError for text that is no JSON, or nested too deeply."""
    if is_too_deep(text):
        raise UnusableError("malformed_record", f"{what} is {TOO_DEEP}")
    try:
        return json.loads(text)
    except ValueError:
        raise UnusableError("malformed_record", f"{what} is not JSON") from None
