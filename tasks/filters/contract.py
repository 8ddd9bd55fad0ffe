"""What a filter is: its name, settings, reasons and function, what that function is given, and what it returns."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.outcome import Tools
from tasks.core.params import Params
from tasks.text.evidence import Evidence

P = TypeVar("P", bound=Params)


@dataclass(frozen=True)
class FilterResult:
    """One filter's answer about the rows of one table, in their order.

    `reason` is null where the row is kept; `detail` says what the reason applies to. `columns` replaces whole columns of the
    table, also for the rows that are rejected: a rejected row shows every column as it was at that moment.
    """

    reason: pa.StringArray
    detail: pa.StringArray
    columns: Mapping[str, pa.Array] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the filter measured beside, as JSON data, for the report."""

    @classmethod
    def of(
        cls,
        rows: int,
        rejected: Mapping[int, tuple[str, str]] | None = None,
        columns: Mapping[str, pa.Array] | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> "FilterResult":
        """From row numbers to (reason, detail); rows that are not named are kept."""
        reason: list[str | None] = [None] * rows
        detail: list[str | None] = [None] * rows
        for row, (code, what) in (rejected or {}).items():
            reason[row], detail[row] = code, what
        return cls(pa.array(reason, pa.string()), pa.array(detail, pa.string()), columns or {}, facts or {})

    def findings(self) -> dict[int, tuple[str, str]]:
        """Row → reason and detail, of the rows that are rejected."""
        rows = rows_where(pc.invert(self.keep))
        reasons, details = (
            column.take(pa.array(rows, pa.int64())).to_pylist() for column in (self.reason, self.detail)
        )
        return dict(zip(rows, zip(reasons, details, strict=True), strict=True))

    @property
    def keep(self) -> pa.BooleanArray:
        """True where the row goes on to the next filter."""
        return pc.is_null(self.reason)


@dataclass(frozen=True)
class FilterContext:
    """What a filter may look at beside its own table."""

    chunks: pa.Table | None
    """The passages that evidence points into (schema CHUNK); None where the data did not come from documents."""
    tools: Tools

    @cached_property
    def evidence(self) -> Evidence:
        """The texts that evidence points to."""
        return Evidence(self.chunks)


@dataclass(frozen=True)
class Filter(Generic[P]):
    """A filter as `catalogue.FILTERS` lists it."""

    name: str
    """Its key under `filters:` in a recipe, and its name in reports."""
    params: type[P]
    """Its settings, of which `enabled` is one."""
    reasons: Mapping[str, str]
    """Every code that it rejects with, and what the code means; after "; detail: " what the row's `detail` holds."""
    row_wise: bool
    """Whether a row's result depends on that row only: the filter then runs on parts of the table, several at a time."""
    compute: Callable[[pa.Table, P, FilterContext], FilterResult]
    """From rows (schema FILTERED), settings and context to its result. The same rows must give the same result, whatever the
    clock and the number of workers."""

    def settings(self, filters: Params) -> P:
        """This filter's settings among those of all filters (`catalogue.Filters`)."""
        found = getattr(filters, self.name)
        assert isinstance(found, self.params), f"{self.name}: {type(found).__name__}"
        return found


def rows_where(mask: pa.Array | pa.ChunkedArray) -> list[int]:
    """The row numbers where `mask` is true; null counts as false."""
    return [int(row) for row in np.flatnonzero(pc.fill_null(mask, False).to_numpy(zero_copy_only=False))]


def first_matches(texts: pa.Array, pattern: str) -> dict[int, str]:
    """Row → the first stretch of its text that `pattern` matches, for the rows where it matches.

    The column is searched by RE2, so `pattern` is limited to what RE2 and Python's `re` read alike.
    """
    found = {}
    for row in rows_where(pc.match_substring_regex(texts, pattern)):
        match = re.search(pattern, texts[row].as_py())
        found[row] = match.group() if match else ""
    return found
