"""Responses that only give the instruction back.

Rewriting tasks repeat most of their input and are right to: a response is an echo only if, word for word, hardly anything of
the whole instruction is missing and hardly anything is added. Whoever answers with the passage that was given, and leaves the
question away, has chosen what to say.
"""

from itertools import pairwise
from typing import Annotated, Final

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from tasks.core.params import Params
from tasks.filters.verdict import Context, Verdict, rows_where
from tasks.text.columns import plain
from tasks.text.words import words

_SIMILAR_LENGTH: Final = 0.7
"""Texts whose lengths differ by more cannot share 0.85 of their word pairs; spares the comparison."""

_PARAGRAPH: Final = 0.5
"""Share of a paragraph's word pairs that must come again for it to be echoed."""


class Echo(Params):
    """How much of instruction and response may be the same."""

    enabled: bool = True
    overlap: Annotated[float, Field(gt=0, le=1)] = 0.9
    """Jaccard similarity of the word pairs of instruction and response from which it is an echo."""


def judge(table: pa.Table, params: Echo, _context: Context) -> Verdict:
    """Rejects `echo` with the overlap."""
    instructions, responses = plain(table["instruction"]), plain(table["response"])
    asked, said = (pc.utf8_length(texts).cast(pa.float64()) for texts in (instructions, responses))
    close = pc.and_(
        pc.greater_equal(said, pc.multiply(asked, _SIMILAR_LENGTH)),
        pc.greater_equal(asked, pc.multiply(said, _SIMILAR_LENGTH)),
    )
    rejected = {
        row: ("echo", f"{share:.2f}")
        for row in rows_where(pc.and_(close, pc.greater(said, 0)))
        if (share := _echoed(instructions[row].as_py(), responses[row].as_py(), params.overlap)) >= params.overlap
    }
    return Verdict.of(table.num_rows, rejected)


def _echoed(instruction: str, response: str, least: float) -> float:
    """The overlap, or 0.0 where a paragraph of the instruction is not in the response."""
    share = overlap(instruction, response)
    if share < least or "\n" not in instruction:
        return share
    said = _pairs(words(response))
    asked = [words(paragraph) for paragraph in instruction.splitlines() if paragraph.strip()]
    there = [sum(pair in said for pair in pairwise(tokens)) / (len(tokens) - 1) for tokens in asked if len(tokens) > 1]
    return share if not there or min(there) >= _PARAGRAPH else 0.0


def overlap(instruction: str, response: str) -> float:
    """Jaccard similarity of the pairs of neighbouring words, ends of the text included as words."""
    left, right = (_pairs(words(text)) for text in (instruction, response))
    return len(left & right) / max(len(left | right), 1)


def _pairs(tokens: list[str]) -> set[tuple[str, str]]:
    return set(zip(["", *tokens], [*tokens, ""], strict=True)) if tokens else set()
