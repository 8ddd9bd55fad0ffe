"""MinHash signatures of rows, and the exact similarity that they estimate.

The permutations are datasketch's, and so is every bit of a signature (its scheme affine32, seed 1): a column signed here
can be looked up in a `datasketch.MinHashLSH` built elsewhere, and the other way round.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Final

import numpy as np

from tasks.filters import shingles
from tasks.filters.shingles import Column, Grams, Hashes

PERMUTATIONS: Final = 128
SHINGLE_WORDS: Final = 5
COMPILE_FROM: Final = 20_000
"""Rows from which compiled kernels win over NumPy although they must be loaded (a second) or, once, compiled (ten)."""
EMPTY: Final = np.uint32(0xFFFFFFFF)
STRETCH: Final = 2048
"""Rows signed at once: their signatures, a megabyte, stay in the processor's cache for what is made of them."""

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


def signatures(texts: Column, workers: int = 2) -> Signatures:
    """One MinHash signature a row over its 5-word shingles (`shingles.grams`), uint32 (rows, 128).

    A row without words has the signature of datasketch's empty set. Compiled for large columns, equal either way.
    """
    rows = len(texts.offsets) - 1
    out = np.empty((rows, PERMUTATIONS), np.uint32)
    if rows < COMPILE_FROM:
        _sign(shingles.grams(texts, SHINGLE_WORDS), out)
        return out
    from tasks.filters.duplicates import kernels

    factors, (a, b) = shingles.factors(SHINGLE_WORDS), permutations()
    each(lambda x, y: kernels.sign(*texts, factors, a, b, x, y, out), stretches(rows), workers)
    return out


def filled(signatures: Signatures) -> Rows:
    """The rows that have words: a shingle whose first four values are all the largest occurs once in 2^128."""
    return np.flatnonzero(np.logical_or.reduce([signatures[:, k] != EMPTY for k in range(4)]))


def agreement(signatures: Signatures, pairs: Pairs, others: Signatures | None = None) -> Shares:
    """The share of equal values in the signatures of each pair: the estimate of its Jaccard similarity.

    With `others`, the second row of a pair is one of those.
    """
    left, right = pairs
    others = signatures if others is None else others
    out = np.empty(len(left), np.float64)
    for at in range(0, len(left), 1 << 14):
        part = slice(at, at + (1 << 14))
        out[part] = (signatures[left[part]] == others[right[part]]).mean(axis=1)
    return out


def jaccard(texts: Column, pairs: Pairs) -> Shares:
    """The exact Jaccard similarity of the pairs' shingle sets."""
    left, right = pairs
    if len(left) < COMPILE_FROM:
        rows, at = np.unique(np.concatenate([left, right]), return_inverse=True)
        sets = _sets(texts, rows)
        return np.array([_similar(sets[i], sets[j]) for i, j in zip(*np.split(at, 2), strict=True)], np.float64)
    from tasks.filters.duplicates import linking_kernels as linking

    out = np.empty(len(left), np.float64)
    linking.jaccard(*texts, shingles.factors(SHINGLE_WORDS), left, right, out)
    return out


def each(work: Callable[[int, int], None], parts: Iterable[tuple[int, int]], workers: int) -> None:
    """Runs `work` on every stretch [a, b) of rows, on several threads: the kernels let go of the interpreter."""
    with ThreadPoolExecutor(workers) as pool:
        for _ in pool.map(lambda part: work(*part), parts):
            pass


def stretches(rows: int) -> Iterable[tuple[int, int]]:
    """[0, rows) in parts of STRETCH."""
    return ((at, min(at + STRETCH, rows)) for at in range(0, rows, STRETCH))


def _sets(texts: Column, rows: Rows) -> list[Hashes]:
    """The different shingles of each of `rows`, sorted."""
    lengths = np.diff(texts.offsets)[rows]
    ends = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    at = np.repeat(texts.offsets[rows] - ends[:-1], lengths) + np.arange(ends[-1])
    grams = shingles.grams(Column(texts.data[at], ends), SHINGLE_WORDS)
    return [np.unique(grams.hashes[i:j]) for i, j in zip(grams.offsets[:-1], grams.offsets[1:], strict=True)]


def _similar(left: Hashes, right: Hashes) -> float:
    common = len(np.intersect1d(left, right, assume_unique=True))
    return common / max(len(left) + len(right) - common, 1)


def _sign(grams: Grams, out: Signatures) -> None:
    out[:] = EMPTY
    rows = np.flatnonzero(np.diff(grams.offsets))
    if not len(rows):
        return
    x = (grams.hashes >> np.uint64(32)).astype(np.uint32)
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    x = (x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    x ^= x >> np.uint32(16)
    a, b = permutations()
    for k in range(PERMUTATIONS):
        out[rows, k] = np.minimum.reduceat(x * a[k] + b[k], grams.offsets[rows])
