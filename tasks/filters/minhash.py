"""MinHash signatures of rows and the candidate pairs that share a band of them.

The permutations are datasketch's, and so is every bit of a signature (its scheme affine32, seed 1): a column signed here
can be looked up in a `datasketch.MinHashLSH` built elsewhere, and the other way round.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np
import pyarrow as pa

from tasks.filters import shingles
from tasks.filters.shingles import Grams, Hashes

PERMUTATIONS: Final = 128
BANDS: Final = 20
ROWS_PER_BAND: Final = 6
"""20 bands of 6 find 0.974 of the pairs at Jaccard 0.7 where datasketch's own choice of 14 × 9 finds 0.933 (measured on
40,000 rows of 64 words); the pairs found in excess cost only their verification."""
SHINGLE_WORDS: Final = 5
COMPILE_FROM: Final = 5000
"""Rows from which compiled kernels win over NumPy although they must be loaded or compiled first."""

_WINDOW: Final = 16
"""Members of one bucket that are paired with each other; in a larger bucket also every member with the first."""
_EMPTY: Final = np.uint32(0xFFFFFFFF)

Signatures = np.ndarray[tuple[int, int], np.dtype[np.uint32]]
Rows = np.ndarray[tuple[int], np.dtype[np.int64]]
Pairs = tuple[Rows, Rows]
Values = np.ndarray[tuple[int], np.dtype[np.uint32]]
Shares = np.ndarray[tuple[int], np.dtype[np.float64]]


@cache
def permutations() -> tuple[Values, Values]:
    """datasketch's a and b, uint32 (128,) each: the k-th permutation of h is a[k] * h + b[k] modulo 2^32."""
    from datasketch import MinHash

    a, b = MinHash(num_perm=PERMUTATIONS, seed=1).permutations
    return a, b


def shingled(texts: pa.LargeStringArray, workers: int = 2) -> Grams:
    """The hashes of the 5-word shingles of every row; see `shingles.grams`. Compiled for large columns, equal either way."""
    if len(texts) < COMPILE_FROM:
        return shingles.grams(texts, SHINGLE_WORDS)
    from tasks.filters import kernels

    data, offsets = shingles.buffers(texts)
    factors, counts = shingles.factors(SHINGLE_WORDS), np.zeros(len(texts), np.int64)

    def count(a: int, b: int) -> None:
        kernels.count_grams(data, offsets[a : b + 1], shingles.IS_WORD, SHINGLE_WORDS, counts[a:b])

    _each(count, shingles.chunks(offsets), workers)
    ends = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    out = np.empty(ends[-1], np.uint64)

    def fill(a: int, b: int) -> None:
        kernels.fill_grams(data, offsets[a : b + 1], shingles.IS_WORD, factors, ends[a:b], out)

    _each(fill, shingles.chunks(offsets), workers)
    return Grams(out, ends)


def signatures(grams: Grams, workers: int = 2) -> Signatures:
    """One MinHash signature a row, uint32 (rows, 128); a row without shingles has the signature of datasketch's empty set."""
    rows = len(grams.offsets) - 1
    out = np.full((rows, PERMUTATIONS), _EMPTY, np.uint32)
    a, b = permutations()
    if rows < COMPILE_FROM:
        _sign(grams, a, b, out)
        return out
    from tasks.filters import kernels

    cuts = np.linspace(0, rows, 8 * workers + 1).astype(int).tolist()
    _each(lambda x, y: kernels.sign(grams.hashes, grams.offsets[x : y + 1], a, b, out[x:y]), pairwise(cuts), workers)
    return out


def candidates(signatures: Signatures, rows: Rows, workers: int = 2) -> Pairs:
    """Pairs (left < right) of `rows` whose signatures agree in at least one band of six values, each pair once, sorted."""
    with ThreadPoolExecutor(workers) as pool:
        found = list(pool.map(lambda band: _bucket_pairs(_band_keys(signatures, band)[rows], rows), range(BANDS)))
    pairs = np.unique(np.concatenate(found))
    return (pairs >> np.uint64(32)).astype(np.int64), (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)


def agreement(signatures: Signatures, pairs: Pairs) -> Shares:
    """The share of equal values in the signatures of each pair: the estimate of its Jaccard similarity."""
    left, right = pairs
    out = np.empty(len(left), np.float64)
    for at in range(0, len(left), 1 << 14):
        part = slice(at, at + (1 << 14))
        out[part] = (signatures[left[part]] == signatures[right[part]]).mean(axis=1)
    return out


