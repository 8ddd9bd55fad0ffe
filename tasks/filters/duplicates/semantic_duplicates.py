"""Rows that say the same in other words: the cosine of their embeddings is high, and nothing that matters differs.

Static embeddings see which words there are, not what they do: "in 1914" and "in 1915", "is" and "is not", "from Celsius to
Fahrenheit" and back, are all but equal to them. So rows go only if they ask the same and their responses do not contradict each
other; see `sense`.

Up to 20,000 rows are compared block by block, each with each. More are compared where random hyperplanes (Charikar 2002) put them
into one bucket in one of 32 tables, and are no further apart by 128 more: at a cosine of 0.95 that finds 97 pairs of 100, and the
work stays near the number of rows.
"""

import math
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from tasks.core.params import Params
from tasks.filters.contract import Filter, FilterContext, FilterResult
from tasks.filters.duplicates.groups import components
from tasks.filters.duplicates.minhash import Pairs, Rows, Shares
from tasks.filters.duplicates.representatives import compared, representatives, without_dropped
from tasks.text.columns import Texts, plain

Vectors = np.ndarray[tuple[int, int], np.dtype[np.float16]]
Sides = np.ndarray[tuple[int, int], np.dtype[np.uint32]]
Sketches = np.ndarray[tuple[int, int], np.dtype[np.uint64]]

COMPARE_ALL: Final = 20_000
"""Rows from which not every row is compared with every other."""
_TABLES: Final = 32
_WINDOW: Final = 64
"""Rows of one bucket that are compared with each other, in the order of rows."""
_BLOCK: Final = 2048
_AT_ONCE: Final = 1 << 17
"""Rows whose texts are joined and embedded at a time, since embeddings come in full precision."""
_PART: Final = 1 << 13
"""Vectors at a time in full precision."""
_SLACK: Final = 0.004
"""How far eight-bit vectors may underestimate a cosine; the pair is then measured in full."""
_CHARACTERS: Final = 4000
"""Of a text that are embedded: what it is about is clear by then."""


class SemanticDuplicates(Params):
    """How alike in meaning two rows must be."""

    enabled: bool = True
    """Whether this filter runs."""
    threshold: Annotated[float, Field(ge=0.8, le=1)] = 0.95
    """Cosine of the embeddings from which two rows say the same, if nothing that matters differs."""


def compute(table: pa.Table, params: SemanticDuplicates, context: FilterContext) -> FilterResult:
    """Rejects `semantic_duplicate`, naming the row that stays and the cosine; counts them in `duplicates` there.

    The best row stays (`representatives`). Turns, instruction and response are compared together,
    without a document that is attached.
    """
    if table.num_rows < 2:
        return FilterResult.of(table.num_rows)
    slices = (compared(table.slice(at, _AT_ONCE)) for at in range(0, table.num_rows, _AT_ONCE))
    vectors = embedded(slices, table.num_rows, context.tools.workers)
    groups = close_groups(vectors, params.threshold, context.tools.workers)
    dropped = representatives(table, groups, lambda *pairs: cosines(vectors, pairs), params.threshold, ordered=False)
    return without_dropped(table, dropped, "semantic_duplicate", {})


def semantic_duplicate_groups(texts: Texts, threshold: float = 0.95) -> Rows:
    """The group of each text, int64 (rows,): the first it is connected with by cosines of at least `threshold`. No guard."""
    column = plain(texts)
    return close_groups(embedded([column], len(column)), threshold)


def embedded(slices: Iterable[pa.LargeStringArray], rows: int, workers: int = 2) -> Vectors:
    """The embeddings of the texts in `slices`, `rows` in all, of length 1 each, in half precision; of one without tokens zero."""
    from tasks.text.embeddings import DIMENSIONS, embed

    out, at = np.zeros((rows, DIMENSIONS), np.float16), 0
    for texts in slices:
        out[at : at + len(texts)] = embed(pc.utf8_slice_codeunits(texts, 0, _CHARACTERS), workers)
        at += len(texts)
    return out


def cosines(vectors: Vectors, pairs: Pairs) -> Shares:
    """The cosine of each pair."""
    out = np.empty(len(pairs[0]))
    for at in range(0, len(out), _PART):
        left, right = (vectors[rows[at : at + _PART]].astype(np.float64) for rows in pairs)
        lengths = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
        out[at : at + len(left)] = (left * right).sum(axis=1) / np.where(lengths > 0, lengths, 1)
    return out


def close_groups(vectors: Vectors, threshold: float, workers: int = 2) -> Rows:
    """For each row the first row it is connected with by pairs of at least `threshold` cosine, int64 (rows,)."""
    if len(vectors) < COMPARE_ALL:
        return _compared(vectors, threshold)
    return _bucketed(vectors, threshold, workers)


def _measured(vectors: Vectors, pairs: Pairs, threshold: float) -> Pairs:
    enough = cosines(vectors, pairs) >= threshold
    return pairs[0][enough], pairs[1][enough]


