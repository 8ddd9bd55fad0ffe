"""Rows that people wrote by hand, in our own words: {instruction, response}, with system, category and difficulty if they like."""

from typing import Final

from tasks.imports import table
from tasks.imports.example import Record

TITLE: Final = "human-written rows"
ORIGIN: Final = "human"
read = table.examples

KNOWN: Final = frozenset(
    {"id", "instruction", "response", "system", "category", "topic", "difficulty", "language", "author", "tests"}
)


def recognises(record: Record) -> bool:
    """Whether the record has an instruction and a response, and no column that a person would not write."""
    return {"instruction", "response"} <= record.keys() <= KNOWN
