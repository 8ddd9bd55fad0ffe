"""Edits of a row by a form: what can be edited, what was changed, and how it looks beside what was there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from flows.review.rendering import difference
from flows.review.row_page import whole_text
from tasks.core.schema import Row

LONGEST_EDITED: Final = 200_000
"""Characters of a text that a form holds; a longer one is repaired by a rule for all rows."""
LABELS: Final = {
    "system": "System text", "instruction": "Instruction", "reasoning": "Reasoning", "response": "Response",
    "rejected": "The losing answer",
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """A text that can be edited."""

    name: str
    label: str
    text: str
    rows: int
    """Height, in lines."""


@dataclass(frozen=True)
class Change:
    """A text that was edited, and what is different."""

    name: str
    label: str
    text: str
    html: Markup


def fields(row: Row, given: Mapping[str, str] | None = None) -> list[Field]:
    """The texts of a row that can be edited, in their order; with the new texts of a form where one was `given`."""
    found = []
    for name, label in _named(row):
        text = (given or {}).get(f"edit.{name}", whole_text(row, name) or "")
        if len(text) <= LONGEST_EDITED:
            found.append(Field(name, label, text, min(24, 2 + text.count("\n") + len(text) // 90)))
    return found


def edited(row: Row, form: Mapping[str, str]) -> dict[str, Any]:
    """The columns that a form changed, with their new values; {} where it changed nothing."""
    changed = dict(_changed(row, form))
    made: dict[str, Any] = {name: text for name, text in changed.items() if not name.startswith("history.")}
    if len(made) < len(changed):
        turns = [dict(turn) for turn in row["history"]]
        for name, text in changed.items():
            if name.startswith("history."):
                turns[int(name.partition(".")[2])]["content"] = text
        made["history"] = turns
    return made


def changes(row: Row, form: Mapping[str, str]) -> list[Change]:
    """The texts that a form changed, each beside what was there."""
    labels = dict(_named(row))
    return [
        Change(name, labels[name], text, difference(whole_text(row, name) or "", text))
        for name, text in _changed(row, form)
    ]


def _named(row: Row) -> Iterator[tuple[str, str]]:
    for name in ("system", "history", "instruction", "reasoning", "response", "rejected"):
        if name == "history":
            for number, turn in enumerate(row["history"] or ()):
                if turn["content"] is not None:
                    yield f"history.{number}", f"Turn {number + 1}, {turn['role']}"
        elif name in ("instruction", "response") or row[name]:
            yield name, LABELS[name]


def _changed(row: Row, form: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, _ in _named(row):
        text = form.get(f"edit.{name}")
        if text is not None:
            text = _typed(text)
            before = whole_text(row, name) or ""
            if text != _typed(before):
                yield name, text


def _typed(text: str) -> str:
    """A text as a browser's form gives it back: lines end in one character, and there is no NUL."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd")
