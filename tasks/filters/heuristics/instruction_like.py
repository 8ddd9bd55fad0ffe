"""Text that tries to instruct the model that reads it: "ignore previous instructions", chat markers, forged tool calls.

A model trained on such rows learns to obey what it reads, or to write it. The detector is that of documents
(`tasks/text/prompt_injection.py`): phrases that are quoted as examples, or said of others, pass. A row that a teacher wrote from a
passage which tries to instruct is rejected too, whatever it says itself: nobody can tell what the passage did to it.
"""

from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.params import Params
from tasks.core.reasons import REASONS
from tasks.filters.contract import Filter, FilterContext, FilterResult, rows_where
from tasks.text.columns import pieces
from tasks.text.prompt_injection import INSTRUCTION_LIKE, instruction_like
from tasks.text.prompt_injection_batch import phrases

COLUMNS: Final = ("system", "history", "instruction", "response")


class InstructionLike(Params):
    """Whether such rows are rejected; off where a dataset is about prompts, and rows are then counted in the report only."""

    enabled: bool = True
    """Whether this filter runs."""
    spare: tuple[str, ...] = ()
    """Methods whose rows may hold such text, as those of `behaviours` that teach not to obey it."""
    from_passages: bool = True
    """Also rejects rows that a teacher wrote from a passage which tries to instruct a model."""


def compute(table: pa.Table, params: InstructionLike, context: FilterContext) -> FilterResult:
    """Rejects `instruction_like` with the column and the phrase; changes nothing. A response that stands in its evidence is
    judged as any other: copied from a document, the phrase is no less alive."""
    rejected: dict[int, tuple[str, str]] = {}
    parts = pieces(table, COLUMNS)
    for position, phrase in phrases(parts.texts).items():
        rejected.setdefault(int(parts.rows[position]), (INSTRUCTION_LIKE, f"{parts.columns[position]}: {phrase}"))
    if params.from_passages and context.chunks is not None:
        rejected = _from_passages(table, context.chunks) | rejected
    spared = set(rows_where(pc.is_in(table["method"], pa.array(params.spare, pa.string()))))
    return FilterResult.of(table.num_rows, {row: why for row, why in rejected.items() if row not in spared})


def _from_passages(table: pa.Table, chunks: pa.Table) -> dict[int, tuple[str, str]]:
    # the text of each chunk that is flagged, by its id
    rows = chunks.select(["chunk_id", "flags", "text"]).to_pylist()
    flagged = {row["chunk_id"]: row["text"] for row in rows if INSTRUCTION_LIKE in (row["flags"] or ())}
    if not flagged:
        return {}
    spans: list[list[dict[str, Any]] | None] = table["evidence"].to_pylist()
    written = pc.is_valid(table["teacher"]).to_pylist()
    found = {}
    for row, evidence in enumerate(spans):
        chunk = next((s["chunk_id"] for s in evidence or () if s["chunk_id"] in flagged), None)
        if written[row] and chunk is not None:
            found[row] = (INSTRUCTION_LIKE, f"its passage: {instruction_like(flagged[chunk]) or 'flagged'}")
    return found


FILTER: Final = Filter(
    name="instruction_like",
    params=InstructionLike,
    reasons={
        "instruction_like": REASONS["instruction_like"],
    },
    row_wise=True,
    compute=compute,
)
