"""Glaive function calling: {system, chat} as one marked text, or turns with `tools` as LLaMA-Factory keeps them."""

import json
import re
from collections.abc import Iterable
from typing import Final

from tasks.containers.bounds import TOO_DEEP, is_too_deep
from tasks.imports.conversation import are_turns, example, turn_of, turns_in
from tasks.imports.example import Conventions, Example, Record, Turn, UnusableError
from tasks.imports.formats import sharegpt
from tasks.imports.tool_calls import calls_text
from tasks.imports.values import parsed, text

TITLE: Final = "Glaive (tool calls)"
ORIGIN: Final = "synthetic"

_SPEAKER: Final = re.compile(r"^[^\S\n]*+(USER|ASSISTANT|FUNCTION RESPONSE):", re.MULTILINE)
_MARK: Final = "<functioncall>"
_CALL: Final = re.compile(
    r"\s*+\{\s*+\"name\":\s*+\"(?P<name>[^\"]*+)\"\s*+(?:,\s*+\"arguments\":(?P<arguments>.*)|)\Z", re.DOTALL
)
"""What stands behind the mark, up to the brace that ends it."""
_ROLES: Final = {"USER": "user", "ASSISTANT": "assistant", "FUNCTION RESPONSE": "tool"}


def recognises(record: Record) -> bool:
    """Whether the record has Glaive's marked chat, or turns beside tools."""
    if isinstance(record.get("chat"), str):
        return _SPEAKER.search(record["chat"]) is not None
    return bool(record.get("tools")) and are_turns(turns_in(record))


def read(record: Record, conventions: Conventions) -> Iterable[Example]:
    """One example a conversation."""
    if not isinstance(record.get("chat"), str):
        return sharegpt.read(record, conventions)
    system = text(record, "system").removeprefix("SYSTEM:").strip()
    words, tools = _tools(system)
    return (example(_turns(record["chat"]), words, tools),)


def _tools(system: str) -> tuple[str, str | None]:
    """The system text without the functions it lists as JSON, and these."""
    start = system.find("{")
    found, at = [], start
    decoder = json.JSONDecoder()
    if is_too_deep(system):
        raise UnusableError("malformed_record", f"the functions in its system text are {TOO_DEEP}")
    while at != -1:
        try:
            tool, end = decoder.raw_decode(system, at)
        except ValueError:
            return system, None
        found.append(tool)
        at = system.find("{", end)
    if not found:
        return system, None
    return system[:start].rstrip(" -\n"), json.dumps(found, ensure_ascii=False)


def _turns(chat: str) -> list[Turn]:
    parts = _SPEAKER.split(chat)[1:]
    made: list[Turn] = []
    called: str | None = None
    for speaker, said in zip(parts[::2], parts[1::2], strict=True):
        words = said.replace("<|endoftext|>", "").strip()
        role = _ROLES[speaker]
        before, mark, behind = words.partition(_MARK)
        if role == "assistant" and mark and behind.endswith("}") and (call := _CALL.match(behind[:-1])):
            called = call["name"]
            made.append(turn_of("assistant", before.strip() or None, tool_calls=calls_text([_call(call)])))
        else:
            made.append(turn_of(role, words, called if role == "tool" else None))
    return made


def _call(call: re.Match[str]) -> Record:
    arguments = (call["arguments"] or "{}").strip()
    quoted = arguments[1:-1] if arguments[:1] == arguments[-1:] == "'" else arguments  # Glaive quotes JSON in JSON
    return {"name": call["name"], "arguments": parsed(quoted, f"the arguments of {call['name']}")}
