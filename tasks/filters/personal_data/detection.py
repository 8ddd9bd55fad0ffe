"""Personal data found in texts, by presidio's patterns and the packaged spaCy model.

Patterns run only on texts that could match (`prefilters`). Presidio itself is imported only when a text is left over.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.filters.personal_data.prefilters import MIN_PHONE_DIGITS, PREFILTERS, phone_number
from tasks.filters.personal_data.written_out import written_out
from tasks.text.columns import Texts, plain

Pattern = Literal[
    "EMAIL_ADDRESS", "PHONE_NUMBER", "CREDIT_CARD", "IBAN_CODE", "US_SSN", "IP_ADDRESS", "URL", "CRYPTO", "DATE_TIME",
    "MAC_ADDRESS", "MEDICAL_LICENSE", "UK_NHS", "US_BANK_NUMBER", "US_DRIVER_LICENSE", "US_ITIN", "US_PASSPORT", "UUID",
]  # fmt: skip
Named = Literal["PERSON", "LOCATION", "ORGANIZATION", "NRP", "DATE_TIME"]
PERSONAL: Final[tuple[Pattern, ...]] = get_args(Pattern)[:6]
"""Entities by pattern that are looked for unless a recipe names others: the rest is seldom personal, or seldom right."""
NAMED: Final[tuple[Named, ...]] = get_args(Named)[:4]
"""Entities that only the language model finds."""
SPANS: Final = pa.schema(
    [("row", pa.int64()), ("entity", pa.string()), ("start", pa.int32()), ("end", pa.int32()), ("score", pa.float64())]
)
"""Characters [start, end) of the row's text; score as presidio gives it, 0 … 1."""

_WINDOW: Final = 4000
_OVERLAP: Final = 500
_EDGE: Final = 50
"""Characters. Patterns backtrack: on a line of a megabyte they would take minutes, on stretches of it they don't."""
_LABELS: Final = {
    "PERSON": "PERSON",
    "GPE": "LOCATION",
    "LOC": "LOCATION",
    "FAC": "LOCATION",
    "ORG": "ORGANIZATION",
    "NORP": "NRP",
    "DATE": "DATE_TIME",
    "TIME": "DATE_TIME",
}
"""spaCy's OntoNotes labels as presidio names them."""
_WRITTEN_OUT: Final = 0.85
"""Score of an address that is written out in words."""
_NER_SCORE: Final = 0.85
"""What presidio gives a name that spaCy found; the model itself gives no probability."""


def find(
    texts: Texts,
    entities: Sequence[str] = PERSONAL,
    ner: bool = False,
    workers: int = 2,
    phone_digits: int = MIN_PHONE_DIGITS,
) -> pa.Table:
    """The `entities` in `texts`, schema SPANS, by row and place; spans may overlap (a number can be a phone and a card).

    PERSON, LOCATION, ORGANIZATION and NRP are looked for only with `ner`. `workers` processes share the search for these where it
    is much; how many there are changes nothing. Telephone numbers with fewer than `phone_digits` before the extension may be left
    out. Raises KeyError for an entity nobody finds.
    """
    column = plain(texts)
    prefilters = {**PREFILTERS, "PHONE_NUMBER": phone_number(phone_digits)}
    spans: list[tuple[int, str, int, int, float]] = []
    for entity in entities:
        if entity not in get_args(Named) or entity in prefilters:
            suspects = np.flatnonzero(
                pc.match_substring_regex(column, prefilters[entity]).to_numpy(zero_copy_only=False)
            )
            spans += _matched(column, suspects.tolist(), entity, phone_digits)
    if ner:
        spans += _named(column, frozenset(entities) & frozenset(get_args(Named)), workers)
    spans.sort(key=lambda span: (span[0], span[2], span[3], span[1]))
    columns = list(zip(*spans, strict=True)) or [()] * len(SPANS)
    return pa.table([pa.array(column, f.type) for column, f in zip(columns, SPANS, strict=True)], schema=SPANS)


def apart(spans: pa.Table) -> pa.Table:
    """`spans` without overlaps: of two that overlap the one with the higher score stays, then the longer, then the first."""
    rows = spans.to_pylist()
    order = sorted(range(len(rows)), key=lambda k: (-rows[k]["score"], rows[k]["start"] - rows[k]["end"], k))
    taken: dict[int, list[tuple[int, int]]] = defaultdict(list)
    kept = []
    for k in order:
        start, end = rows[k]["start"], rows[k]["end"]
        if all(end <= other_start or start >= other_end for other_start, other_end in taken[rows[k]["row"]]):
            taken[rows[k]["row"]].append((start, end))
            kept.append(k)
    return spans.take(pa.array(sorted(kept), pa.int64()))


def windows(text: str) -> Iterator[tuple[int, str]]:
    """`text` in overlapping stretches with their starts; whole if it is not long. No entity is longer than the overlap."""
    if len(text) <= _WINDOW:
        yield 0, text
        return
    for start in range(0, len(text) - _OVERLAP, _WINDOW - _OVERLAP):
        yield start, text[start : start + _WINDOW]


def _matched(
    column: pa.LargeStringArray, rows: Sequence[int], entity: str, phone_digits: int
) -> list[tuple[int, str, int, int, float]]:
    """The spans of one entity found by its pattern."""
    if not rows:
        return []
    from tasks.filters.personal_data import presidio

    texts = [column[row].as_py() for row in rows]
    found: list[tuple[int, str, int, int, float]] = []
    for row, text in zip(rows, texts, strict=True):
        spans: dict[tuple[int, int], float] = {}
        for offset, part in windows(text):
            begin = 0 if offset == 0 else _EDGE
            end = len(part) if offset + len(part) == len(text) else len(part) - _EDGE
            for first, last, score in presidio.recognised(part, entity, phone_digits):
                # nearer to a cut it may be half an entity; the next window has it whole
                if first >= begin and last <= end:
                    spans[offset + first, offset + last] = score
            if entity == "EMAIL_ADDRESS":
                spans |= {(offset + first, offset + last): _WRITTEN_OUT for first, last in written_out(part)}
        found += [(row, entity, *span, score) for span, score in spans.items()]
    return found


def _named(column: pa.LargeStringArray, wanted: frozenset[str], workers: int) -> list[tuple[int, str, int, int, float]]:
    from tasks.filters.personal_data.names import names

    parts = [(row, offset, part) for row, text in enumerate(column.to_pylist()) for offset, part in windows(text)]
    found: dict[tuple[int, str, int, int], float] = {}
    for (row, offset, _), spans in zip(parts, names([part for _, _, part in parts], workers), strict=True):
        for label, start, end in spans:
            if (entity := _LABELS.get(label)) in wanted:
                found[row, str(entity), offset + start, offset + end] = _NER_SCORE
    return [(*span, score) for span, score in found.items()]
