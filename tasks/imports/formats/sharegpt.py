"""ShareGPT and its dialects: a list of turns, {from, value} or {role, content} or {user, assistant}, under whatever key."""

from collections.abc import Iterable
from typing import Final

from tasks.imports import table
from tasks.imports.conversation import are_turns, example, turns, turns_in
from tasks.imports.example import Conventions, Example, Record, UnusableError

TITLE: Final = "ShareGPT (conversations)"
ORIGIN: Final = "synthetic"


def recognises(record: Record) -> bool:
    """Whether the record has a list of turns that say who speaks."""
    return are_turns(turns_in(record))


def read(record: Record, _conventions: Conventions) -> Iterable[Example]:
    """One example a conversation, the last answer being its response; `system` and `tools` beside the turns are kept."""
    said = turns_in(record)
    if said is None:
        raise UnusableError("malformed_record", "no list of turns")
    made = example(turns(said))
    table.describe(made, record, table.plan_of(record))
    return (made,)
