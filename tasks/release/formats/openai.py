"""OpenAI's fine-tuning: chat, preference (DPO) and reinforcement files; arguments of calls are text there.

Only the keys of its reference stand in the rows, since it refuses others: a row's id is not among them.
"""

import json
import re
from typing import Any, Final

from tasks.release.formats import chat
from tasks.release.formats.conversation import RefusedError, RowTurns, Turn, from_json
from tasks.release.formats.reinforcement import checked_by
from tasks.release.formats.target import DATA, Build, Objective, Settings, Target, losing

_FUNCTION: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_NAME: Final = re.compile(r"[^\s<|\\/>]{1,64}")


def _message(said: Turn, names: dict[str, str]) -> dict[str, Any]:
    if said.reasoning:
        raise RefusedError("reasoning", "OpenAI's files hold no reasoning")
    made = chat.message(said, "text")
    for call in said.calls:
        if not _FUNCTION.fullmatch(call.name):
            raise RefusedError("name", f"{call.name[:80]}: a function's name is at most 64 letters, digits, _ and -")
        names[call.id] = call.name
    if said.calls and not said.content:
        made["content"] = None
    if said.role == "tool":
        if names.pop(said.call_id or "", None) is None:
            raise RefusedError("result_without_call", said.call_id or "no id")
        made.pop("name", None)  # that of the call, which the id names
    elif said.name and not _NAME.fullmatch(said.name):
        raise RefusedError("name", said.name[:80])
    return made


def _messages(said: list[Turn]) -> list[dict[str, Any]]:
    """Turns in order; results follow their calls at once, all of them."""
    open_calls: dict[str, str] = {}
    made = []
    for message in said:
        if (
            message.role == "tool"
            and message.name
            and open_calls.get(message.call_id or "", message.name) != message.name
        ):
            raise RefusedError("name", f"{message.name} answers a call of {open_calls[message.call_id or '']}")
        if message.role != "tool" and open_calls:
            raise RefusedError("call_without_result", next(iter(open_calls)))
        made.append(_message(message, open_calls))
    return made


def _tools(row: RowTurns) -> dict[str, Any]:
    return {"tools": from_json(row.tools, "tools")} if row.tools else {}


def _weighted(row: RowTurns, last_only: bool) -> list[dict[str, Any]]:
    made = _messages(row.messages)
    for message, turn in zip(row.context, made, strict=False):
        if message.role == "assistant" and (message.masked or last_only):
            turn["weight"] = 0
    return [{"messages": made, **_tools(row)}]


def sft(row: RowTurns) -> list[dict[str, Any]]:
    """`messages` and `tools`; turns that must not be learnt have `weight: 0`."""
    return _weighted(row, last_only=False)


def completion(row: RowTurns) -> list[dict[str, Any]]:
    """The same, with `weight: 0` for every answer but the response."""
    return _weighted(row, last_only=True)


def preference(row: RowTurns) -> list[dict[str, Any]]:
    """`input`, `preferred_output` and `non_preferred_output`, one turn of the assistant each."""
    worse = losing(row)
    if row.context[-1].role != "user":
        raise RefusedError("turns", "the last turn before the answers must be the user's")
    return [
        {
            "input": {"messages": _messages(row.context), **_tools(row)},
            "preferred_output": [_message(row.response, {})],
            "non_preferred_output": [_message(worse, {})],
        }
    ]


def rl(row: RowTurns) -> list[dict[str, Any]]:
    """`messages` up to the user's last turn, `tools`, `reference`, `verifier`; rows that only tests can check are refused."""
    if row.context[-1].role != "user":
        raise RefusedError("turns", "the last turn must be the user's")
    checked = checked_by(row)
    if checked["tests"] or not checked["reference"]:
        raise RefusedError("tests", "OpenAI's graders do not run a row's tests")
    del checked["tests"]
    return [{"messages": _messages(row.context), **_tools(row), **checked}]


_GRADER: Final = {
    "type": "string_check",
    "name": "reference",
    "operation": "ilike",
    "input": "{{sample.output_text}}",
    "reference": "{{item.reference}}",
}
"""The output holds the reference. Mathematics wants a grader of one's own, of type python."""


def _beside(objective: Objective, settings: Settings) -> dict[str, str]:
    method: dict[str, Any] = {"type": {"preference": "dpo", "rl": "reinforcement"}.get(objective, "supervised")}
    if objective == "rl":
        method["reinforcement"] = {"grader": _GRADER}
    job = {
        "model": "MODEL",
        "training_file": f"the id that {DATA} gets when it is uploaded",
        "suffix": settings.dataset[:40],
    }
    return {"job.json": json.dumps({**job, "method": method}, indent=2) + "\n"}


_BUILDS: Final[dict[Objective, Build]] = {"sft": sft, "completion": completion, "preference": preference, "rl": rl}
TARGET: Final = Target("openai", "OpenAI fine-tuning", _BUILDS, _beside)
