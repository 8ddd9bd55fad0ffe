"""ShareGPT and its dialects: a list of turns, {from, value} or {role, content} or {user, assistant}, under whatever key."""

from collections.abc import Iterable
from typing import Final

from tasks.imports.conversation import are_turns, example, turns, turns_in
from tasks.imports.example import Example, Record, UnusableError, json_text, optional
from tasks.imports.params import Dataset

TITLE: Final = "ShareGPT (conversations)"
ORIGIN: Final = "synthetic"


def recognises(record: Record) -> bool:
    """Whether the record has a list of turns that say who speaks."""
    return are_turns(turns_in(record))


def read(record: Record, _dataset: Dataset) -> Iterable[Example]:
    """One example a conversation, the last answer being its response; `system` and `tools` beside the turns are kept."""
    said = turns_in(record)
    if said is None:
        raise UnusableError("malformed_record", "no list of turns")
    tools = json_text(record.get("tools") or record.get("functions"), "tools")
    return (example(turns(said), optional(record, "system", "system_prompt"), tools),)
