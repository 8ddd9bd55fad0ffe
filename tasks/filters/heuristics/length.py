"""Empty texts, and texts with too few or too many words.

The bounds on instructions start from Self-Instruct's heuristic (3 to 150 words; Wang et al. 2022, section 2.2), with the
lower one at two ("Define osmosis") and the upper one raised, because an instruction here may carry its passage.
"""

from typing import Annotated, Final

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from tasks.core.attached_document import without_documents
from tasks.core.params import Params
from tasks.core.reasons import REASONS
from tasks.filters.contract import Filter, FilterContext, FilterResult, rows_where
from tasks.text.columns import script_word_counts

Count = Annotated[int, Field(ge=0)]


class Length(Params):
    """How many words a text may have. Scripts that put no blanks between words count each character as one."""

    enabled: bool = True
    """Whether this filter runs."""
    min_instruction_words: Count = 2
    """Words an instruction must have; one will do where turns come before it ("Why?")."""
    max_instruction_words: Count = 3000
    """Words an instruction may have; many, because it may carry its passage. An attached document is not counted."""
    min_response_words: Count = 1
    """Words a response must have."""
    max_response_words: Count = 8000
    """Words a response may have."""


def compute(table: pa.Table, params: Length, _context: FilterContext) -> FilterResult:
    """Rejects `empty`, `too_short`, `too_long`; changes nothing."""
    rejected: dict[int, tuple[str, str]] = {}
    bounds = {
        "response": (params.min_response_words, params.max_response_words),
        "instruction": (params.min_instruction_words, params.max_instruction_words),
    }
    for column, (least, most) in bounds.items():
        rejected |= out_of_bounds(table, column, least, most)
    return FilterResult.of(table.num_rows, rejected)


def out_of_bounds(table: pa.Table, column: str, least: int, most: int) -> dict[int, tuple[str, str]]:
    """Reason and detail for the rows whose text in `column` (instruction or response) is empty or has fewer or more words."""
    rejected: dict[int, tuple[str, str]] = {}
    words = pa.array(script_word_counts(without_documents(table[column])))
    few = pc.less(words, least)
    if column == "instruction":
        few = pc.and_(few, pc.equal(pc.fill_null(pc.list_value_length(table["history"]), 0), 0))
    for code, mask in (
        ("too_short", few),
        ("too_long", pc.greater(words, most)),
        ("empty", pc.equal(words, 0)),
    ):
        rejected |= {row: (code, column if code == "empty" else f"{column} {words[row]}") for row in rows_where(mask)}
    return rejected


FILTER: Final = Filter(
    name="length",
    params=Length,
    reasons={
        "empty": REASONS["empty"],
        "too_short": REASONS["too_short"],
        "too_long": REASONS["too_long"],
    },
    row_wise=True,
    compute=compute,
)