def jaccard(sets: Grams, pairs: Pairs) -> Shares:
    """The Jaccard similarity of the pairs' shingle sets, exact; `sets` as `as_sets` makes them."""
    left, right = pairs
    sizes = np.diff(sets.offsets)
    if len(left) < COMPILE_FROM:
        common = np.array(
            [
                len(np.intersect1d(_set(sets, i), _set(sets, j), assume_unique=True))
                for i, j in zip(left.tolist(), right.tolist(), strict=True)
            ],
            np.int64,
        )
    else:
        from tasks.filters import kernels

        common = np.zeros(len(left), np.int64)
        kernels.shared(sets.hashes, sets.offsets, left, right, common)
    return common / np.maximum(sizes[left] + sizes[right] - common, 1)


def as_sets(grams: Grams, rows: Rows) -> Grams:
    """The hashes of `rows` sorted and without repetitions; other rows are left empty, since nobody compares them."""
    wanted = np.zeros(len(grams.offsets) - 1, bool)
    wanted[rows] = True
    row = np.repeat(np.arange(len(wanted)), np.diff(grams.offsets))
    picked = wanted[row]
    hashes, row = grams.hashes[picked], row[picked]
    order = np.lexsort([hashes, row])
    hashes, row = hashes[order], row[order]
    first = np.ones(len(hashes), bool)
    first[1:] = (hashes[1:] != hashes[:-1]) | (row[1:] != row[:-1])
    counts = np.bincount(row[first], minlength=len(wanted))
    return Grams(hashes[first], np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))


def _each(work: Callable[[int, int], None], stretches: Iterable[tuple[int, int]], workers: int) -> None:
    """Runs `work` on every stretch [a, b) of rows, on several threads: the kernels let go of the interpreter."""
    with ThreadPoolExecutor(workers) as pool:
        for _ in pool.map(lambda stretch: work(*stretch), stretches):
            pass


def _set(sets: Grams, row: int) -> Hashes:
    return sets.hashes[sets.offsets[row] : sets.offsets[row + 1]]


def _sign(grams: Grams, a: Values, b: Values, out: Signatures) -> None:
    filled = np.flatnonzero(np.diff(grams.offsets))
    if not len(filled):
        return
    x = (grams.hashes >> np.uint64(32)).astype(np.uint32)
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    x = (x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    x ^= x >> np.uint32(16)
    for k in range(PERMUTATIONS):
        out[filled, k] = np.minimum.reduceat(x * a[k] + b[k], grams.offsets[filled])


def _band_keys(signatures: Signatures, band: int) -> Hashes:
    key: Hashes = np.full(len(signatures), band + 1, np.uint64)
    for k in range(band * ROWS_PER_BAND, (band + 1) * ROWS_PER_BAND):
        key = (key ^ signatures[:, k]) * shingles.BASE
        key ^= key >> np.uint64(29)
    return key


def _bucket_pairs(keys: Hashes, rows: Rows) -> Hashes:
    """Pairs of rows with equal keys, as left << 32 | right."""
    order = np.argsort(keys, kind="stable")
    sorted_keys = keys[order]
    same = np.zeros(len(keys) + 1, bool)
    same[1:-1] = sorted_keys[1:] == sorted_keys[:-1]
    crowded = same[:-1] | same[1:]
    members, keys = rows[order][crowded].astype(np.uint64), sorted_keys[crowded]
    if not len(keys):
        return np.zeros(0, np.uint64)
    begins = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    first = np.repeat(members[begins], np.diff(np.append(begins, len(keys))))
    pairs = [_packed(first, members)]
    for distance in range(1, _WINDOW):
        equal = keys[distance:] == keys[:-distance]
        if not equal.any():
            break
        pairs.append(_packed(members[:-distance][equal], members[distance:][equal]))
    unique: Hashes = np.unique(np.concatenate(pairs))
    return unique


def _packed(left: Hashes, right: Hashes) -> Hashes:
    apart = left != right
    low, high = np.minimum(left[apart], right[apart]), np.maximum(left[apart], right[apart])
    packed: Hashes = (low << np.uint64(32)) | high
    return packed
