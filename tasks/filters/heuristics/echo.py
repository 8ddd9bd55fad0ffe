"""Responses that only give the instruction back.

Rewriting tasks repeat most of their input and are right to: a response is an echo only if, word for word, hardly anything of
the whole instruction is missing and hardly anything is added. Whoever answers with the passage that was given, and leaves the
question away, has chosen what to say.
"""

from itertools import pairwise
from typing import Annotated, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from tasks.core.params import Params
from tasks.core.reasons import REASONS
from tasks.filters.contract import Filter, FilterContext, FilterResult
from tasks.text.columns import plain
from tasks.text.words import words

_SLACK: Final = 0.85
"""Texts that share a part of their word pairs are of about that part of each other's length; this much less is let pass."""
_PARAGRAPH: Final = 0.9
"""Share of a paragraph's word pairs that must come again for it to be echoed."""


class Echo(Params):
    """How much of instruction and response may be the same."""

    enabled: bool = True
    """Whether this filter runs."""
    overlap: Annotated[float, Field(gt=0, le=1)] = 0.9
    """Jaccard similarity of the word pairs of instruction and response from which it is an echo."""


def compute(table: pa.Table, params: Echo, _context: FilterContext) -> FilterResult:
    """Rejects `echo` with the overlap."""
    instructions, responses = plain(table["instruction"]), plain(table["response"])
    least = params.overlap * _SLACK
    asked, said = (pc.utf8_length(texts).to_numpy() for texts in (instructions, responses))
    rows = np.flatnonzero((said >= asked * least) & (asked >= said * least) & (said > 0))
    rejected = {
        row: ("echo", f"{share:.2f}")
        for row in rows.tolist()
        if (share := _echoed(instructions[row].as_py(), responses[row].as_py(), params.overlap)) >= params.overlap
    }
    return FilterResult.of(table.num_rows, rejected)


def _echoed(instruction: str, response: str, least: float) -> float:
    """The overlap, or 0.0 where a paragraph of the instruction is not in the response."""
    share = overlap(instruction, response)
    if share < least or "\n" not in instruction:
        return share
    pairs = _pairs(words(response))
    paragraphs = [words(paragraph) for paragraph in instruction.splitlines() if paragraph.strip()]
    there = [
        sum(pair in pairs for pair in pairwise(tokens)) / (len(tokens) - 1) for tokens in paragraphs if len(tokens) > 1
    ]
    return share if not there or min(there) >= _PARAGRAPH else 0.0


def overlap(instruction: str, response: str) -> float:
    """Jaccard similarity of the pairs of neighbouring words, ends of the text included as words."""
    left, right = (_pairs(words(text)) for text in (instruction, response))
    return len(left & right) / max(len(left | right), 1)


def _pairs(tokens: list[str]) -> set[tuple[str, str]]:
    return set(zip(["", *tokens], [*tokens, ""], strict=True)) if tokens else set()


FILTER: Final = Filter(
    name="echo",
    params=Echo,
    reasons={
        "echo": REASONS["echo"],
    },
    row_wise=True,
    compute=compute,
)
