"""The text columns of a table of examples, as flat Arrow arrays that filters can work on without a loop over rows."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.schema import MESSAGE

COLUMNS: Final = ("system", "history", "instruction", "reasoning", "response", "rejected", "rationale")
"""Every column that holds prose; `tools` is JSON and is not rewritten."""
_TURNS: Final = {"history": "content", "history.reasoning": "reasoning"}
"""What pieces of a turn are called, and the field in which they stand."""

_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")

_COUNTED: Final = 1 << 14
"""Texts whose bytes are processed together: as many as fit into a core's cache with the arrays computed from them."""
COMPILE_FROM: Final = 1 << 12
"""Number of texts from which compiled kernels are used: the smallest slices in which a large build filters its rows."""
_WHITE: Final = np.isin(np.arange(256), np.frombuffer(b" \t\n\f\r", np.uint8))

_UNSPACED: Final = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]"
_SPACED: Final = r"[^\s\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]+"
"""Words of scripts that are written without blanks, and of all others."""

Texts: TypeAlias = Iterable[str | None] | pa.Array | pa.ChunkedArray

Bytes: TypeAlias = np.ndarray[tuple[int], np.dtype[np.uint8]]
Weights: TypeAlias = np.ndarray[tuple[int], np.dtype[np.uint32]]
Offsets: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int64]]
Flags: TypeAlias = np.ndarray[tuple[int], np.dtype[np.bool_]]


def plain(texts: Texts) -> pa.LargeStringArray:
    """`texts` as one large_string array without nulls: a null becomes the empty text.

    Arrow stores UTF-8, which has no lone surrogates. A Python string may have some; each becomes U+FFFD.
    """
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    if not isinstance(texts, pa.Array):
        rows = list(texts)
        try:
            texts = pa.array(rows, pa.large_string())
        except UnicodeEncodeError:
            texts = pa.array([row and _LONE_SURROGATE.sub("\ufffd", row) for row in rows], pa.large_string())
    return pc.fill_null(texts.cast(pa.large_string()), "")


def utf8(texts: pa.LargeStringArray) -> tuple[Bytes, Offsets]:
    """The bytes of all `texts` without nulls, one after another, and where each begins and ends in them (rows + 1)."""
    if not len(texts):
        return np.zeros(0, np.uint8), np.zeros(1, np.int64)
    _, ends, data = texts.buffers()
    offsets = np.frombuffer(ends, np.int64, len(texts) + 1, texts.offset * 8)
    everything = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    return everything[offsets[0] : offsets[-1]], offsets - offsets[0]


