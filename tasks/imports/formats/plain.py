"""Tables of their own kind: columns as the recipe's `columns` names them, or under one of the names that are usual."""

from collections.abc import Iterable
from typing import Any, Final

from tasks.imports.example import Example, Record, UnusableError, json_text, optional, text, with_input
from tasks.imports.params import Dataset

TITLE: Final = "a table of instructions and responses"
ORIGIN: Final = "synthetic"

USUAL: Final[dict[str, tuple[str, ...]]] = {
    "instruction": ("instruction", "question", "prompt", "query", "problem", "input_text", "input"),
    "response": ("response", "output", "answer", "completion", "target", "solution", "output_text", "reply"),
    "system": ("system", "system_prompt"),
    "category": ("category", "type", "task"),
    "language": ("language", "lang"),
}


def recognises(record: Record) -> bool:
    """Whether an instruction and a response stand under usual names."""
    return all(any(name in record for name in USUAL[column]) for column in ("instruction", "response"))


def read(record: Record, dataset: Dataset) -> Iterable[Example]:
    """One example."""

    def names(column: str) -> tuple[str, ...]:
        named = dataset.columns.get(column)  # type: ignore[call-overload]
        return (named,) if named else () if dataset.columns else USUAL.get(column, ())

    for column in ("instruction", "response"):
        if not any(name in record for name in names(column)):
            wanted = names(column)[0] if names(column) else column
            raise UnusableError("malformed_record", f"no column {wanted!r} for the {column}")
    return (
        Example(
            instruction=with_input(text(record, *names("instruction")), text(record, *names("input"))),
            response=text(record, *names("response")),
            system=optional(record, *names("system")),
            rejected=optional(record, *names("rejected")),
            score=_number(record, names("score")),
            tools=json_text(text(record, *names("tools")), "tools"),
            category=optional(record, *names("category")),
            language=optional(record, *names("language")),
        ),
    )


def _number(record: Record, names: tuple[str, ...]) -> float | None:
    value: Any = next((record[name] for name in names if record.get(name) not in (None, "")), None)
    if value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        raise UnusableError("malformed_record", f"the score {str(value)[:40]!r} is not a number") from None
