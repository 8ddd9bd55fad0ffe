"""Preference pairs for DPO: a prompt or turns, and a `chosen` and a `rejected` answer."""

from collections.abc import Iterable
from typing import Any, Final

from tasks.imports import table
from tasks.imports.conversation import example, turn_of, turns, turns_in
from tasks.imports.example import Conventions, Example, Record, Turn, UnusableError
from tasks.imports.values import accepted, unpacked

TITLE: Final = "preference pairs (DPO)"
ORIGIN: Final = "synthetic"


def recognises(record: Record) -> bool:
    """Whether the record has a better and a worse answer to something."""
    pair = [unpacked(record.get(name)) for name in ("chosen", "rejected")]
    asked = turns_in(record) is not None or bool(table.plan_of(record).instruction)
    return all(isinstance(answer, str | list | dict) for answer in pair) and (asked or isinstance(pair[0], list))


def read(record: Record, conventions: Conventions) -> Iterable[Example]:
    """One example, its losing answer in `rejected`. Answers may be texts, turns, or whole conversations ending in them."""
    plan = table.plan_of(record, conventions)
    chosen, rejected = (_answer(record[name], name) for name in ("chosen", "rejected"))
    made = pair(_before(record, plan, chosen), chosen, rejected)
    table.describe(made, record, plan)
    return (made,)


def pair(before: list[Turn], chosen: list[Turn], rejected: list[Turn]) -> Example:
    """The example of two answers. Where they are whole conversations they hold the context, and of `before` only system turns
    count. Raises UnusableError where the two answer different questions."""
    said = [*before, *chosen]
    asked, users = _asked(chosen), [sum(turn["role"] == "user" for turn in turns) for turns in (before, chosen)]
    if (
        asked is not None and users[0] > users[1] and asked == _asked(before)
    ):  # chosen begins with the last question only
        said = [*before[: _last_question(before) + 1], *chosen[_last_question(chosen) + 1 :]]
    elif asked is not None:
        has_system = any(turn["role"] == "system" for turn in chosen)
        said = [*([] if has_system else [turn for turn in before if turn["role"] == "system"]), *chosen]
    if asked is not None and _asked(rejected) not in (None, asked):
        raise UnusableError("malformed_record", "chosen and rejected answer different questions")
    made = example(said)
    made.rejected = rejected[-1]["tool_calls"] or rejected[-1]["content"]
    return made


def _asked(answer: list[Turn]) -> str | None:
    return next((turn["content"] for turn in reversed(answer) if turn["role"] == "user"), None)


def _last_question(said: list[Turn]) -> int:
    return max(i for i, turn in enumerate(said) if turn["role"] == "user")


def _before(record: Record, plan: table.Plan, chosen: list[Turn]) -> list[Turn]:
    """The turns before the answers: those of the record without the answer they may end in, and the question beside them."""
    said = turns(turns_in(record) or [])
    if said and said[-1]["role"] == "assistant" and said[-1]["content"] == chosen[-1]["content"]:
        said = said[:-1]
    before, question = table.asked(record, plan)
    if said and said[-1]["role"] in ("user", "tool"):
        return said
    return [*said, *before, *([turn_of("user", question)] if question else [])]


def _answer(value: Any, name: str) -> list[Turn]:
    """An answer as turns, of which it is the last."""
    value = unpacked(value)
    several = isinstance(value, list) and bool(value) and isinstance(value[0], str)
    if several or (isinstance(value, dict) and not {"role", "from"} & value.keys()):
        value = next(iter(accepted(value, name)), "")
    if isinstance(value, str):
        return [turn_of("assistant", value)]
    made = turns(value if isinstance(value, list) else [value])
    if not made or made[-1]["role"] != "assistant":
        raise UnusableError("malformed_record", f"{name} does not end with an answer")
    return made
