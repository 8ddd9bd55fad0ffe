"""Preference pairs for DPO: a prompt or turns, and a `chosen` and a `rejected` answer."""

from collections.abc import Iterable
from typing import Any, Final

from tasks.imports.conversation import example, turn_of, turns, turns_in
from tasks.imports.example import Example, Record, Turn, UnusableError, json_text, optional, text, with_input
from tasks.imports.params import Dataset

TITLE: Final = "preference pairs (DPO)"
ORIGIN: Final = "synthetic"

PROMPTS: Final = ("prompt", "instruction", "question")


def recognises(record: Record) -> bool:
    """Whether the record has a better and a worse answer to something."""
    return {"chosen", "rejected"} <= record.keys() and (
        turns_in(record) is not None or any(name in record for name in PROMPTS) or isinstance(record["chosen"], list)
    )


def read(record: Record, _dataset: Dataset) -> Iterable[Example]:
    """One example, its losing answer in `rejected`. Answers may be texts, turns, or whole conversations ending in them."""
    before = _before(record)
    chosen, rejected = (_answer(record[name], name) for name in ("chosen", "rejected"))
    if not before and len(chosen) > 1:
        before = chosen[:-1]
    made = example([*before, chosen[-1]], optional(record, "system"), json_text(record.get("tools"), "tools"))
    made.rejected = rejected[-1]["tool_calls"] or rejected[-1]["content"]
    return (made,)


def _before(record: Record) -> list[Turn]:
    said = turns_in(record)
    if said is None and isinstance(record.get("prompt"), list):
        said = record["prompt"]
    if said is not None:
        return turns(said)
    prompt = text(record, *PROMPTS)
    return [turn_of("user", with_input(prompt, text(record, "input")))] if prompt else []


def _answer(value: Any, name: str) -> list[Turn]:
    """An answer as turns, of which it is the last."""
    if isinstance(value, str):
        return [turn_of("assistant", value)]
    made = turns(value if isinstance(value, list) else [value])
    if not made or made[-1]["role"] != "assistant":
        raise UnusableError("malformed_record", f"{name} does not end with an answer")
    return made
