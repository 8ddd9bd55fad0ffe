"""Conversations under any names and roles: brought to one form, and made into an example.

An example's instruction is the last thing the user says, its response the last thing the assistant does. Turns between the
two (tool calls and what came back) stand in `history` behind a user turn without content, which marks the instruction's place.
"""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Final

from tasks.containers.bounds import TOO_DEEP, is_too_deep
from tasks.imports.example import TOOL_CALL, Example, Record, Turn, UnusableError, json_text

ROLES: Final = {
    **dict.fromkeys(("user", "human", "prompter", "customer", "student", "question", "input"), "user"),
    **dict.fromkeys(
        ("assistant", "gpt", "chatgpt", "bard", "bing", "bot", "model", "ai", "claude", "agent", "answer", "output"),
        "assistant",
    ),
    **dict.fromkeys(("system", "developer"), "system"),
    **dict.fromkeys(("function_call", "tool_call", "function-call"), "call"),
    **dict.fromkeys(("tool", "function", "observation", "function_response", "tool_response", "ipython"), "tool"),
}
LISTS: Final = ("conversations", "conversation", "messages", "items", "dialog", "dialogue", "turns", "chat")
"""Keys under which records keep their turns."""
SPEAKERS: Final = ("from", "role", "speaker", "author")
WORDS: Final = ("value", "content", "text", "message")


def turns_in(record: Record) -> list[Any] | None:
    """The list of turns in a record, under whatever key; None if there is none."""
    return next((record[key] for key in LISTS if isinstance(record.get(key), list)), None)


def are_turns(value: Any) -> bool:
    """Whether `value` is a list of turns that say who speaks; an empty list is one."""
    return isinstance(value, list) and all(
        isinstance(turn, dict) and (any(name in turn for name in SPEAKERS) or {"user", "assistant"} <= turn.keys())
        for turn in value
    )


def turns(value: Sequence[Record]) -> list[Turn]:
    """Turns with the roles user, assistant, system and tool. What calls tools is a turn of its own, without content."""
    made: list[Turn] = []
    waiting: list[tuple[str, str]] = []
    for number, turn in enumerate(value, start=1):
        if not isinstance(turn, dict):
            raise UnusableError("malformed_record", f"turn {number} is not an object")
        if "user" in turn and "assistant" in turn:
            made += [turn_of(role, _plain(turn[role])) for role in ("user", "assistant")]
        else:
            made.extend(_turn(turn, number, waiting))
    return made


def example(turns: Sequence[Turn], system: str | None = None, tools: str | None = None) -> Example:
    """The example a conversation makes, up to the assistant's last turn."""
    first = next((i for i, turn in enumerate(turns) if turn["role"] != "system"), len(turns))
    said = [system or "", *(turn["content"] or "" for turn in turns[:first])]
    turns = turns[first:]
    last = _last(turns, "assistant", len(turns))
    if last is None:
        raise UnusableError("empty", "response: nobody answers in this conversation")
    asked = _last(turns, "user", last)
    if asked is None:
        raise UnusableError("empty", "instruction: nobody asks before the answer")
    history = [*turns[:asked]]
    if between := turns[asked + 1 : last]:
        history += [turn_of("user", None), *between]
    calls = turns[last]["tool_calls"]
    return Example(
        instruction=turns[asked]["content"] or "",
        response=calls or turns[last]["content"] or "",
        system="\n\n".join(part for part in said if part) or None,
        history=history or None,
        tools=tools,
        expects=TOOL_CALL if calls else None,
    )


def turn_of(role: str, content: str | None, name: str | None = None, tool_calls: str | None = None) -> Turn:
    """One turn, all fields in place."""
    return {"role": role, "content": content, "name": name, "tool_calls": tool_calls}


def calls_text(calls: Any) -> str:
    """Tool calls in whatever form as JSON text: a list of {name, arguments}."""
    if isinstance(calls, str):
        calls = json.loads(json_text(calls, "a tool call") or "[]")
    listed = calls if isinstance(calls, list) else [calls]
    return json.dumps([_call(call) for call in listed], ensure_ascii=False)


def _turn(turn: Record, number: int, waiting: list[tuple[str, str]]) -> Iterable[Turn]:
    speaker = next((turn[name] for name in SPEAKERS if turn.get(name)), None)
    role = ROLES.get(str(speaker).strip().lower())
    if role is None:
        raise UnusableError("malformed_record", f"turn {number}: nobody knows the role {str(speaker)[:40]!r}")
    words = next((turn[name] for name in WORDS if turn.get(name) is not None), None)
    if role == "call" or turn.get("tool_calls") or turn.get("function_call"):
        calls = calls_text(words if role == "call" else turn.get("tool_calls") or turn["function_call"])
        given = turn.get("tool_calls") or []
        ids = [str(call.get("id") or "") if isinstance(call, dict) else "" for call in given]
        names = [call["name"] for call in json.loads(calls)]
        waiting.extend(zip(names, ids or [""] * len(names), strict=False))
        if role != "call" and words:
            yield turn_of("assistant", _plain(words))
        yield turn_of("assistant", None, tool_calls=calls)
    elif role == "tool":
        yield turn_of("tool", _plain(words), _answering(turn, waiting))
    else:
        yield turn_of(role, _plain(words), str(turn["name"]) if turn.get("name") else None)


def _answering(turn: Record, waiting: list[tuple[str, str]]) -> str | None:
    """The name of the tool that speaks: its own, that of the call it answers, or that of the first call without answer."""
    wanted = str(turn.get("tool_call_id") or "")
    given = str(turn.get("name") or "")
    at = next((i for i, (name, id_) in enumerate(waiting) if (wanted and id_ == wanted) or name == given), 0)
    called = waiting.pop(at)[0] if waiting else None
    return given or called


def _call(call: Any) -> Record:
    if not isinstance(call, dict):
        raise UnusableError("malformed_record", "a tool call is not an object")
    function = call["function"] if isinstance(call.get("function"), dict) else call
    arguments = function.get("arguments", function.get("parameters", {}))
    if isinstance(arguments, str):
        if is_too_deep(arguments):
            raise UnusableError("malformed_record", f"the arguments of a tool call are {TOO_DEEP}")
        with suppress(ValueError):  # a model's broken arguments are kept as the text they are
            arguments = json.loads(arguments)
    return {"name": str(function.get("name") or ""), "arguments": arguments}


def _plain(words: Any) -> str:
    """A turn's words; of OpenAI's and ShareGPT's lists of parts, the text parts. Raises UnusableError for images and sound."""
    if words is None or isinstance(words, str):
        return words or ""
    if isinstance(words, list) and all(isinstance(part, dict) and isinstance(part.get("text"), str) for part in words):
        return "\n".join(part["text"] for part in words)
    if isinstance(words, list) and all(isinstance(part, str) for part in words):
        return "\n".join(words)
    if isinstance(words, dict) and isinstance(words.get("parts"), list):
        return _plain(words["parts"])
    raise UnusableError("malformed_record", "a turn holds something that is not text")


def _last(turns: Sequence[Turn], role: str, before: int) -> int | None:
    return next((i for i in range(before - 1, -1, -1) if turns[i]["role"] == role), None)
