"""Rows by what they say and by any of their columns. Every test runs over whole Arrow columns; nothing is indexed beforehand."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.errors import BadInput

TEXTS: Final = ("system", "history", "instruction", "reasoning", "response", "rejected")
"""Columns in which words are looked for."""
TESTS: Final = ("is", "contains", "at least", "at most", "empty", "filled")
_WORDS: Final = re.compile(r'"([^"]+)"|(\S+)')
_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ColumnTest:
    """What a column has to hold. A list passes if one of its members does."""

    column: str
    test: str
    value: str = ""


def matches(rows: pa.Table, words: str, tests: Sequence[ColumnTest] = ()) -> list[int]:
    """Positions of the rows whose texts hold every word of `words`, in whatever case ("two words" in quotes stand together), and
    that pass all `tests`. BadInput for an unknown column, or a test that its values cannot pass."""
    found = np.ones(rows.num_rows, bool)
    for word in (quoted or bare for quoted, bare in _WORDS.findall(words)):
        found &= np.logical_or.reduce(
            [_any(rows.column(name), "contains", word) for name in TEXTS if name in rows.column_names]
        )
    for one in tests:
        if one.column not in rows.column_names or one.test not in TESTS:
            raise BadInput(f"no column {one.column!r}, or no test {one.test!r}; tests are: {', '.join(TESTS)}")
        column = rows.column(one.column)
        if one.test in ("empty", "filled"):
            found &= _filled(column) == (one.test == "filled")
        else:
            found &= _any(column, one.test, one.value)
    return [int(at) for at in np.flatnonzero(found)]


def _any(column: pa.ChunkedArray, test: str, value: str) -> _Mask:
    """For each row whether its value, or one of those in its list, passes."""
    flat = column.combine_chunks()
    rows = np.arange(len(flat))
    while pa.types.is_list(flat.type) or pa.types.is_struct(flat.type):
        if pa.types.is_list(flat.type):
            rows = rows[pc.list_parent_indices(flat).to_numpy()]
            flat = pc.list_flatten(flat)
        else:
            parts = [pc.struct_field(flat, field.name) for field in flat.type if pa.types.is_string(field.type)]
            rows = np.tile(rows, len(parts))
            flat = pa.concat_arrays(parts) if parts else pa.array([], pa.string())
    hits = pc.fill_null(_passes(flat, test, value), fill_value=False).to_numpy(zero_copy_only=False).astype(bool)
    return np.bincount(rows[hits], minlength=len(column)) > 0


def _passes(values: pa.Array, test: str, value: str) -> pa.Array:
    if pa.types.is_string(values.type) or pa.types.is_null(values.type):
        texts = values.cast(pa.string())
        if test == "contains":
            return pc.match_substring(texts, value, ignore_case=True)
        if test == "is":
            return pc.equal(texts, value)
        raise BadInput(f"{test!r} compares numbers, and this column holds texts")
    if pa.types.is_boolean(values.type):
        return pc.equal(values, value.strip().lower() in ("true", "yes", "1"))
    try:
        number = float(value)
    except ValueError:
        raise BadInput(f"{value!r} is no number, and this column holds numbers") from None
    compare = {"at least": pc.greater_equal, "at most": pc.less_equal}.get(test, pc.equal)
    return compare(values.cast(pa.float64()), number)


def _filled(column: pa.ChunkedArray) -> _Mask:
    filled = pc.is_valid(column)
    if pa.types.is_list(column.type):
        filled = pc.and_(filled, pc.greater(pc.fill_null(pc.list_value_length(column), 0), 0))
    elif pa.types.is_string(column.type):
        filled = pc.and_(filled, pc.not_equal(pc.fill_null(column, ""), ""))
    result: _Mask = filled.combine_chunks().to_numpy(zero_copy_only=False).astype(bool)
    return result


def tests_of(pairs: Sequence[tuple[str, str]]) -> Iterator[ColumnTest]:
    """The tests that a query string names: column, test and value, in turn; those without a column are left out."""
    given = {key: [value for name, value in pairs if name == key] for key in ("column", "test", "value")}
    for number, column in enumerate(given["column"]):
        if column:
            test = given["test"][number] if number < len(given["test"]) else "is"
            yield ColumnTest(column, test, given["value"][number] if number < len(given["value"]) else "")
