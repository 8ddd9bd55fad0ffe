"""Personal data found by presidio's patterns and the packaged spaCy model, and redacted, tagged, or dropped.

Names, places and organisations are off unless a recipe asks: novels, reference works and news are full of public ones, and
redacting those would harm the data without protecting anybody.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from tasks.core.params import Params
from tasks.filters.contract import Filter, FilterContext, FilterResult
from tasks.filters.personal_data.detection import PERSONAL, Named, Pattern, apart, find
from tasks.filters.personal_data.exceptions import innocent
from tasks.filters.personal_data.placeholders import PersonalDataSpan, redacted
from tasks.text import nlp
from tasks.text.columns import pieces, with_appended

Action = Literal["redact", "tag", "drop"]


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
    redact: list[PersonalDataSpan] = []
    for span in spans.to_pylist():
        row, entity = int(parts.rows[span["row"]]), span["entity"]
        found[row].append(f"{entity}:{parts.columns[span['row']]}")
        match params.actions.get(entity, params.action):
            case "drop":
                dropped[row].append(entity)
            case "redact":
                redact.append(PersonalDataSpan(span["row"], span["start"], span["end"], entity))
    columns = redacted(table, parts, redact)
    if found:
        columns["pii"] = with_appended(table["pii"], found)
    rejected = {row: ("pii", ", ".join(sorted(set(entities)))) for row, entities in dropped.items()}
    return FilterResult.of(table.num_rows, rejected, columns)


FILTER: Final = Filter(
    name="pii",
    params=Pii,
    reasons={
        "pii": "holds personal data and the recipe says drop; detail: entity types",
    },
    row_wise=False,
    compute=compute,
)
