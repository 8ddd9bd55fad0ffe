"""Groups of nearly equal rows: candidates from shared bands of their signatures, verified by their exact similarity.

Locality-sensitive hashing by bands (Broder 1997; Leskovec, Rajaraman, Ullman, chapter 3): rows whose signatures agree in all six
values of one of 20 bands are candidates. Rows that are connected already are not compared again, so that a crowd of equal rows
costs little. Candidates of a small column come from datasketch's `MinHashLSH`, those of a large one from sorted keys and a compiled
kernel, since an index of a million rows takes minutes and several gigabytes.
"""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise, product
from typing import Final

import numpy as np

from tasks.filters import shingles
from tasks.filters.duplicates import minhash
from tasks.filters.duplicates.minhash import Pairs, Rows, Signatures
from tasks.filters.shingles import Column, Hashes
from tasks.text.columns import COMPILE_FROM

BANDS: Final = 20
ROWS_PER_BAND: Final = 6
"""20 bands of 6 find 0.974 of the pairs at Jaccard 0.7 where datasketch's own choice of 14 × 9 finds 0.933 (measured on
40,000 rows of 64 words); the pairs found in excess cost only their verification."""

_FACTORS: Final = np.multiply.accumulate(np.full(ROWS_PER_BAND, shingles.BASE, np.uint64))
"""What the values of a band are multiplied with; the sum is its key. Such a hash is good in its high bits (Dietzfelbinger 1996),
and the low ones are not looked at."""
_WINDOW: Final = 16
"""Members of one bucket that are compared with each other; in a larger bucket also every member with the first."""
_MEETINGS: Final = (0, 1, 2, 4, 8, BANDS)
"""Bands after which the workers exchange what they found: the first ones find most."""
_SLACK: Final = 0.15
"""How far below the threshold an estimate over 128 permutations may lie before its pair is not verified: 3.7 standard
deviations at 0.7."""

Keys = np.ndarray[tuple[int, int], np.dtype[np.uint64]]


def groups(texts: Column, signatures: Signatures, threshold: float, workers: int = 2) -> Rows:
    """For each row the first row it is connected with by pairs of at least `threshold` Jaccard similarity, int64 (rows,)."""
    if len(signatures) < COMPILE_FROM:
        return by_index(texts, signatures, threshold)
    return by_kernel(texts, signatures, threshold, workers)


def candidates(signatures: Signatures, others: Signatures, threshold: float) -> Pairs:
    """Pairs (row, row of `others`) that agree in at least one band and, by their signatures, may be similar enough; each once,
    sorted. In a bucket the first 16 rows of `others` are looked at."""
    found = []
    mine, theirs = minhash.filled(signatures), minhash.filled(others)
    for asked, band in zip(_band_keys(signatures), _band_keys(others), strict=True):
        order = theirs[np.argsort(band[theirs], kind="stable")]
        there, wanted = band[order], asked[mine]
        begin = np.searchsorted(there, wanted)
        count = np.minimum(np.searchsorted(there, wanted, "right") - begin, _WINDOW)
        at = np.repeat(begin - (np.cumsum(count) - count), count) + np.arange(count.sum())
        found.append(np.repeat(mine, count) * len(others) + order[at])
    left, right = np.divmod(np.unique(np.concatenate(found)), max(len(others), 1))
    likely = np.zeros(len(left), bool)
    for first in range(0, len(left), minhash.STRETCH):
        pairs = slice(first, first + minhash.STRETCH)
        likely[pairs] = (signatures[left[pairs]] == others[right[pairs]]).mean(axis=1) >= threshold - _SLACK
    return left[likely], right[likely]


