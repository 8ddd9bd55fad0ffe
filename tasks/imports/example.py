"""What a format's reader makes of a record: examples, or the reason why there are none."""

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from tasks.imports.marks import Scale
from tasks.imports.params import Dataset

Record: TypeAlias = dict[str, Any]
Turn: TypeAlias = dict[str, Any]
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
    reasoning: str | None = None
    rejected: str | None = None
    score: float | None = None
    tools: str | None = None
    category: str | None = None
    topic: str | None = None
    difficulty: str | None = None
    language: str | None = None
    expects: str | None = None
    reference: str | None = None
    """The right answer, as the dataset gives it beside the response or marks it in it."""
    constraints: list[str] | None = None
    origin: str | None = None
    teacher: str | None = None
    licence: str | None = None
    example_id: str | None = None
    """The id of a row that was exported from here; a row from elsewhere gets one."""
    operator: str | None = None
    prompt_source: str | None = None
    generation: int | None = None
    tests: str | None = None
    """Program text that fails where the response's program is wrong."""


@dataclass(frozen=True, slots=True)
class Conventions:
    """What holds for all records of a file: the recipe's settings, and what the file's first rows show."""

    dataset: Dataset
    scale: Scale | None = None
    """Of labels and ratings; None where the file has none."""
    first_choice: int = 0
    """The number that an answer gives to the first of its choices: 0 or 1."""
    texts_first: bool = False
    """Whether every answer of the first rows is the text of one of its choices."""


class UnusableError(Exception):
    """A record that holds no example: a code from `tasks.core.reasons.REASONS`, and what it applies to."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
