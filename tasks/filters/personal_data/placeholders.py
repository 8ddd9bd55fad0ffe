"""Placeholders or made-up values in place of personal data, the same for the same value in every column and turn of a row.

A person is one person: "Jane Doe", "JANE DOE" and, where no other Doe is named, "Ms. Doe" share a number. A value of several
words or signs that was found once in a row is redacted wherever the row repeats it, found there or not.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import pyarrow as pa

from tasks.filters.personal_data.made_up import made_up
from tasks.text.columns import Pieces, with_appended, with_pieces


class PersonalDataSpan(NamedTuple):
    """Characters [start, end) of a piece, and what they are."""

    piece: int
    start: int
    end: int
    entity: str
    made_up: bool = False
    """Whether a made-up value takes its place, not a placeholder."""


_TITLES: Final = frozenset("mr mrs ms miss mx dr prof professor sir madam lady lord president".split())  # noqa: SIM905
_POSSESSIVE: Final = re.compile(r"['’]s\b", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W_]+")
_REPEATED: Final = 5
"""Characters: shorter values, and names of one word, may stand for something else elsewhere (Will, May, Rose)."""


def redacted(table: pa.Table, parts: Pieces, spans: Iterable[PersonalDataSpan]) -> dict[str, pa.Array]:
    """The columns with placeholders <TYPE_n> or made-up values in place of `spans`, and `changes`; nothing if there are none."""
    texts: dict[int, str] = {}
    for row_spans in _by_row(parts, spans).values():
        everywhere = sorted(row_spans + _repetitions(parts, row_spans))
        numbers = _numbers([(span.entity, _value(parts, span)) for span in everywhere])
        invented: dict[tuple[str, int], str] = {}
        for span in everywhere if any(span.made_up for span in everywhere) else ():
            value = _value(parts, span)
            one = (span.entity, numbers[span.entity, _key(span.entity, value)])
            if span.made_up and one not in invented and (new := made_up(span.entity, value, invented.values())):
                invented[one] = new
        for span in reversed(everywhere):
            text = texts.get(span.piece) or parts.texts[span.piece].as_py()
            number = numbers[span.entity, _key(span.entity, _value(parts, span))]
            new = invented.get((span.entity, number), f"<{span.entity}_{number}>")
            texts[span.piece] = f"{text[: span.start]}{new}{text[span.end :]}"
    columns = with_pieces(table, parts, texts)
    if texts:
        rules: dict[int, list[str]] = defaultdict(list)
        for piece in sorted(texts):
            rules[int(parts.rows[piece])].append(f"pii:{parts.columns[piece]}")
        columns["changes"] = with_appended(table["changes"], rules)
    return columns


def _by_row(parts: Pieces, spans: Iterable[PersonalDataSpan]) -> Mapping[int, list[PersonalDataSpan]]:
    rows: dict[int, list[PersonalDataSpan]] = defaultdict(list)
    for span in spans:
        rows[int(parts.rows[span.piece])].append(span)
    return rows


def _value(parts: Pieces, span: PersonalDataSpan) -> str:
    return str(parts.texts[span.piece].as_py()[span.start : span.end])


def _repetitions(parts: Pieces, spans: list[PersonalDataSpan]) -> list[PersonalDataSpan]:
    """Where the row has a value of `spans` once more, outside of them."""
    entities = {value: span for span in reversed(spans) if _tells(value := _value(parts, span))}
    if not entities:
        return []
    longest_first = sorted(entities, key=lambda value: (-len(value), value))
    pattern = re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, longest_first))})(?![^\W_])")
    taken = defaultdict(list)
    for span in spans:
        taken[span.piece].append((span.start, span.end))
    row = parts.rows[spans[0].piece]
    return [
        entities[match.group()]._replace(piece=piece, start=match.start(), end=match.end())
        for piece in (parts.rows == row).nonzero()[0].tolist()
        for match in pattern.finditer(parts.texts[piece].as_py())
        if all(match.end() <= start or match.start() >= end for start, end in taken[piece])
    ]


def _tells(value: str) -> bool:
    return len(value) >= _REPEATED and (len(_WORD.findall(value)) > 1 or not value.isalpha())


def _key(entity: str, value: str) -> tuple[str, ...]:
    """What two spellings of one value have in common."""
    if entity != "PERSON":
        return ("".join(filter(str.isalnum, value)).casefold(),)
    words = [word.casefold() for word in _WORD.findall(_POSSESSIVE.sub("", value))]
    return tuple(word for word in words if word not in _TITLES) or tuple(words)


def _numbers(found: list[tuple[str, str]]) -> dict[tuple[str, tuple[str, ...]], int]:
    """The number of each (entity, key), counted by first appearance; a part of exactly one longer name has that name's."""
    keys = list(dict.fromkeys((entity, _key(entity, value)) for entity, value in found))
    persons = [key for entity, key in keys if entity == "PERSON"]
    numbers: dict[tuple[str, tuple[str, ...]], int] = {}
    counted: dict[str, int] = defaultdict(int)
    for entity, key in keys:
        whole = (
            [name for name in persons if len(name) > len(key) and set(key) < set(name)] if entity == "PERSON" else []
        )
        same = (entity, whole[0] if len(whole) == 1 else key)
        if same not in numbers:
            counted[entity] += 1
            numbers[same] = counted[entity]
        numbers[entity, key] = numbers[same]
    return numbers
