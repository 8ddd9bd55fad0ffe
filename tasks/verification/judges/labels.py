"""Rows that people judged, read from a file, for the calibration of a judge.

JSON Lines, one row a line. `instruction` and, unless instructions alone are judged, `response`; also `system`, `history`, the turns
before, and `teacher`, the model that wrote the response. What people said is `label`, keep or discard, or `scores`, an object from
each criterion of the rubric to a level of its scale; of a pair, `rejected` is the other response and `preferred` says response,
rejected or tie.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tasks.core.errors import BadInput
from tasks.core.schema import Row
from tasks.verification.judges.rubric import Level, Rubric
from tasks.verification.verifier import Word

KEEP: Final[Mapping[str, Word]] = {"keep": "pass", "discard": "fail"}
PREFERRED: Final[Mapping[str, Word]] = {"response": "pass", "rejected": "fail", "tie": "unsure"}
_KNOWN: Final = {
    "instruction", "response", "rejected", "system", "history", "teacher", "label", "scores", "preferred",
}  # fmt: skip


@dataclass(frozen=True)
class Label:
    """What people said of one row."""

    row: Row
    word: Word
    """`unsure`: a pair of which neither is better."""
    levels: Mapping[str, Level]
    """By criterion, where they gave scores."""


def read(path: Path, rubric: Rubric) -> list[Label]:
    """The labelled rows of a file, in its order. BadInput names the file and the line of what cannot be read; columns that are none
    of the documented ones are left alone."""
    found = []
    try:
        lines = path.read_text("utf-8").split("\n")  # no other line breaks: texts hold them
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read as labelled rows: {type(error).__name__}") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            found.append(_label(line, rubric, f"{path.name}, line {number}"))
    if not found:
        raise BadInput(f"{path.name}: no labelled rows in it")
    return found


def _label(line: str, rubric: Rubric, where: str) -> Label:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{where}: no JSON: {error}") from None
    if not isinstance(row, dict):
        raise BadInput(f"{where}: not an object")
    needed = {"instruction": ("instruction",), "response": ("instruction", "response")}
    for name in needed.get(rubric.judges, ("instruction", "response", "rejected")):
        if not isinstance(row.get(name), str) or not row[name].strip():
            raise BadInput(f"{where}: no text under {name!r}")
    row = {name: value for name, value in row.items() if name in _KNOWN}
    if not _is_history(row.get("history") or []):
        raise BadInput(f"{where}: history is no list of turns, each with a role and content as texts")
    if rubric.judges == "pair":
        return Label(row, _word(row, "preferred", PREFERRED, where), {})
    if (scores := row.get("scores")) is None:
        return Label(row, _word(row, "label", KEEP, where), {})
    levels = _levels(scores, rubric, where)
    word: Word = "pass" if rubric.passed(levels) else "fail"
    return Label(row, _word(row, "label", KEEP, where) if "label" in row else word, levels)


def _is_history(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(turn, dict) and isinstance(turn.get("role"), str) and isinstance(turn.get("content"), str | None)
        for turn in value
    )


def _word(row: Row, column: str, known: Mapping[str, Word], where: str) -> Word:
    if not isinstance(value := row.get(column), str) or value not in known:
        raise BadInput(f"{where}: {column} is {value!r}; write {' or '.join(known)}")
    return known[value]


def _levels(scores: Any, rubric: Rubric, where: str) -> dict[str, Level]:
    names = [one.name for one in rubric.criteria]
    if not isinstance(scores, Mapping) or set(scores) != set(names):
        raise BadInput(f"{where}: scores must name every criterion of the rubric and no others: {', '.join(names)}")
    for name, level in scores.items():
        if isinstance(level, bool) or level not in rubric.levels:
            raise BadInput(f"{where}: {name}: {level!r} is no level of {', '.join(map(str, rubric.levels))}")
    return {name: scores[name] for name in names}
