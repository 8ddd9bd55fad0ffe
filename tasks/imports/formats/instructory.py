"""What `instructory export` writes as jsonl, csv or parquet: every column of a released row, read back as it was."""

import re
from collections.abc import Iterable
from typing import Any, Final

from tasks.core.schema import CLUSTERED, MESSAGE
from tasks.imports.conversation import turn_of
from tasks.imports.example import Conventions, Example, Record, Turn, UnusableError
from tasks.imports.values import parsed

TITLE: Final = "Instructory's own rows"
ORIGIN: Final = "synthetic"
BESIDE: Final = frozenset(CLUSTERED.names)
"""Columns that stages after this one fill in again."""

_GUARDED: Final = re.compile(r"'+[=+\-@\t\r＝＋－＠]")
"""How a CSV cell begins that got an apostrophe so that no spreadsheet runs it."""


def recognises(record: Record) -> bool:
    """Whether the record has the columns that only released rows have."""
    return {"example_id", "content_hash", "instruction", "response"} <= record.keys()


def read(record: Record, _conventions: Conventions) -> Iterable[Example]:
    """One example, with the id, the licence and the origin it was released with."""
    if isinstance(record.get("history"), str):
        record = {
            name: value[1:] if isinstance(value, str) and _GUARDED.match(value) else value
            for name, value in record.items()
        }
    return (
        Example(
            instruction=text(record, "instruction"),
            response=text(record, "response"),
            system=optional(record, "system"),
            reasoning=optional(record, "reasoning"),
            history=_history(record.get("history")),
            rejected=optional(record, "rejected"),
            score=float(record["score"]) if record.get("score") not in (None, "") else None,
            tools=optional(record, "tools"),
            category=optional(record, "category"),
            topic=optional(record, "topic"),
            difficulty=optional(record, "difficulty"),
            language=optional(record, "language"),
            expects=optional(record, "expects"),
            reference=optional(record, "reference"),
            constraints=_list(record.get("constraints")),
            origin=optional(record, "origin"),
            teacher=optional(record, "teacher"),
            licence=optional(record, "licence"),
            example_id=text(record, "example_id"),
            operator=optional(record, "operator"),
            prompt_source=optional(record, "prompt_source", "prompt"),
            tests=optional(record, "tests"),
            generation=int(record["generation"]) if record.get("generation") not in (None, "") else None,
        ),
    )


def _history(value: Any) -> list[Turn] | None:
    turns = _list(value)
    if turns is None:
        return None
    if not all(isinstance(turn, dict) for turn in turns):
        raise UnusableError("malformed_record", "history is not a list of turns")
    return [turn_of(*(turn.get(name) for name in MESSAGE.names)) for turn in turns]


def _list(value: Any) -> list[Any] | None:
    """A list, also as JSON text, as CSV has it."""
    if isinstance(value, str) and value:
        value = parsed(value, "a list")
    return value if isinstance(value, list) and value else None


def text(record: Record, name: str, *former: str) -> str:
    """A text as it was written, whatever it says; empty if there is none."""
    return next((value for key in (name, *former) if isinstance(value := record.get(key), str)), "")


def optional(record: Record, name: str, *former: str) -> str | None:
    """Like `text`, None where there is nothing."""
    return text(record, name, *former) or None
