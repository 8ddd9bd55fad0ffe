"""Evol-Instruct (WizardLM): {instruction, output} without input."""

from typing import Final

from tasks.imports import table
from tasks.imports.example import Record

TITLE: Final = "Evol-Instruct"
ORIGIN: Final = "synthetic"
read = table.examples


def recognises(record: Record) -> bool:
    """Whether the record has an instruction and an output, and no input, as Alpaca would."""
    return {"instruction", "output"} <= record.keys() and "input" not in record
