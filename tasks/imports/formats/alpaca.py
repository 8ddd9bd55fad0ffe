"""Alpaca: {instruction, input, output}; with `history` of [question, answer] pairs and `system` as LLaMA-Factory adds them."""

from collections.abc import Iterable
from typing import Final

from tasks.imports.conversation import turn_of
from tasks.imports.example import Example, Record, UnusableError, optional, text, with_input
from tasks.imports.params import Dataset

TITLE: Final = "Alpaca"
ORIGIN: Final = "synthetic"


def recognises(record: Record) -> bool:
    """Whether the record has an instruction, an input (which may be empty) and an output."""
    return {"instruction", "input", "output"} <= record.keys()


def read(record: Record, _dataset: Dataset) -> Iterable[Example]:
    """One example; `input` stands behind the instruction."""
    example = Example(
        instruction=with_input(text(record, "instruction"), text(record, "input")),
        response=text(record, "output"),
        system=optional(record, "system"),
    )
    for pair in record.get("history") or ():
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(said, str) for said in pair):
            raise UnusableError("malformed_record", "history is not a list of [question, answer]")
        example.history = [*(example.history or ()), turn_of("user", pair[0]), turn_of("assistant", pair[1])]
    return (example,)
