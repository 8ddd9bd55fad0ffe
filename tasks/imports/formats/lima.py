"""LIMA: {conversations: [question, answer, …], source}, turns as plain texts, the user first."""

from collections.abc import Iterable
from typing import Final

from tasks.imports.conversation import example, turn_of
from tasks.imports.example import Conventions, Example, Record, UnusableError
from tasks.imports.values import optional

TITLE: Final = "LIMA"
ORIGIN: Final = "human"


def recognises(record: Record) -> bool:
    """Whether the record's turns are texts and nothing else."""
    said = record.get("conversations")
    return isinstance(said, list) and bool(said) and all(isinstance(turn, str) for turn in said)


def read(record: Record, _conventions: Conventions) -> Iterable[Example]:
    """One example a dialogue."""
    said = record.get("conversations")
    if not isinstance(said, list) or not all(isinstance(turn, str) for turn in said):
        raise UnusableError("malformed_record", "conversations is not a list of texts")
    made = example([turn_of("assistant" if i % 2 else "user", turn) for i, turn in enumerate(said)])
    made.topic = optional(record, "source")
    return (made,)
