"""Files whose one record is a whole table: columns as lists, as pandas and datasets write them, or a list in an envelope."""

import itertools
from collections import deque
from collections.abc import Iterator
from typing import Any

from tasks.containers import RecordBlock
from tasks.imports.conversation import are_turns
from tasks.imports.example import Record
from tasks.imports.formats import FORMATS


def unwrapped(stream: Iterator[RecordBlock]) -> Iterator[RecordBlock]:
    """`stream`, or the rows inside its only record where this is a table."""
    blocks = deque(itertools.islice(stream, 2))
    if len(blocks) == 1 and len(blocks[0].values) == 1:
        blocks = deque(map(_table, blocks))
    yield from handed_over(blocks)
    yield from stream


def _table(block: RecordBlock) -> RecordBlock:
    """The rows of a block of one record, or the block if that is no table."""
    rows = _rows(block.values[0]) if isinstance(block.values[0], dict) else None
    line = block.line(0)
    return block if rows is None else RecordBlock(0, rows, block.ends_at, lambda _: line)


def handed_over(blocks: deque[RecordBlock]) -> Iterator[RecordBlock]:
    """Each of `blocks`, which then holds it no longer: a block of short records takes a hundred megabytes."""
    while blocks:
        yield blocks.popleft()


def _rows(record: Record) -> list[Any] | None:
    """The rows of a record that is a table; None if it is a row itself."""
    values = [*record.values()]
    if {"columns", "data"} <= record.keys() and all(isinstance(row, list) for row in record["data"]):  # pandas: split
        return [dict(zip(record["columns"], row, strict=True)) for row in record["data"]]
    if _are_columns(values):
        return [dict(zip(record, row, strict=True)) for row in zip(*values, strict=True)]
    if any(form.recognises(record) for form in FORMATS.values() if not all(isinstance(v, dict) for v in values)):
        return None
    if values and all(isinstance(value, dict) and value for value in values):
        keys = [*values[0]]
        if all([*value] == keys for value in values[1:]):
            by_row = any(form.recognises(values[0]) for form in FORMATS.values())  # pandas: index, and columns
            return values if by_row else [{name: value[key] for name, value in record.items()} for key in keys]
    inner = [v for v in values if isinstance(v, list) and v and all(isinstance(i, dict) for i in v)]
    return inner[0] if len(inner) == 1 else None


def _are_columns(values: list[Any]) -> bool:
    """Whether these are the columns of a table: lists of one length, none of them the turns of one conversation."""
    return (
        len(values) > 1
        and all(isinstance(value, list) and value for value in values)
        and len({len(value) for value in values}) == 1
        and not any(are_turns(value) for value in values)
    )
