"""Facts of any shape as blocks: what a stage measured is shown even if the report knows nothing about it."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from tasks.release.formatting import as_text, in_words
from tasks.release.lookup import number
from tasks.release.report.blocks import Block, Cell, Code, Fold, Grid, KeyFigure, Line

LONGEST: Final = 40
"""Lines of a table made from facts."""
DEEPEST: Final = 4


def key_figures(facts: Mapping[str, Any], wanted: Mapping[str, tuple[str, Callable[[float], str]]]) -> list[KeyFigure]:
    """The numbers of `facts` that are `wanted`, by name: what each counts, and how it is written."""
    return [
        KeyFigure(write(value), label)
        for name, (label, write) in wanted.items()
        if (value := number(facts, name)) is not None
    ]


def fact_tables(name: str, value: Any, depth: int = 0) -> list[Block]:
    """`value` (JSON data) as tables: scalars in one, counts with bars, lists of records as they are, the rest folded."""
    heading = in_words(name)
    match value:
        case Mapping() | list() | tuple() if not value:
            return []
        case Mapping() if len(value) > 1 and all(type(item) is int and item >= 0 for item in value.values()):
            most = max(value.values()) or 1
            ordered = sorted(value.items(), key=lambda item: (-item[1], str(item[0])))[:LONGEST]
            bars: list[Line] = [[Cell(str(key)), Cell(as_text(item), share=item / most)] for key, item in ordered]
            return [Grid(heading, (heading, "Count"), bars)]
        case Mapping() if len(value) > 1 and all(isinstance(item, Mapping) and _flat(item) for item in value.values()):
            return [_records(heading, [{name: key} | dict(record) for key, record in value.items()])]
        case Mapping():
            return _mixed(heading, value, depth)
        case list() | tuple() if all(isinstance(item, Mapping) and _flat(item) for item in value):
            return [_records(heading, value)]
        case list() | tuple() if all(_scalar(item) for item in value):
            return [Grid(heading, (heading,), [[Cell(as_text(item))] for item in value[:LONGEST]])]
        case list() | tuple():
            return [_json(value)]
        case _:
            return [Grid(heading, ("Measure", "Value"), [[Cell(heading), as_text(value)]], wide=False)]


def _mixed(heading: str, value: Mapping[str, Any], depth: int) -> list[Block]:
    plain = {key: item for key, item in value.items() if _scalar(item) or (isinstance(item, list) and _short(item))}
    lines: list[Line] = [[Cell(in_words(str(key))), as_text(item)] for key, item in plain.items()]
    table = Grid(heading, ("Measure", "Value"), lines[:LONGEST], numbers=(1,), headed=False, wide=False)
    folded = [(str(key), item) for key, item in value.items() if key not in plain and item][:LONGEST]
    return [
        *([table] if plain else []),
        *(
            Fold(in_words(key), fact_tables(key, item, depth + 1) if depth < DEEPEST else [_json(item)])
            for key, item in folded
        ),
    ]


def _records(heading: str, records: Sequence[Mapping[str, Any]]) -> Grid:
    columns = list(dict.fromkeys(key for record in records for key in record))
    numbers = [
        position
        for position, column in enumerate(columns)
        if position and all(isinstance(record.get(column), int | float | None) for record in records)
    ]
    lines = [[as_text(record.get(column)) for column in columns] for record in records[:LONGEST]]
    return Grid(heading, [in_words(str(column)) for column in columns], lines, numbers=numbers)


def _flat(record: Mapping[str, Any]) -> bool:
    return bool(record) and all(_scalar(item) or _short(item) for item in record.values())


def _short(value: Any) -> bool:
    """Fits into a cell of a table."""
    items = list(value.values()) if isinstance(value, Mapping) else value
    return isinstance(items, list | tuple) and len(items) <= 12 and all(_scalar(item) for item in items)


def _scalar(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _json(value: Any) -> Code:
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    return Code(text if len(text) <= 4000 else f"{text[:4000]}…")
