"""Messages as chat templates and OpenAI's interface read them."""

from typing import Any, Final, Literal

from tasks.release.formats.conversation import RefusedError, RowTurns, Turn, TurnCall
from tasks.release.formats.reinforcement import checked_by
from tasks.release.formats.target import Build, losing, none_masked

Arguments = Literal["objects", "text"]
"""How arguments of calls stand in the file: templates want objects (text they would encode twice), OpenAI wants text."""
ROLES: Final = ("system", "user", "assistant", "tool")


def message(said: Turn, arguments: Arguments = "objects") -> dict[str, Any]:
    """One turn: role, content, and where it has them name, reasoning_content, tool_calls and tool_call_id."""
    if said.role not in ROLES:
        raise RefusedError("role", said.role)
    made: dict[str, Any] = {"role": said.role, "content": said.content or ""}
    if said.name:
        made["name"] = said.name
    if said.reasoning:
        made["reasoning_content"] = said.reasoning
    if said.calls:
        made["tool_calls"] = [call(one, arguments) for one in said.calls]
    if said.call_id:
        made["tool_call_id"] = said.call_id
    return made


def call(made: TurnCall, arguments: Arguments) -> dict[str, Any]:
    """One call in the vendor's form."""
    given = made.value if arguments == "objects" else made.text
    return {"id": made.id, "type": "function", "function": {"name": made.name, "arguments": given}}


def messages(said: list[Turn], arguments: Arguments = "objects") -> list[dict[str, Any]]:
    """Turns in order."""
    return [message(one, arguments) for one in said]


def _own(row: RowTurns) -> dict[str, Any]:
    """What every row has beside its turns: tools as JSON text (null: none), and its id."""
    return {"tools": row.tools or None, "example_id": row.id}


def sft(target: str) -> Build:
    """`messages`; rows with masked turns are refused."""

    def build(row: RowTurns) -> list[dict[str, Any]]:
        none_masked(row, target)
        return [{"messages": messages(row.messages), **_own(row)}]

    return build


def completion(row: RowTurns) -> list[dict[str, Any]]:
    """`prompt` and `completion`, both lists of turns."""
    return [{"prompt": messages(row.context), "completion": [message(row.response)], **_own(row)}]


def preference(row: RowTurns) -> list[dict[str, Any]]:
    """`prompt`, `chosen` and `rejected`, lists of turns: the prompt stands apart, as it does in no older format."""
    pair = {"chosen": [message(row.response)], "rejected": [message(losing(row))]}
    return [{"prompt": messages(row.context), **pair, **_own(row)}]


def kto(row: RowTurns) -> list[dict[str, Any]]:
    """`prompt`, `completion` and `label`: two rows of a pair, one of a row with a score."""
    return [
        {"prompt": messages(row.context), "completion": [message(answer)], "label": good, **_own(row)}
        for answer, good in row.labelled
    ]


def rl(row: RowTurns) -> list[dict[str, Any]]:
    """`prompt`, `reference`, `verifier` and `tests`; tools are refused: TRL wants functions."""
    if row.tools:
        raise RefusedError("tools", "GRPO takes tools as functions, not from the rows")
    return [{"prompt": messages(row.context), **checked_by(row), "example_id": row.id}]
