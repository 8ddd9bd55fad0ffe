"""Who wrote the responses, as far as rows say it: a passage given word for word was written by whoever wrote the document."""

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

SOURCES: Final = "the sources, word for word"
PEOPLE: Final = "people"
UNNAMED: Final = "a model that is not named"


def response_writers(rows: pa.Table) -> pa.ChunkedArray:
    """For each of `rows` (schema CLUSTERED) who wrote its response: the sources, people, the model's name, or an unnamed model."""
    verbatim = pc.or_(
        pc.fill_null(pc.equal(rows["answer_method"], "extractive"), False),
        pc.fill_null(pc.starts_with(rows["method"], "reverse"), False),
    )
    human = pc.fill_null(pc.equal(rows["origin"], "human"), False)
    written = pc.if_else(human, PEOPLE, pc.coalesce(rows["teacher"], pa.scalar(UNNAMED)))
    found: pa.ChunkedArray = pc.if_else(verbatim, SOURCES, written)
    return found


def wrote_nothing(rows: pa.Table) -> bool:
    """Whether no model wrote any response of `rows`."""
    return set(pc.unique(response_writers(rows)).to_pylist()) <= {SOURCES, PEOPLE}
