"""A row as one conversation, read once for all targets: turns in order, calls with ids, arguments as text and as objects.

What a row says in a way that cannot be read exactly is refused here, by name: the export writes such rows to refused.jsonl.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from math import isfinite
from typing import Any, Final

import orjson
import pyarrow as pa

from tasks.core.schema import MESSAGE, Row
from tasks.release.conversations import TOOL_CALL, answered, turns

_LONG_NUMBER: Final = re.compile(r"\d{16}")
"""Whole numbers past 64 bits become floats in orjson; the standard library keeps them."""


class RefusedError(Exception):
    """A row that a target cannot hold as it is. `reason`: a short code, counted; `detail`: what it applies to."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail


@dataclass(slots=True)
class TurnCall:
    """One call of a tool."""

    id: str
    name: str
    arguments: Any
    """As the row has it: JSON text, or the value itself."""

    @property
    def text(self) -> str:
        """The arguments as JSON text, as given where they were text."""
        return self.arguments if isinstance(self.arguments, str) else to_json(self.arguments).decode("utf-8")

    @property
    def value(self) -> dict[str, Any]:
        """The arguments as an object."""
        value = self.arguments
        if isinstance(value, str):
            value = from_json(value, "tool_calls") if value.strip() else {}
        if not isinstance(value, dict):
            raise RefusedError("arguments_no_object", f"{self.name}: {str(value)[:80]}")
        return value


@dataclass(slots=True)
class Turn:
    """One turn."""

    role: str
    content: str | None
    name: str | None = None
    reasoning: str | None = None
    calls: list[TurnCall] = field(default_factory=list)
    call_id: str | None = None
    """Of a tool's turn: the call that it answers."""
    masked: bool = False


@dataclass(slots=True)
class RowTurns:
    """A row as targets read it."""

    id: str
    context: list[Turn]
    """System text and every turn before the response."""
    response: Turn
    tools: str
    """JSON text of a list of {type: function, function: {…}}; empty where the row has none."""
    rejected: Turn | None
    row: Row
    notes: list[str] = field(default_factory=list)
    """What a trainer does to this row that one should know; counted and printed."""

    @property
    def messages(self) -> list[Turn]:
        """All turns in order."""
        return [*self.context, self.response]

    @property
    def labelled(self) -> list[tuple[Turn, bool]]:
        """Each answer with whether it is a good one: of a pair the response is and the losing one is not; else by the score."""
        if self.rejected:
            return [(self.response, True), (self.rejected, False)]
        score = self.row["score"]
        if score is None:
            raise RefusedError("no_label", "neither a losing response nor a score")
        if not 0 <= score <= 1:
            raise RefusedError("score_out_of_range", f"{score}; scores from 0 to 1 are good from 0.5 on")
        return [(self.response, score >= 0.5)]


COLUMNS: Final = (
    "example_id", "system", "history", "instruction", "reasoning", "response", "tools", "expects", "rejected", "score", "weight",
    "reference", "tests", "verdicts", "method", "topic",
)  # fmt: skip
"""The columns of a release that exports read."""


def rows_of(batch: pa.RecordBatch) -> Iterator[Row]:
    """The rows of `batch` as dicts; a tenth of the time of `to_pylist`, which makes an object of every cell first."""
    columns = [_values(column) for column in batch.columns]
    names = batch.schema.names
    for cells in zip(*columns, strict=True):
        yield dict(zip(names, cells, strict=True))


def _values(column: pa.Array) -> list[Any]:
    if column.null_count == len(column):
        return [None] * len(column)
    if pa.types.is_string(column.type):
        return column.to_numpy(zero_copy_only=False).tolist()  # type: ignore[no-any-return]
    if pa.types.is_list(column.type) and column.type.value_type == MESSAGE:
        inner = column.flatten()
        fields = [_values(child) for child in inner.flatten()]
        said = [dict(zip(MESSAGE.names, cells, strict=True)) for cells in zip(*fields, strict=True)]
        ends, end = [], 0
        for length in column.value_lengths().fill_null(0).to_pylist():
            ends.append((end, end := end + length))
        return [said[start:stop] for start, stop in ends]
    return column.to_pylist()  # type: ignore[no-any-return]


