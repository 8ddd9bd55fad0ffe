"""Tables of their own kind: columns as the recipe's `columns` names them, or under one of the names that are usual."""

from collections.abc import Iterable
from typing import Final

from tasks.imports import table
from tasks.imports.example import Conventions, Example, Record, UnusableError

TITLE: Final = "a table of instructions and responses"
ORIGIN: Final = "synthetic"


def recognises(record: Record) -> bool:
    """Whether an instruction and a response stand under usual names."""
    return table.is_question(record)


def read(record: Record, conventions: Conventions) -> Iterable[Example]:
    """One example. Raises UnusableError where the column of instruction or response is not there."""
    plan = table.plan_of(record, conventions)
    for column, there in (("instruction", plan.instruction), ("response", plan.response or plan.answers)):
        if not there:
            wanted = conventions.dataset.columns.get(column, column)  # type: ignore[call-overload]
            raise UnusableError("malformed_record", f"no column {wanted!r} for the {column}")
    return table.examples(record, conventions)
