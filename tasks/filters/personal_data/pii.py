"""Personal data found by presidio's patterns and the packaged spaCy model, and redacted, tagged, or dropped.

Patterns run only on texts that could match: `PREFILTERS` has, for each entity, a condition that every match of presidio's
pattern fulfils, so that a text it turns away cannot hold one. Presidio itself is imported only when a text is left over.

Names, places and organisations are off unless a recipe asks: novels, reference works and news are full of public ones, and
redacting those would harm the data without protecting anybody.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from tasks.core.params import Params
from tasks.filters.contract import Filter, FilterContext, FilterResult
from tasks.filters.personal_data.exceptions import innocent
from tasks.filters.personal_data.placeholders import Span, redacted
from tasks.text import nlp
from tasks.text.columns import Texts, pieces, plain, with_appended

Pattern = Literal[
    "EMAIL_ADDRESS",
    "PHONE_NUMBER",
    "CREDIT_CARD",
    "IBAN_CODE",
    "US_SSN",
    "IP_ADDRESS",
    "URL",
    "CRYPTO",
    "DATE_TIME",
    "MAC_ADDRESS",
    "MEDICAL_LICENSE",
    "UK_NHS",
    "US_BANK_NUMBER",
    "US_DRIVER_LICENSE",
    "US_ITIN",
    "US_PASSPORT",
    "UUID",
]
Named = Literal["PERSON", "LOCATION", "ORGANIZATION", "NRP", "DATE_TIME"]
PERSONAL: Final[tuple[Pattern, ...]] = get_args(Pattern)[:6]
"""Entities by pattern that are looked for unless a recipe names others: the rest is seldom personal, or seldom right."""
NAMED: Final[tuple[Named, ...]] = get_args(Named)[:4]
"""Entities that only the language model finds."""
Action = Literal["redact", "tag", "drop"]

SPANS: Final = pa.schema(
    [("row", pa.int64()), ("entity", pa.string()), ("start", pa.int32()), ("end", pa.int32()), ("score", pa.float64())]
)
"""Characters [start, end) of the row's text; score as presidio gives it, 0 … 1."""

MIN_PHONE_DIGITS: Final = 4
"""The fewest that `phonenumbers` takes for a number in any of presidio's countries: to it 1640 is a German pager."""
PHONE_MARKS: Final = (
    "[-xX\u2010-\u2015\u2212\u30fc\uff0d-\uff0f \u00a0\u00ad\u200b\u2060\u3000()"
    "\uff08\uff09\uff3b\uff3d.\\[\\]/~\u2053\u223c\uff5e]"
)
"""What `phonenumbers` allows between the digits of a number, at most four at a time."""
_LETTER: Final = r"[A-Za-z\x{130}\x{131}\x{17f}\x{212a}]"
"""What [A-Z] matches where case is ignored: four characters more than one would think."""
PREFILTERS: Final[Mapping[str, str]] = {
    "EMAIL_ADDRESS": r"\S@\S+\.\S",
    "PHONE_NUMBER": rf"\p{{Nd}}(?:{PHONE_MARKS}{{0,4}}\p{{Nd}}){{{MIN_PHONE_DIGITS - 1}}}",
    "CREDIT_CARD": r"\p{Nd}(?:[- ]?\p{Nd}){12}",
    "IBAN_CODE": rf"{_LETTER}{{2}}[0-9]{{2}}(?:[ -]?(?:{_LETTER}|[0-9]){{4}}){{2}}",
    "US_SSN": r"[0-9]{3}[- .]?[0-9]{2}[- .]?[0-9]{4}",
    "URL": r"[A-Za-z0-9.\-\x{131}\x{130}\x{17f}\x{212a}]\.",
    "CRYPTO": rf"(?:{_LETTER}|[0-9]){{26}}",
    "DATE_TIME": r"\p{Nd}",
    "MAC_ADDRESS": r"[0-9A-Fa-f]{2}[:-]|[0-9A-Fa-f]{4}\.",
    "MEDICAL_LICENSE": r"\p{Nd}{7}",
    "UK_NHS": r"\p{Nd}{3}[- ]?\p{Nd}{3}[- ]?\p{Nd}{4}",
    "US_BANK_NUMBER": r"[0-9]{8}",
    "US_DRIVER_LICENSE": r"[0-9]",
    "US_ITIN": r"9\p{Nd}{2}",
    "US_PASSPORT": r"[0-9]{8}",
    "UUID": r"[0-9A-Fa-f]{8}-",
    "IP_ADDRESS": r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]|::|(?:[0-9A-Fa-f]{1,4}:){6}",
}
"""Entity → RE2 pattern that stands in every text in which presidio's pattern matches."""

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
_NER_SCORE: Final = 0.85
"""What presidio gives a name that spaCy found; the model itself gives no probability."""


