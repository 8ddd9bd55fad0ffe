"""Evol-Instruct (WizardLM): {instruction, output} without input."""

from collections.abc import Iterable
from typing import Final

from tasks.imports.example import Example, Record, text
from tasks.imports.params import Dataset

TITLE: Final = "Evol-Instruct"
ORIGIN: Final = "synthetic"


def recognises(record: Record) -> bool:
    """Whether the record has an instruction and an output, and nothing that another format would have."""
    return {"instruction", "output"} <= record.keys() and "input" not in record


def read(record: Record, _dataset: Dataset) -> Iterable[Example]:
    """One example."""
    return (Example(instruction=text(record, "instruction"), response=text(record, "output")),)
