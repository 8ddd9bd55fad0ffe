"""Dolly: {instruction, context, response, category}, or with Alpaca's names for context and response."""

from typing import Final

from tasks.imports import table
from tasks.imports.example import Record

TITLE: Final = "Dolly"
ORIGIN: Final = "human"
read = table.examples


def recognises(record: Record) -> bool:
    """Whether the record has an instruction, a category and one of the two pairs of names."""
    return {"instruction", "category"} <= record.keys() and (
        {"context", "response"} <= record.keys() or {"input", "output"} <= record.keys()
    )