class Pii(Params):
    """What is looked for, and what is done about it."""

    enabled: bool = True
    """Whether this filter runs."""
    action: Action = "redact"
    """What happens where something is found: redact replaces it, tag notes it, drop rejects the row; `actions` can differ
    by entity."""
    patterns: tuple[Pattern, ...] = PERSONAL
    """Entities found by patterns; the others on the list are seldom personal, or seldom right."""
    names: tuple[Named, ...] = ()
    """Entities found by the language model: PERSON, LOCATION, ORGANIZATION, NRP (nationality, religion, politics)."""
    actions: Mapping[Pattern | Named, Action] = {
        "PERSON": "tag",
        "LOCATION": "tag",
        "ORGANIZATION": "tag",
        "NRP": "tag",
    }
    """What happens to single entities, where it is not `action`."""
    min_score: Annotated[float, Field(ge=0, le=1)] = 0.4
    """Presidio's confidence from which a find counts. Its own default is 0; nine bare digits score 0.05 as an SSN."""

    def identity(self) -> dict[str, Any]:
        """With the language model, if names are looked for."""
        return super().identity() | ({"model": nlp.MODEL} if self.names else {})


def compute(table: pa.Table, params: Pii, context: FilterContext) -> FilterResult:
    """Rejects `pii` where the action is drop; fills in `pii` with TYPE:column; replaces redacted columns, noted in `changes`.

    A placeholder is <TYPE_n>, with the same n for the same value in every column and turn of a row.
    """
    parts = pieces(table)
    spans = find(parts.texts, (*params.patterns, *params.names), ner=bool(params.names), workers=context.tools.workers)
    spans = spans.filter(pc.greater_equal(spans["score"], params.min_score))
    spans = apart(
        spans.filter(pa.array([not innocent(parts.texts[s["row"]].as_py(), s) for s in spans.to_pylist()], pa.bool_()))
    )
    found: dict[int, list[str]] = defaultdict(list)
    dropped: dict[int, list[str]] = defaultdict(list)
    redact: list[Span] = []
    for span in spans.to_pylist():
        row, entity = int(parts.rows[span["row"]]), span["entity"]
        found[row].append(f"{entity}:{parts.columns[span['row']]}")
        match params.actions.get(entity, params.action):
            case "drop":
                dropped[row].append(entity)
            case "redact":
                redact.append(Span(span["row"], span["start"], span["end"], entity))
    columns = redacted(table, parts, redact)
    if found:
        columns["pii"] = with_appended(table["pii"], found)
    rejected = {row: ("pii", ", ".join(sorted(set(entities)))) for row, entities in dropped.items()}
    return FilterResult.of(table.num_rows, rejected, columns)


def find(texts: Texts, entities: Sequence[str] = PERSONAL, ner: bool = False, workers: int = 2) -> pa.Table:
    """The `entities` in `texts`, schema SPANS, by row and place; spans may overlap (a number can be a phone and a card).

    PERSON, LOCATION, ORGANIZATION and NRP are looked for only with `ner`. `workers` processes share the work where it is much;
    how many there are changes nothing. Raises KeyError for an entity nobody finds.
    """
    column = plain(texts)
    spans: list[tuple[int, str, int, int, float]] = []
    for entity in entities:
        if entity not in get_args(Named) or entity in PREFILTERS:
            suspects = np.flatnonzero(
                pc.match_substring_regex(column, PREFILTERS[entity]).to_numpy(zero_copy_only=False)
            )
            spans += _matched(column, suspects.tolist(), entity, workers)
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
    column: pa.LargeStringArray, rows: Sequence[int], entity: str, workers: int
) -> list[tuple[int, str, int, int, float]]:
    """The spans of one entity found by its pattern."""
    if not rows:
        return []
    from tasks.filters.personal_data import presidio

    texts = [column[row].as_py() for row in rows]
    parts = (part for text in texts for _, part in windows(text))
    phones = presidio.phones_in(parts, workers) if entity == "PHONE_NUMBER" else {}
    found: list[tuple[int, str, int, int, float]] = []
    for row, text in zip(rows, texts, strict=True):
        spans: dict[tuple[int, int], float] = {}
        for offset, part in windows(text):
            begin = 0 if offset == 0 else _EDGE
            end = len(part) if offset + len(part) == len(text) else len(part) - _EDGE
            for first, last, score in presidio.recognised(part, entity, phones):
                # nearer to a cut it may be half an entity; the next window has it whole
                if first >= begin and last <= end:
                    spans[offset + first, offset + last] = score
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


FILTER: Final = Filter(
    name="pii",
    params=Pii,
    reasons={
        "pii": "holds personal data and the recipe says drop; detail: entity types",
    },
    row_wise=False,
    compute=compute,
)
