"""Rows that people wrote by hand, in our own words: {instruction, response}, with system, category and difficulty if they like."""

from collections.abc import Iterable
from typing import Final

from tasks.imports.example import Example, Record, optional, text
from tasks.imports.params import Dataset

TITLE: Final = "human-written rows"
ORIGIN: Final = "human"

KNOWN: Final = frozenset(
    {"id", "instruction", "response", "system", "category", "topic", "difficulty", "language", "author"}
)


def recognises(record: Record) -> bool:
    """Whether the record has an instruction and a response, and no column that a person would not write."""
    return {"instruction", "response"} <= record.keys() <= KNOWN


def read(record: Record, _dataset: Dataset) -> Iterable[Example]:
    """One example."""
    return (
        Example(
            instruction=text(record, "instruction"),
            response=text(record, "response"),
            system=optional(record, "system"),
            category=optional(record, "category"),
            topic=optional(record, "topic"),
            difficulty=optional(record, "difficulty"),
            language=optional(record, "language"),
        ),
    )
