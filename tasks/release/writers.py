"""Who wrote the responses, as far as rows say it: a passage given word for word was written by whoever wrote the document."""

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.schema import VARIANT_METHODS

SOURCES: Final = "the sources, word for word"
PEOPLE: Final = "people"
UNNAMED: Final = "a model that is not named"


def response_writers(rows: pa.Table) -> pa.ChunkedArray:
    """For each of `rows` (schema CLUSTERED) who wrote its response: the sources, people, the model's name, or an unnamed model."""
    verbatim = pc.or_(
        pc.fill_null(pc.equal(rows["answer_method"], "extractive"), False),
        pc.fill_null(pc.starts_with(rows["method"], "reverse"), False),
    )
    teachers = _of_parents(rows)
    human = pc.fill_null(pc.equal(rows["origin"], "human"), False)
    written = pc.if_else(human, PEOPLE, pc.coalesce(teachers, pa.scalar(UNNAMED)))
    found: pa.ChunkedArray = pc.if_else(verbatim, SOURCES, written)
    return found


def _of_parents(rows: pa.Table) -> pa.ChunkedArray:
    """The column `teacher`, but of rows that keep the response of their parent that of the parent, where it is among `rows`."""
    kept = pc.fill_null(pc.is_in(rows["method"], value_set=pa.array(VARIANT_METHODS, pa.string())), False)
    parents = (
        rows["teacher"]
        .combine_chunks()
        .take(pc.index_in(rows["parent_id"].combine_chunks(), value_set=rows["example_id"].combine_chunks()))
    )
    return pc.if_else(kept, pa.chunked_array([parents]), rows["teacher"])


def wrote_nothing(rows: pa.Table) -> bool:
    """Whether no model wrote any response of `rows`."""
    return set(pc.unique(response_writers(rows)).to_pylist()) <= {SOURCES, PEOPLE}
