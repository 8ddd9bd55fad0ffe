"""MinHash signatures of texts, and the exact similarity that they estimate.

Signatures are datasketch's (`MinHash` with 128 permutations, seed 1, its scheme affine32), to the bit: datasketch itself makes
those of a small column, a compiled kernel with datasketch's permutations those of a large one.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np

from tasks.filters import shingles
from tasks.filters.shingles import Column
from tasks.text.columns import COMPILE_FROM

PERMUTATIONS: Final = 128
SHINGLE_WORDS: Final = 5
STRETCH: Final = 2048
"""Rows signed at once: their signatures, a megabyte, stay in the processor's cache for what is made of them."""
_EMPTY: Final = np.uint32(0xFFFFFFFF)

Signatures = np.ndarray[tuple[int, int], np.dtype[np.uint32]]
Rows = np.ndarray[tuple[int], np.dtype[np.int64]]
Pairs = tuple[Rows, Rows]
Shares = np.ndarray[tuple[int], np.dtype[np.float64]]


def signatures(texts: Column, workers: int = 2) -> Signatures:
    """One MinHash signature a row over its 5-word shingles (`shingles.grams`), uint32 (rows, 128).

    Of each shingle's hash the upper 32 bits count. A row without words has the signature of datasketch's empty set.
    """
    from datasketch import MinHash

    rows = len(texts.offsets) - 1
    out = np.empty((rows, PERMUTATIONS), np.uint32)
    if rows < COMPILE_FROM:
        hashes, offsets = shingles.grams(texts, SHINGLE_WORDS)
        sets = (part.tolist() for part in np.split(hashes >> np.uint64(32), offsets[1:-1])) if rows else ()
        for row, sketch in enumerate(MinHash.generator(sets, num_perm=PERMUTATIONS, seed=1, hashfunc=int)):
            out[row] = sketch.hashvalues
        return out
    from tasks.filters.duplicates import kernels

    by = (*texts, shingles.factors(SHINGLE_WORDS), *MinHash(num_perm=PERMUTATIONS, seed=1).permutations)
    with ThreadPoolExecutor(workers) as pool:  # the kernel lets go of the interpreter
        list(pool.map(lambda at: kernels.sign(*by, at, min(at + STRETCH, rows), out), range(0, rows, STRETCH)))
    return out


def filled(signatures: Signatures) -> Rows:
    """The rows that have words: a shingle whose first four values are all the largest occurs once in 2^128."""
    return np.flatnonzero((signatures[:, :4] != _EMPTY).any(axis=1))


def jaccard(texts: Column, pairs: Pairs) -> Shares:
    """The exact Jaccard similarity of the pairs' shingle sets."""
    sets = shingle_sets(texts, np.unique(np.concatenate(pairs)))
    left, right = (rows.tolist() for rows in pairs)
    return np.array([similarity(sets[i], sets[j]) for i, j in zip(left, right, strict=True)], np.float64)


def shingle_sets(texts: Column, rows: Rows) -> dict[int, frozenset[int]]:
    """The set of shingle hashes of each of `rows`."""
    lengths = np.diff(texts.offsets)[rows]
    ends = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    at = np.repeat(texts.offsets[rows] - ends[:-1], lengths) + np.arange(ends[-1])
    hashes, offsets = shingles.grams(Column(texts.data[at], ends), SHINGLE_WORDS)
    parts = np.split(hashes, offsets[1:-1]) if len(rows) else ()
    return {row: frozenset(part.tolist()) for row, part in zip(rows.tolist(), parts, strict=True)}


def similarity(left: frozenset[int], right: frozenset[int]) -> float:
    """The Jaccard similarity of two sets; 0 of two empty ones."""
    common = len(left & right)
    return common / max(len(left) + len(right) - common, 1)