def conversation(row: Row) -> RowTurns:
    """`row` (a dict with COLUMNS) as a conversation. Raises RefusedError."""
    said = [_message(turn) for turn in turns(row)]
    if system := row["system"]:
        said.insert(0, Turn("system", system))
    rejected = None
    if row["rejected"] is not None:
        rejected = _losing(row)
    if any(message.calls or message.role == "tool" for message in said):
        _with_ids([*said, rejected] if rejected else said)
    tools = tool_list(row["tools"]) if row["tools"] else ""
    return RowTurns(row["example_id"], said[:-1], said[-1], tools, rejected, row)


def _message(turn: Row) -> Turn:
    calls = turn["tool_calls"]
    return Turn(
        turn["role"],
        turn["content"],
        turn["name"],
        turn["reasoning"],
        _calls(calls) if calls else [],
        turn["tool_call_id"],
        bool(turn["masked"]),
    )


def _losing(row: Row) -> Turn:
    """The losing response: calls where the row expects calls and it is written as such, words otherwise."""
    text = row["rejected"]
    if row["expects"] == TOOL_CALL and text.lstrip()[:1] in "[{":
        try:
            if calls := _calls(text):
                return Turn("assistant", None, calls=calls)
        except RefusedError:
            pass
    return Turn("assistant", text)


def _calls(text: str) -> list[TurnCall]:
    found = from_json(text, "tool_calls")
    made = []
    for one in found if isinstance(found, list) else [found]:
        function = one.get("function", one) if isinstance(one, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise RefusedError("calls_not_readable", text[:80])
        made.append(TurnCall(str(one.get("id") or ""), function["name"], function.get("arguments", {})))
    return made


def _with_ids(said: list[Turn]) -> None:
    """Give calls without an id the next free number, and tools' turns without one the id of the call that they answer."""
    given = {call.id for message in said for call in message.calls} | {message.call_id for message in said}
    number = 0
    waiting: list[tuple[str, str]] = []
    for message in said:
        for call in message.calls:
            while not call.id:
                name, number = f"call_{number}", number + 1
                call.id = "" if name in given else name
            waiting.append((call.name, call.id))
        if message.role == "tool":
            message.call_id = answered({"tool_call_id": message.call_id, "name": message.name}, waiting)


@lru_cache(1024)
def tool_list(text: str) -> str:
    """`tools` of a row as JSON text of a list in the vendor's form; the text itself where it has that form. Raises RefusedError."""
    found = from_json(text, "tools")
    tools = found if isinstance(found, list) else [found]
    if not all(isinstance(tool, dict) for tool in tools):
        raise RefusedError("tools_not_readable", text[:80])
    wrapped = [
        {"type": "function", "function": tool}
        if "function" not in tool and "name" in tool and "type" not in tool
        else tool
        for tool in tools
    ]
    return text if wrapped == found else to_json(wrapped).decode("utf-8")


def from_json(text: str, column: str) -> Any:
    """The value that JSON text holds, whole numbers of any length among them. Raises RefusedError."""
    if not _LONG_NUMBER.search(text):
        try:
            return orjson.loads(text)
        except ValueError:
            pass
    try:
        return json.loads(text, parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise RefusedError(f"{column}_no_json", str(error)[:80]) from error


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"{text} is no number in JSON")
    return number


def to_json(value: Any) -> bytes:
    """`value` as JSON in UTF-8, without line breaks of any kind."""
    try:
        data = orjson.dumps(value)
    except TypeError:  # whole numbers past 64 bits, halves of surrogate pairs
        try:
            return json.dumps(value, allow_nan=False, separators=(",", ":")).encode("ascii")
        except ValueError as error:
            raise RefusedError("not_json", str(error)) from error
    if b"\xc2\x85" in data or b"\xe2\x80\xa8" in data or b"\xe2\x80\xa9" in data:
        data = (
            data.replace(b"\xc2\x85", rb"\u0085")
            .replace(b"\xe2\x80\xa8", rb"\u2028")
            .replace(b"\xe2\x80\xa9", rb"\u2029")
        )
    return data
