"""Alpaca: {instruction, input, output}; with `history` of [question, answer] pairs and `system` as LLaMA-Factory adds them."""

from typing import Final

from tasks.imports import table
from tasks.imports.example import Record

TITLE: Final = "Alpaca"
ORIGIN: Final = "synthetic"
read = table.examples


def recognises(record: Record) -> bool:
    """Whether the record has an instruction, an input (which may be empty) and an output."""
    return {"instruction", "input", "output"} <= record.keys()
