"""An example as the conversation formats that trainers read. Pure functions from a row (a dict of EXAMPLE's columns)."""

import json
from collections.abc import Callable
from typing import Any, Final

from tasks.core.errors import BadInput
from tasks.core.schema import Row

SHAREGPT_ROLES: Final = {"system": "system", "user": "human", "assistant": "gpt", "tool": "observation"}
"""Roles as ShareGPT and the trainers that read it name them; a tool call is a turn of its own, `function_call`."""


TOOL_CALL: Final = "tool_call"
"""In the column `expects`: the response is a list of tool calls, as JSON text."""


def turns(row: Row) -> list[Row]:
    """The whole conversation in order: history, instruction and response as turns of {role, content, name, tool_calls}.

    Where `history` holds a user turn without content, the instruction stands there, and what follows lies between it and the
    response: calls of tools and what they gave back.
    """
    asked = _turn("user", row["instruction"] or "")
    said, placed = [], False
    for turn in row["history"] or ():
        here = turn["role"] == "user" and turn["content"] is None and not placed
        placed = placed or here
        said.append(asked if here else turn)
    if not placed:
        said.append(asked)
    calls = row.get("expects") == TOOL_CALL
    said.append(_turn("assistant", None, row["response"]) if calls else _turn("assistant", row["response"] or ""))
    return said


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

    Turns are from system, human, gpt, function_call (JSON text) or observation (what a tool gave back).
    """
    said = [{"from": "system", "value": row["system"]}] if row["system"] else []
    for turn in turns(row):
        if turn["content"] or not turn["tool_calls"]:
            said.append({"from": SHAREGPT_ROLES.get(turn["role"], turn["role"]), "value": turn["content"] or ""})
        if turn["tool_calls"]:
            said.append({"from": "function_call", "value": turn["tool_calls"]})
    made: dict[str, Any] = {"id": row["example_id"], "conversations": said}
    return made | ({"tools": row["tools"]} if row["tools"] else {})


def messages(row: Row) -> dict[str, Any]:
    """`messages` of {role, content} as OpenAI's chat fine-tuning reads them, and `tools` where the row has some.

    Tool calls get the vendor's form {id, type, function: {name, arguments}}; a tool's turn gets the `tool_call_id` of the
    first call before it that has its name and no answer yet. Raises BadInput, naming the row, if `tools` or
    `tool_calls` is not JSON.
    """
    said: list[dict[str, Any]] = [{"role": "system", "content": row["system"]}] if row["system"] else []
    waiting: list[tuple[str, str]] = []
    calls_made = 0
    for turn in turns(row):
        made: dict[str, Any] = {"role": turn["role"], "content": turn["content"] or ""}
        if turn["tool_calls"]:
            calls = _json(row, "tool_calls", turn["tool_calls"])
            made["tool_calls"] = [_call(call, calls_made + i) for i, call in enumerate(_listed(calls))]
            calls_made += len(made["tool_calls"])
            waiting += [(call["function"]["name"], call["id"]) for call in made["tool_calls"]]
        if turn["role"] == "tool" and waiting:
            position = next((i for i, (name, _) in enumerate(waiting) if name == turn["name"]), 0)
            made["tool_call_id"] = waiting.pop(position)[1]
        elif turn["name"]:
            made["name"] = turn["name"]
        said.append(made)
    return {"messages": said} | ({"tools": _listed(_json(row, "tools", row["tools"]))} if row["tools"] else {})


CONVERSATIONS: Final[dict[str, Callable[[Row], dict[str, Any]]]] = {
    "alpaca": alpaca,
    "sharegpt": sharegpt,
    "messages": messages,
}
COLUMNS: Final = ("example_id", "system", "history", "instruction", "response", "tools", "expects")
"""What the functions above read of a row."""


def _turn(role: str, content: str | None, tool_calls: str | None = None) -> Row:
    return {"role": role, "content": content, "name": None, "tool_calls": tool_calls}


def _call(call: Any, number: int) -> dict[str, Any]:
    """One tool call, given as {name, arguments} or already in the vendor's form, in the vendor's form."""
    call = call if isinstance(call, dict) else {}
    function = call.get("function") if isinstance(call.get("function"), dict) else call
    arguments = function.get("arguments", {})
    return {
        "id": str(call.get("id") or f"call_{number}"),
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
