"""OpenAI's preference fine-tuning: {input: {messages, tools}, preferred_output, non_preferred_output}."""

from collections.abc import Iterable
from typing import Final

from tasks.imports.conversation import turns
from tasks.imports.example import Conventions, Example, Record
from tasks.imports.formats import dpo
from tasks.imports.values import json_text

TITLE: Final = "preference pairs (OpenAI)"
ORIGIN: Final = "synthetic"


def recognises(record: Record) -> bool:
    """Whether the record has messages and two outputs."""
    asked = record.get("input")
    return (
        isinstance(asked, dict)
        and "messages" in asked
        and {"preferred_output", "non_preferred_output"} <= record.keys()
    )


def read(record: Record, _conventions: Conventions) -> Iterable[Example]:
    """One example, the output that is not preferred in `rejected`."""
    asked = record["input"]
    preferred, other = (turns(record[name]) for name in ("preferred_output", "non_preferred_output"))
    made = dpo.pair(turns(asked["messages"]), preferred, other)
    made.tools = json_text(asked.get("tools"), "tools")
    return (made,)
