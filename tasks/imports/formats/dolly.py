"""Dolly: {instruction, context, response, category}, or with Alpaca's names for context and response."""

from collections.abc import Iterable
from typing import Final

from tasks.imports.example import Example, Record, optional, text, with_input
from tasks.imports.params import Dataset

TITLE: Final = "Dolly"
ORIGIN: Final = "human"


def recognises(record: Record) -> bool:
    """Whether the record has an instruction, a category and one of the two pairs of names."""
    return {"instruction", "category"} <= record.keys() and (
        {"context", "response"} <= record.keys() or {"input", "output"} <= record.keys()
    )


def read(record: Record, _dataset: Dataset) -> Iterable[Example]:
    """One example; the context stands behind the instruction."""
    return (
        Example(
            instruction=with_input(text(record, "instruction"), text(record, "context", "input")),
            response=text(record, "response", "output"),
            category=optional(record, "category"),
        ),
    )