def slice_size(rows: int, most: int, workers: int) -> int:
    """Rows per slice, so that `rows` rows make slices of about equal size, at most `most` rows each, and every worker gets
    equally many slices."""
    slices = max(-(-rows // most), 1)
    if slices > workers:
        slices += -slices % workers
    return -(-rows // slices) or 1


def byte_sums(texts: pa.LargeStringArray, weight: Weights) -> Weights:
    """For each text, the sum of `weight[byte]` over its bytes, modulo 2^32; `weight` has 256 entries."""
    data, offsets = utf8(texts)
    if len(texts) < COMPILE_FROM:
        return sums(weight.take(data), offsets)
    from tasks.text.byte_sum_kernel import add_weights

    out = np.empty(len(texts), np.uint32)
    add_weights(data, offsets, weight, out)
    return out


def sums(values: np.ndarray[tuple[int], Any], offsets: Offsets) -> np.ndarray[tuple[int], Any]:
    """For each text, the sum of the `values` of its bytes, 0 for an empty text; `offsets` as `utf8` gives them.

    Small integers are added in 32 bits, which the sum over a text does not exceed.
    """
    kind = np.uint32 if values.dtype.itemsize < 4 else values.dtype
    total = np.zeros(len(offsets) - 1, kind)
    filled = np.flatnonzero(offsets[1:] > offsets[:-1])
    if len(filled):
        total[filled] = np.add.reduceat(values, offsets[filled], dtype=kind)
    return total


def word_counts(texts: Texts) -> Offsets:
    """How many words, divided by white space (blank, tab, line end), each text has; 0 for null."""
    column = plain(texts)
    parts = [_word_counts(column.slice(at, _COUNTED)) for at in range(0, len(column), _COUNTED)]
    return np.concatenate([np.zeros(0, np.int64), *parts])


def script_word_counts(texts: Texts) -> Offsets:
    """As `word_counts`, but each character of a script without blanks (Chinese, Japanese, Thai) is a word."""
    column = plain(texts)
    counts = word_counts(column)
    beyond = np.flatnonzero(~np.asarray(pc.string_is_ascii(column)))
    written = column.take(pa.array(beyond))
    unspaced = np.flatnonzero(pc.match_substring_regex(written, _UNSPACED))
    counts[beyond[unspaced]] = pc.count_substring_regex(written.take(pa.array(unspaced)), f"{_UNSPACED}|{_SPACED}")
    return counts


def run_starts(mask: Flags, offsets: Offsets) -> Flags:
    """Whether a run of bytes that are in `mask` begins at each byte; no run goes on from one text to the next."""
    starts = mask.copy()
    starts[1:] &= ~mask[:-1]
    first = offsets[:-1][offsets[:-1] < len(mask)]
    starts[first] = mask[first]
    return starts


def _word_counts(texts: pa.LargeStringArray) -> Offsets:
    data, offsets = utf8(texts)
    return sums(run_starts(~_WHITE.take(data), offsets), offsets).astype(np.int64)


@dataclass(frozen=True)
class Pieces:
    """The texts of some columns, one after another; each turn of a conversation is a piece of its own."""

    texts: pa.LargeStringArray
    rows: np.ndarray[tuple[int], np.dtype[np.int64]]
    columns: list[str]
    indices: np.ndarray[tuple[int], np.dtype[np.int64]]
    """The index of the piece in its column: the row, or the number of the turn among all turns of all rows."""


def pieces(table: pa.Table, columns: Sequence[str] = COLUMNS) -> Pieces:
    """Every text that is not null in `columns`, with the row and the column it stands in."""
    texts, rows, names, indices = [], [], [], []
    wanted = [name for column in columns for name in (_TURNS if column == "history" else (column,))]
    for name in wanted:
        column, row_of = _flat(table, name), np.arange(table.num_rows)
        if name in _TURNS:
            row_of = pc.list_parent_indices(table["history"].combine_chunks()).to_numpy(zero_copy_only=False)
        valid = np.flatnonzero(pc.is_valid(column).to_numpy(zero_copy_only=False))
        texts.append(plain(column.take(pa.array(valid))))
        rows.append(row_of[valid].astype(np.int64))
        names += [name] * len(valid)
        indices.append(valid)
    return Pieces(pa.concat_arrays(texts), np.concatenate(rows), names, np.concatenate(indices))


def with_pieces(table: pa.Table, parts: Pieces, texts: Mapping[int, str]) -> dict[str, pa.Array]:
    """The columns in which pieces change, by name: `texts` maps the number of a piece to its new text."""
    changed: dict[str, dict[int, str]] = {}
    for piece, text in texts.items():
        changed.setdefault(parts.columns[piece], {})[int(parts.indices[piece])] = text
    columns: dict[str, pa.Array] = {}
    fields: dict[str, pa.Array] = {}
    for name, values in changed.items():
        flat = _flat(table, name)
        mask = np.zeros(len(flat), bool)
        mask[list(values)] = True
        new = pc.replace_with_mask(flat, pa.array(mask), pa.array([values[k] for k in sorted(values)], flat.type))
        (fields if name in _TURNS else columns)[_TURNS.get(name, name)] = new
    return columns | ({"history": _with_fields(table["history"].combine_chunks(), fields)} if fields else {})


def joined(table: pa.Table, columns: Sequence[str] = COLUMNS, separator: str = "\n") -> pa.LargeStringArray:
    """One text per row: `columns` in order, with the turns of a conversation, joined by `separator`."""
    parts = []
    for name in columns:
        texts = table[name]
        if name == "history":
            turns = [separator.join(turn["content"] or "" for turn in row or ()) for row in texts.to_pylist()]
            texts = pa.array(turns, pa.large_string())
        parts.append(plain(texts))
    return pc.binary_join_element_wise(*parts, pa.scalar(separator, pa.large_string()))


def with_appended(column: pa.ChunkedArray, rules: Mapping[int, Sequence[str]]) -> pa.ListArray:
    """A list column (without nulls) with the values of `rules` appended to its rows, by row number; no value twice in a row.

    Only the rows that change are converted to Python.
    """
    rows = sorted(rules)
    before = column.take(pa.array(rows, pa.int64())).to_pylist()
    after = [list(dict.fromkeys([*old, *rules[row]])) for row, old in zip(rows, before, strict=True)]
    order = np.arange(len(column))
    order[rows] = len(column) + np.arange(len(rows))
    return pa.concat_arrays([*column.chunks, pa.array(after, column.type)]).take(pa.array(order))


def lists(rows: int, values: Mapping[int, Sequence[Any]], of: pa.DataType) -> pa.ListArray:
    """A list column of `rows` rows with the given values by row number, and empty lists in all other rows."""
    lengths = np.zeros(rows + 1, np.int32)
    for row, items in values.items():
        lengths[row + 1] = len(items)
    flat = [item for row in sorted(values) for item in values[row]]
    return pa.ListArray.from_arrays(pa.array(np.cumsum(lengths, dtype=np.int32)), pa.array(flat, of))


def _flat(table: pa.Table, name: str) -> pa.Array:
    """A text column; of the conversations, that field of all turns one after another."""
    if name not in _TURNS:
        return table[name].combine_chunks()
    return pc.struct_field(pc.list_flatten(table["history"].combine_chunks()), _TURNS[name])


def _with_fields(history: pa.ListArray, new: Mapping[str, pa.Array]) -> pa.ListArray:
    turns = pc.list_flatten(history)
    fields = [new[f.name] if f.name in new else pc.struct_field(turns, f.name) for f in MESSAGE]
    lengths = pc.fill_null(pc.list_value_length(history), 0).to_numpy(zero_copy_only=False)
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())
    values = pa.StructArray.from_arrays(fields, fields=list(MESSAGE))
    return pa.ListArray.from_arrays(offsets, values, mask=pc.is_null(history))