def _compared(vectors: Vectors, threshold: float) -> Rows:
    """`close_groups` of few rows. Rows of one group are not compared again: the pairs of a large crowd would fill memory."""
    full = vectors.astype(np.float32)
    full /= np.maximum(np.linalg.norm(full, axis=1, keepdims=True), 1e-6)
    groups: Rows = np.arange(len(full))
    for at in range(0, len(full), _BLOCK):
        close = full[at : at + _BLOCK] @ full[at:].T >= threshold - 1e-5
        while True:
            apart = close & (groups[at : at + _BLOCK, None] != groups[None, at:])
            rows = np.flatnonzero(apart.any(axis=1))
            if not len(rows):
                break
            others = apart[rows].argmax(axis=1)
            close[rows, others] = False
            left, right = _measured(vectors, (rows + at, others + at), threshold)
            ends = np.arange(len(full))
            groups = components(len(full), (np.concatenate([ends, left]), np.concatenate([groups, right])))
    return groups


def _bucketed(vectors: Vectors, threshold: float, workers: int) -> Rows:
    from tasks.filters.duplicates import kernels

    rows = len(vectors)
    low_bits, bits = rows.bit_length(), max(rows.bit_length() - 2, 8)
    small, scales = _eight_bit(vectors)
    sides, sketches = _hashed(vectors, bits, workers)
    pairs = (sketches, _most_bits(threshold - _SLACK), small, scales, threshold - _SLACK)
    parents: Rows = np.arange(rows)
    filled = scales > 0

    def links(table: int) -> Pairs:
        keys = sides[table].astype(np.uint64) << np.uint64(low_bits)
        keys = np.sort((keys | np.arange(rows, dtype=np.uint64))[filled])
        left, right = np.empty(rows, np.int64), np.empty(rows, np.int64)
        found = kernels.close(keys, low_bits, _WINDOW, *pairs, parents.copy(), left, right)
        return _measured(vectors, (left[:found], right[:found]), threshold)

    with ThreadPoolExecutor(workers) as pool:
        for first in range(0, _TABLES, workers):
            for linked in list(pool.map(links, range(first, min(first + workers, _TABLES)))):
                kernels.join(parents, *linked)
    kernels.roots(parents)
    return parents


def _hashed(vectors: Vectors, bits: int, workers: int) -> tuple[Sides, Sketches]:
    """On which side of random planes each vector lies: `bits` planes for each table, one bit a plane, (_TABLES, rows) uint32; and
    128 more, (rows, 2) uint64. All in one pass, since the vectors come in half precision."""
    rng = np.random.default_rng(25)
    planes = rng.standard_normal((vectors.shape[1], _TABLES * bits + 128)).astype(np.float32)
    sides, sketches = np.empty((_TABLES, len(vectors)), np.uint32), np.empty((len(vectors), 2), np.uint64)

    def fill(at: int) -> None:
        above = vectors[at : at + _PART].astype(np.float32) @ planes > 0
        for table in range(_TABLES):
            sides[table, at : at + _PART] = _as_number(above[:, table * bits : (table + 1) * bits])
        for half in range(2):
            sketches[at : at + _PART, half] = _as_number(above[:, _TABLES * bits + 64 * half :][:, :64])

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(fill, range(0, len(vectors), _PART)))
    return sides, sketches


def _as_number(bits: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """The bits of each row as one number, the first the lowest."""
    packed = np.packbits(bits, axis=1, bitorder="little")
    words = np.zeros((len(bits), 8), np.uint8)
    words[:, : packed.shape[1]] = packed
    number: np.ndarray[tuple[int], np.dtype[np.uint64]] = words.view("<u8")[:, 0]
    return number


def _most_bits(cosine: float) -> int:
    """In how many of 128 bits two vectors of this cosine may differ: the mean and five standard deviations, so that of three
    million such pairs one is missed. A plane parts two vectors with probability angle / π."""
    apart = math.acos(min(cosine, 1.0)) / math.pi
    return math.ceil(128 * apart + 5 * math.sqrt(128 * apart * (1 - apart)))


def _eight_bit(
    vectors: Vectors,
) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.int8]], np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """The vectors in eight bits, and by what each must be multiplied."""
    small = np.empty(vectors.shape, np.int8)
    scales = np.zeros(len(vectors))
    for at in range(0, len(vectors), _PART):
        part = vectors[at : at + _PART].astype(np.float32)
        largest = np.abs(part).max(axis=1)
        scales[at : at + len(part)] = largest / 127
        small[at : at + len(part)] = np.rint(part / np.where(largest > 0, largest, 1)[:, None] * 127)
    return small, scales


FILTER: Final = Filter(
    name="semantic_duplicates",
    params=SemanticDuplicates,
    reasons={
        "semantic_duplicate": "says the same as another row; detail: its id and similarity",
    },
    row_wise=False,
    compute=compute,
)
