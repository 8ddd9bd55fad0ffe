"""Responses that hold hardly a letter, or one sign over and over: tables of rules, encoded files, keyboards fallen asleep on.

The idea is Gopher's and C4's (Rae et al. 2021, table A1; Raffel et al. 2020, section 2.2), the ratios are data-juicer's
(Chen et al. 2024: alphanumeric and special characters); theirs are for web pages, where nobody answers "1 + 1 = 2", so
short responses, code and drawings that are asked for pass, and the bounds are where no good answer of eleven open datasets
lies beyond them.
"""

import re
from typing import Annotated, Final

import numpy as np
import pyarrow as pa
from pydantic import Field

from tasks.core.params import Params
from tasks.filters.contract import Filter, FilterContext, FilterResult
from tasks.filters.heuristics.asked import DRAWING
from tasks.text.code import is_code_heavy
from tasks.text.columns import Bytes, Offsets, byte_sums, plain, utf8

Share = Annotated[float, Field(ge=0, le=1)]

_LETTER: Final = np.array([byte >= 128 or chr(byte).isalnum() for byte in range(256)], np.uint32)
_BLANK: Final = np.array([byte < 128 and chr(byte).isspace() for byte in range(256)], np.uint32)
_TABLE: Final = "|"


class Characters(Params):
    """How much of a response must be letters."""

    enabled: bool = True
    """Whether this filter runs."""
    min_letters: Share = 0.25
    """Share of letters and digits among the bytes that are not blank; characters beyond ASCII count as letters."""
    min_bytes: Annotated[int, Field(ge=1)] = 100
    """Bytes below which a response ("2 + 2 = 4", an emoji) passes."""
    max_run: Annotated[int, Field(ge=2)] = 200
    """Times one character may stand in a row: longer lines are no rulers in tables any more."""


def compute(table: pa.Table, params: Characters, _context: FilterContext) -> FilterResult:
    """Rejects `odd_characters` with the share of letters, or the sign that is repeated; changes nothing."""
    responses = plain(table["response"])
    data, offsets = utf8(responses)
    sizes = np.diff(offsets)
    solid = np.maximum(sizes - byte_sums(responses, _BLANK), 1)
    share = byte_sums(responses, _LETTER) / solid
    rejected: dict[int, tuple[str, str]] = {}
    for row in np.flatnonzero((sizes >= params.min_bytes) & (share < params.min_letters)).tolist():
        text = responses[row].as_py()
        if not is_code_heavy(text) and _TABLE not in text and not _drawn(table, row):
            rejected[row] = ("odd_characters", f"letters {share[row]:.2f}")
    run = re.compile(rf"(\S)\1{{{params.max_run - 1}}}")
    for row in _stuck(data, offsets, params.max_run):
        if (sign := run.search(responses[row].as_py())) and not _drawn(table, row):
            rejected[row] = ("odd_characters", f"{sign[1]!r} over and over")
    return FilterResult.of(table.num_rows, rejected)


def _drawn(table: pa.Table, row: int) -> bool:
    return DRAWING.search(table["instruction"][row].as_py() or "") is not None


def _stuck(data: Bytes, offsets: Offsets, longest: int) -> list[int]:
    """Rows that may hold `longest` equal bytes in a row: such a run fills a stretch of half its length somewhere."""
    stretch = max(longest // 2, 1)
    stretches = data[: len(data) // stretch * stretch].reshape(-1, stretch)
    alike = (stretches[:, 0] == stretches[:, -1]) & (stretches[:, 0] == stretches[:, stretch // 2])
    alike[alike] = (stretches[alike] == stretches[alike, :1]).all(axis=1)
    rows = np.searchsorted(offsets, np.flatnonzero(alike) * stretch, "right") - 1
    return [int(row) for row in np.unique(rows)]


FILTER: Final = Filter(
    name="characters",
    params=Characters,
    reasons={
        "odd_characters": "hardly any letters, or one character repeated; detail: share",
    },
    row_wise=True,
    compute=compute,
)
