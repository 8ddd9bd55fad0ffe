"""Self-Instruct's seed tasks: {instruction, instances: [{input, output}, …], is_classification}."""

from collections.abc import Iterable
from typing import Final

from tasks.imports.example import Conventions, Example, Record, UnusableError
from tasks.imports.values import text, with_input

TITLE: Final = "Self-Instruct tasks"
ORIGIN: Final = "human"


def recognises(record: Record) -> bool:
    """Whether the record has an instruction with instances."""
    return "instruction" in record and isinstance(record.get("instances"), list)


def read(record: Record, _conventions: Conventions) -> Iterable[Example]:
    """One example an instance."""
    instances = record.get("instances") or ()
    if not instances or not all(isinstance(instance, dict) for instance in instances):
        raise UnusableError("empty", "response: the task has no instance")
    category = "classification" if record.get("is_classification") else None
    return [
        Example(
            instruction=with_input(text(record, "instruction"), text(instance, "input")),
            response=text(instance, "output"),
            category=category,
        )
        for instance in instances
    ]