def components(rows: int, pairs: Pairs) -> Rows:
    """For each row the first row that `pairs` connect it with, int64 (rows,)."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    left, right = pairs
    graph = coo_array((np.ones(len(left), np.int8), (left, right)), shape=(rows, rows))
    _, labels = connected_components(graph, directed=False)
    _, first = np.unique(labels, return_index=True)
    found: Rows = first[labels].astype(np.int64)
    return found


def by_index(texts: Column, signatures: Signatures, threshold: float) -> Rows:
    """`groups` by datasketch's index: each row is asked for, compared with what the index gives, and added to it."""
    from datasketch import LeanMinHash, MinHashLSH

    rows = minhash.filled(signatures)
    sets = minhash.shingle_sets(texts, rows)
    index = MinHashLSH(num_perm=minhash.PERMUTATIONS, params=(BANDS, ROWS_PER_BAND))
    parents = list(range(len(signatures)))
    equal: dict[frozenset[int], int] = {}

    def first(row: int) -> int:
        while parents[row] != row:
            parents[row] = parents[parents[row]]
            row = parents[row]
        return row

    for row in rows.tolist():
        if equal.setdefault(sets[row], row) != row:
            parents[row] = first(equal[sets[row]])
            continue
        sketch = LeanMinHash(seed=1, hashvalues=signatures[row], scheme="affine32")
        for other in sorted(index.query(sketch)):
            one, two = first(row), first(other)
            if one != two and minhash.similarity(sets[row], sets[other]) >= threshold:
                parents[max(one, two)] = min(one, two)
        index.insert(row, sketch)
    return np.array([first(row) for row in range(len(signatures))], np.int64)


def by_kernel(texts: Column, signatures: Signatures, threshold: float, workers: int) -> Rows:
    """`groups` by compiled kernels: band by band, each worker a part of the buckets, so that few pairs are verified twice."""
    from tasks.filters.duplicates import kernels

    least = int(np.ceil((threshold - _SLACK) * minhash.PERMUTATIONS - 1e-9))
    low_bits = len(signatures).bit_length()
    parents: list[Rows] = [np.arange(len(signatures)) for _ in range(workers)]
    factors, longest = shingles.factors(minhash.SHINGLE_WORDS), int(np.diff(texts.offsets).max())

    def links(bands: list[Hashes], worker: int) -> list[Pairs]:
        found = []
        for keys in bands:
            part = (len(keys) * worker // workers, len(keys) * (worker + 1) // workers)
            left, right = np.empty((2, len(keys) - part[0]), np.int64)  # a bucket may go on behind its part
            search = (low_bits, _WINDOW, signatures, least, threshold, *texts, longest, factors)
            pairs = kernels.link(keys, part, *search, parents[worker], left, right)
            found.append((left[:pairs].copy(), right[:pairs].copy()))
        return found

    with ThreadPoolExecutor(workers) as pool:
        bands = _sorted_bands(signatures, low_bits, pool)
        for begin, stop in pairwise(_MEETINGS):
            for found in list(pool.map(links, [bands[begin:stop]] * workers, range(workers))):
                for each, pairs in product(parents, found):
                    kernels.join(each, *pairs)
    kernels.roots(parents[0])
    return parents[0]


def _sorted_bands(signatures: Signatures, low_bits: int, pool: ThreadPoolExecutor) -> list[Hashes]:
    """The keys of each band, sorted, of the rows that have words; the `low_bits` of a key are the number of its row."""
    rows = minhash.filled(signatures)
    numbers, mask = rows.astype(np.uint64), np.uint64((1 << low_bits) - 1)
    return list(pool.map(lambda keys: np.sort((keys[rows] & ~mask) | numbers), _band_keys(signatures)))


def _band_keys(signatures: Signatures) -> Keys:
    """A key for each band of each row, (bands, rows): equal bands have equal keys."""
    out = np.empty((BANDS, len(signatures)), np.uint64)
    for at in range(0, len(signatures), minhash.STRETCH):
        part = signatures[at : at + minhash.STRETCH, : BANDS * ROWS_PER_BAND].astype(np.uint64)
        out[:, at : at + len(part)] = (part.reshape(-1, BANDS, ROWS_PER_BAND) * _FACTORS).sum(axis=2).T
    return out
