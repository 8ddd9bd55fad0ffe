"""Glaive function calling: {system, chat} as one marked text, or turns with `tools` as LLaMA-Factory keeps them."""

import json
import re
from collections.abc import Iterable
from typing import Final

from tasks.imports.conversation import are_turns, calls_text, example, turn_of, turns_in
from tasks.imports.example import Example, Record, Turn, UnusableError, text
from tasks.imports.formats import sharegpt
from tasks.imports.params import Dataset

TITLE: Final = "Glaive (tool calls)"
ORIGIN: Final = "synthetic"

_SPEAKER: Final = re.compile(r"(?:^|\n)\s*(USER|ASSISTANT|FUNCTION RESPONSE):")
_CALL: Final = re.compile(
    r"<functioncall>\s*\{\s*\"name\":\s*\"(?P<name>[^\"]*)\"\s*(?:,\s*\"arguments\":\s*(?P<arguments>.*))?\}\s*$",
    re.DOTALL,
)
_ROLES: Final = {"USER": "user", "ASSISTANT": "assistant", "FUNCTION RESPONSE": "tool"}


def recognises(record: Record) -> bool:
    """Whether the record has Glaive's marked chat, or turns beside tools."""
    if isinstance(record.get("chat"), str):
        return _SPEAKER.search(record["chat"]) is not None
    return bool(record.get("tools")) and are_turns(turns_in(record))


def read(record: Record, dataset: Dataset) -> Iterable[Example]:
    """One example a conversation."""
    if not isinstance(record.get("chat"), str):
        return sharegpt.read(record, dataset)
    system = text(record, "system").removeprefix("SYSTEM:").strip()
    words, tools = _tools(system)
    return (example(_turns(record["chat"]), words, tools),)


def _tools(system: str) -> tuple[str, str | None]:
    """The system text without the functions it lists as JSON, and these."""
    start = system.find("{")
    found, at = [], start
    decoder = json.JSONDecoder()
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
        if role == "assistant" and (call := _CALL.search(words)):
            if before := words[: call.start()].strip():
                made.append(turn_of("assistant", before))
            called = call["name"]
            made.append(turn_of("assistant", None, tool_calls=calls_text([_call(call)])))
        else:
            made.append(turn_of(role, words, called if role == "tool" else None))
    return made


def _call(call: re.Match[str]) -> Record:
    arguments = (call["arguments"] or "{}").strip()
    quoted = arguments[1:-1] if arguments[:1] == arguments[-1:] == "'" else arguments  # Glaive quotes JSON in JSON
    try:
        return {"name": call["name"], "arguments": json.loads(quoted)}
    except ValueError:
        raise UnusableError("malformed_record", f"the arguments of {call['name']} are not JSON") from None
