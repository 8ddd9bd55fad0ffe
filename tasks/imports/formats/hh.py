"""Anthropic's HH: two whole dialogues as text, `chosen` and `rejected`, with "Human:" and "Assistant:" before each turn."""

import re
from collections.abc import Iterable
from typing import Final

from tasks.imports.conversation import turn_of
from tasks.imports.example import Conventions, Example, Record, Turn, UnusableError
from tasks.imports.formats import dpo
from tasks.imports.values import text

TITLE: Final = "preference pairs (HH)"
ORIGIN: Final = "synthetic"

_SPEAKER: Final = re.compile(r"(?:\A|\n\n)(Human|Assistant): ?")


def recognises(record: Record) -> bool:
    """Whether both dialogues begin with a marked turn."""
    return all(isinstance(record.get(name), str) and _SPEAKER.match(record[name]) for name in ("chosen", "rejected"))


def read(record: Record, _conventions: Conventions) -> Iterable[Example]:
    """One example: the turns both share, the chosen answer, and the rejected one."""
    chosen, rejected = _turns(text(record, "chosen")), _turns(text(record, "rejected"))
    if not rejected or rejected[-1]["role"] != "assistant":
        raise UnusableError("malformed_record", "rejected does not end with an answer")
    return (dpo.pair([], chosen, rejected),)


def _turns(dialogue: str) -> list[Turn]:
    parts = _SPEAKER.split(dialogue)[1:]
    said = zip(parts[::2], parts[1::2], strict=True)
    return [turn_of("user" if who == "Human" else "assistant", words.strip()) for who, words in said]
