"""Personal data found by presidio's patterns and the packaged spaCy model, and redacted, tagged, or dropped.

Names, places and organisations are off unless a recipe asks: novels, reference works and news are full of public ones, and
redacting those would harm the data without protecting anybody.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from tasks.core.params import Params
from tasks.filters.contract import Filter, FilterContext, FilterResult
from tasks.filters.personal_data.detection import PERSONAL, SPANS, Named, Pattern, apart, find
from tasks.filters.personal_data.exceptions import FEWEST_DIGITS, innocent, trimmed
from tasks.filters.personal_data.placeholders import PersonalDataSpan, redacted
from tasks.text import nlp
from tasks.text.columns import Pieces, pieces, with_appended

Action = Literal["redact", "replace", "tag", "drop"]


ANSWERS: Final = ("response", "rejected")
_MADE_UP: Final = re.compile(
    r"(?i)\b(?:fake|fictional|fictitious|made-?up|make up|invent\w*|imaginary|dummy|sample|example|mock|random|hypothetical|"
    r"synthetic)\b"
    r"[^.?!\n]{0,80}\b(?:data|contacts?|persons?|people|customers?|profiles?|address(?:es)?|phones?|e-?mails?|numbers?|records?|users?|"
    r"resumes?|cvs?|cards?|identit\w+|invoices?|receipts?|signatures?|json|csv|tables?|entr(?:y|ies)|forms?)\b"
    r"|\b(?:write|create|generate|draft|design|compose|make|give me|produce)\b[^.?!\n]{0,60}\b(?:business card|resume|cv\b|"
    r"contact (?:card|info\w*|details|page|form)|e?-?mail signature|cover letter|letterhead|invoice|press release|advert\w*|flyer|"
    r"job (?:posting|ad)|customer (?:record|data)|user (?:record|data|profile)|phone ?book|address book|phone numbers?|"
    r"e-?mail address(?:es)?|ip address(?:es)?|credit card numbers?)"
)
"""Instructions that ask for personal data of nobody."""


class Pii(Params):
    """What is looked for, and what is done about it."""

    enabled: bool = True
    """Whether this filter runs."""
    action: Action = "redact"
    """What happens where something is found: redact puts <TYPE_n> in its place, replace a made-up value (jon.reed@example.org), tag
    notes it, drop rejects the row; `actions` can differ by entity."""
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

    A placeholder is <TYPE_n>, with the same n for the same value in every column and turn of a row. Made-up data that the
    instruction asks for stays.
    """
    parts = pieces(table)
    wanted, workers = (*params.patterns, *params.names), context.tools.workers
    spans = find(parts.texts, wanted, bool(params.names), workers, phone_digits=FEWEST_DIGITS)
    spans = spans.filter(pc.greater_equal(spans["score"], params.min_score))
    spans = apart(pa.Table.from_pylist(_somebodys(parts, spans.to_pylist()), schema=SPANS))
    found: dict[int, list[str]] = defaultdict(list)
    dropped: dict[int, list[str]] = defaultdict(list)
    redact: list[PersonalDataSpan] = []
    for span in spans.to_pylist():
        row, entity = int(parts.rows[span["row"]]), span["entity"]
        found[row].append(f"{entity}:{parts.columns[span['row']]}")
        match params.actions.get(entity, params.action):
            case "drop":
                dropped[row].append(entity)
            case "redact" | "replace" as action:
                redact.append(PersonalDataSpan(span["row"], span["start"], span["end"], entity, action == "replace"))
    columns = redacted(table, parts, redact)
    if found:
        columns["pii"] = with_appended(table["pii"], found)
    rejected = {row: ("pii", ", ".join(sorted(set(entities)))) for row, entities in dropped.items()}
    return FilterResult.of(table.num_rows, rejected, columns)


def _somebodys(parts: Pieces, spans: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of `spans` that are somebody's: neither innocent, nor made up because the instruction asks for such data."""
    texts = {piece: str(parts.texts[piece]) for piece in {span["row"] for span in spans}}
    cut = [trimmed(texts[span["row"]], span) for span in spans]
    personal = [span for span in cut if not innocent(texts[span["row"]], span)]
    given = {int(parts.rows[span["row"]]): "" for span in personal}
    for piece in np.flatnonzero(np.isin(parts.rows, list(given))).tolist():
        if parts.columns[piece] not in ANSWERS:
            given[int(parts.rows[piece])] += str(parts.texts[piece]) + "\n"
    return [
        span
        for span in personal
        if parts.columns[span["row"]] not in ANSWERS
        or texts[span["row"]][span["start"] : span["end"]] in (asked := given[int(parts.rows[span["row"]])])
        or not _MADE_UP.search(asked)
    ]


FILTER: Final = Filter(
    name="pii",
    params=Pii,
    reasons={
        "pii": "holds personal data and the recipe says drop; detail: entity types",
    },
    row_wise=True,
    compute=compute,
)
