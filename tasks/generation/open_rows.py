"""Rows on their way through several rounds of requests."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from tasks.core.schema import Row
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Completion, Failure, Request, Teacher


class OpenRow(Protocol):
    """What a method still works on."""

    row: Row


Open = TypeVar("Open", bound=OpenRow)


def answered(
    waiting: Sequence[Open], requests: Sequence[Request], teacher: Teacher, rows: SortedRows
) -> list[tuple[Open, Completion]]:
    """Each of `waiting` with the answer to its request, all asked in one batch and noted in `requests` of its row. Those without
    an answer fail."""
    found = []
    for one, reply in zip(waiting, teacher.ask(requests), strict=True):
        note(one.row, reply)
        if isinstance(reply, Failure):
            rows.fail(one.row, reply)
        else:
            found.append((one, reply))
    return found


def note(row: Row, reply: Completion | Failure) -> None:
    """Note in `row` a call that was made for it."""
    row["requests"] = [*row["requests"], reply.request_hash]
