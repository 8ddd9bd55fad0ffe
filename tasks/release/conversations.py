"""An example as the conversation formats that trainers read. Pure functions from a row (a dict of EXAMPLE's columns)."""

import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from tasks.core.errors import BadInput
from tasks.core.schema import MESSAGE, Row

SHAREGPT_ROLES: Final = {"system": "system", "user": "human", "assistant": "gpt", "tool": "observation"}
"""Roles as ShareGPT and the trainers that read it name them; a tool call is a turn of its own, `function_call`."""


TOOL_CALL: Final = "tool_call"
"""In the column `expects`: the response is a list of tool calls, as JSON text."""


def turns(row: Row) -> list[Row]:
    """The whole conversation in order: history, instruction and response as turns with the fields of `schema.MESSAGE`.

    Where `history` holds a user turn without content, the instruction stands there, and what follows lies between it and the
    response: calls of tools and what they gave back. What the assistant said right before a response that is a call was said
    beside it, and stands in the same turn.
    """
    asked = _turn("user", row["instruction"] or "")
    said, placed = [], False
    for turn in row["history"] or ():
        here = turn["role"] == "user" and turn["content"] is None and not placed
        placed = placed or here
        said.append(asked if here else turn)
    if not placed:
        said.append(asked)
    if row.get("expects") != TOOL_CALL:
        return [*said, _turn("assistant", row["response"] or "", reasoning=row.get("reasoning"))]
    beside = said.pop()["content"] if said[-1]["role"] == "assistant" and not said[-1]["tool_calls"] else None
    return [*said, _turn("assistant", beside, row["response"], row.get("reasoning"))]


def alpaca(row: Row) -> dict[str, str]:
    """`instruction`, `input`, `output`, and nothing else, since that is all Alpaca's readers look at.

    What stands around the instruction (system text, tools, earlier turns, calls of tools) is folded into `input`, one
    paragraph each, as "System: …", "Tools: …", "User: …", "Assistant: …", "Tool: …"; `input` is empty where there is nothing.
    """
    parts = [("System", row["system"]), ("Tools", row["tools"])]
    for turn in row["history"] or ():
        parts += [(turn["role"].capitalize(), turn["content"]), ("Tool calls", turn["tool_calls"])]
    folded = "\n\n".join(f"{name}: {text}" for name, text in parts if text)
    return {"instruction": row["instruction"] or "", "input": folded, "output": row["response"] or ""}


def sharegpt(row: Row) -> dict[str, Any]:
    """`id`, `conversations` of {from, value}, and `tools` (JSON text) where the row has some.

    Turns are from system, human, gpt, function_call (JSON text) or observation (what a tool gave back). Where a turn has them, it
    also says its name, tool_call_id, reasoning_content and `train: false`, under the names that messages have.
    """
    said: list[dict[str, Any]] = [{"from": "system", "value": row["system"]}] if row["system"] else []
    for turn in turns(row):
        more = _further(turn, {"train": False})
        if turn["content"] or not turn["tool_calls"]:
            said.append({"from": SHAREGPT_ROLES.get(turn["role"], turn["role"]), "value": turn["content"] or ""} | more)
            more = {}
        if turn["tool_calls"]:
            said.append({"from": "function_call", "value": turn["tool_calls"]} | more)
    made: dict[str, Any] = {"id": row["example_id"], "conversations": said}
    return made | ({"tools": row["tools"]} if row["tools"] else {})


def messages(row: Row) -> dict[str, Any]:
    """`messages` of {role, content} as OpenAI's chat fine-tuning reads them, and `tools` where the row has some.

    Tool calls get the vendor's form {id, type, function: {name, arguments}}. Ids are those that the row has; where it has none,
    calls are numbered, and a tool's turn answers the first call before it that has its name and no answer yet. A turn that
    must not be learnt has `weight: 0`. Raises BadInput, naming the row, if `tools` or `tool_calls` is not JSON.
    """
    said: list[dict[str, Any]] = [{"role": "system", "content": row["system"]}] if row["system"] else []
    waiting: list[tuple[str, str]] = []
    conversation = turns(row)
    written = "".join(turn["tool_calls"] or "" for turn in conversation)
    free = (name for n in itertools.count() if (name := f"call_{n}") not in written)
    for turn in conversation:
        made: dict[str, Any] = {"role": turn["role"], "content": turn["content"] or ""} | _further(turn, {"weight": 0})
        if turn["tool_calls"]:
            calls = _json(row, "tool_calls", turn["tool_calls"])
            made["tool_calls"] = [_call(call, free) for call in _listed(calls)]
            waiting += [(call["function"]["name"], call["id"]) for call in made["tool_calls"]]
        if turn["role"] == "tool" and (call := answered(turn, waiting)):
            made["tool_call_id"] = call
        said.append(made)
    return {"messages": said} | ({"tools": _listed(_json(row, "tools", row["tools"]))} if row["tools"] else {})


CONVERSATIONS: Final[dict[str, Callable[[Row], dict[str, Any]]]] = {
    "alpaca": alpaca,
    "sharegpt": sharegpt,
    "messages": messages,
}
COLUMNS: Final = ("example_id", "system", "history", "instruction", "reasoning", "response", "tools", "expects")
"""What the functions above read of a row."""


def _turn(role: str, content: str | None, tool_calls: str | None = None, reasoning: str | None = None) -> Row:
    return dict.fromkeys(MESSAGE.names) | {
        "role": role,
        "content": content,
        "tool_calls": tool_calls,
        "reasoning": reasoning,
    }


def _further(turn: Row, masked: dict[str, Any]) -> dict[str, Any]:
    """What a turn has beside its words and calls, under OpenAI's names; `masked`: what says that it must not be learnt."""
    more = {"name": turn["name"], "tool_call_id": turn["tool_call_id"], "reasoning_content": turn["reasoning"]}
    return {name: value for name, value in more.items() if value} | (masked if turn["masked"] else {})


def answered(turn: Row, waiting: list[tuple[str, str]]) -> str | None:
    """The id of the call that a tool's turn answers; the call is taken from `waiting`, (name, id) of those without an answer."""
    given = turn["tool_call_id"]
    found = (i for i, (name, id_) in enumerate(waiting) if (id_ == given if given else name == turn["name"]))
    at = next(found, None if given or not waiting else 0)
    return given if at is None else waiting.pop(at)[1]


def _call(call: Any, free: Iterator[str]) -> dict[str, Any]:
    """One tool call, given as {name, arguments} or already in the vendor's form, in the vendor's form; without an id of its
    own it gets the next of `free`."""
    call = call if isinstance(call, dict) else {}
    function = call.get("function") if isinstance(call.get("function"), dict) else call
    arguments = function.get("arguments", {})
    return {
        "id": str(call.get("id") or next(free)),
        "type": "function",
        "function": {
            "name": str(function.get("name") or ""),
            "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False),
        },
    }


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _json(row: Row, column: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadInput(
            f"row {row['example_id']}: {column} is not JSON ({error}); export as jsonl or mend the row"
        ) from error
