"""Groups of nearly equal rows: candidates from shared bands of their signatures, verified by their exact similarity.

Locality-sensitive hashing by bands (Broder 1997; Leskovec, Rajaraman, Ullman, chapter 3): rows whose signatures agree in six
neighbouring values fall into one bucket and are candidates. Rows that are connected already are not compared again, so that
the work of a crowd of equals stays linear.
"""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise, product
from typing import Final

import numpy as np

from tasks.filters import shingles
from tasks.filters.duplicates import minhash
from tasks.filters.duplicates.minhash import Pairs, Rows, Shares, Signatures
from tasks.filters.shingles import Column, Hashes

Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]

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
"""Bands after which the workers tell each other what they found: the first ones find most."""
_SLACK: Final = 0.15
"""How far below the threshold an estimate over 128 permutations may lie before its pair is not verified: 3.7 standard
deviations at 0.7."""


def groups(texts: Column, signatures: Signatures, threshold: float, workers: int = 2) -> Rows:
    """For each row the first row it is connected with by pairs of at least `threshold` Jaccard similarity, int64 (rows,)."""
    if len(signatures) < minhash.COMPILE_FROM:
        left, right = candidates(signatures, minhash.filled(signatures))
        alike = likely(minhash.agreement(signatures, (left, right)), threshold)
        left, right = left[alike], right[alike]
        alike = minhash.jaccard(texts, (left, right)) >= threshold
        return components(len(signatures), (left[alike], right[alike]))
    return _linked(texts, signatures, threshold, workers)


def candidates(signatures: Signatures, rows: Rows) -> Pairs:
    """Pairs (left < right) of `rows` whose signatures agree in at least one band, each pair once, sorted."""
    low_bits = len(signatures).bit_length()
    found = [_bucket_pairs(np.sort(band_keys(signatures, rows, band, low_bits)), low_bits) for band in range(BANDS)]
    pairs = np.unique(np.concatenate(found))
    return (pairs >> np.uint64(32)).astype(np.int64), (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)


def joined_candidates(signatures: Signatures, others: Signatures) -> Pairs:
    """Pairs (row, row of `others`) that agree in at least one band, each once, sorted; the first 16 of `others` in a bucket."""
    found = []
    mine, theirs = minhash.filled(signatures), minhash.filled(others)
    for band in range(BANDS):
        low_bits = len(others).bit_length()
        keys = np.sort(band_keys(others, theirs, band, low_bits))
        asked = band_keys(signatures, mine, band, low_bits) >> np.uint64(low_bits)
        there = keys >> np.uint64(low_bits)
        begin = np.searchsorted(there, asked)
        count = np.minimum(np.searchsorted(there, asked, "right") - begin, _WINDOW)
        at = np.repeat(begin - (np.cumsum(count) - count), count) + np.arange(count.sum())
        right = keys[at] & np.uint64((1 << low_bits) - 1)
        found.append((np.repeat(mine, count).astype(np.uint64) << np.uint64(32)) | right)
    pairs = np.unique(np.concatenate(found))
    return (pairs >> np.uint64(32)).astype(np.int64), (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)


def likely(agreement: Shares, threshold: float) -> Flags:
    """Which pairs are worth verifying, by the share of equal values in their signatures."""
    return agreement >= threshold - _SLACK


def _linked(texts: Column, signatures: Signatures, threshold: float, workers: int) -> Rows:
    """`groups` by compiled kernels: band by band, each worker a part of the buckets, so that few pairs are verified twice."""
    from tasks.filters.duplicates import linking_kernels as linking

    rows, low_bits = minhash.filled(signatures), len(signatures).bit_length()
    least = int(np.ceil((threshold - _SLACK) * minhash.PERMUTATIONS - 1e-9))
    parents: list[Rows] = [np.arange(len(signatures)) for _ in range(workers)]
    factors, longest = shingles.factors(minhash.SHINGLE_WORDS), int(np.diff(texts.offsets).max())

    def links(bands: list[Hashes], worker: int) -> list[Pairs]:
        found = []
        for keys in bands:
            part = (len(keys) * worker // workers, len(keys) * (worker + 1) // workers)
            left, right = np.empty((2, len(keys) - part[0]), np.int64)  # a bucket may go on behind its part
            search = (low_bits, _WINDOW, signatures, least, threshold, *texts, longest, factors)
            pairs = linking.link(keys, part, *search, parents[worker], left, right)
            found.append((left[:pairs].copy(), right[:pairs].copy()))
        return found

    bands = _sorted_bands(signatures, rows, low_bits, workers)
    with ThreadPoolExecutor(workers) as pool:
        for begin, stop in pairwise(_MEETINGS):
            for found in list(pool.map(links, [bands[begin:stop]] * workers, range(workers))):
                for each, pairs in product(parents, found):
                    linking.join(each, *pairs)
    linking.roots(parents[0])
    return parents[0]


def _sorted_bands(signatures: Signatures, rows: Rows, low_bits: int, workers: int) -> list[Hashes]:
    """`band_keys` of all bands, each sorted, in one array (bands, rows)."""
    from tasks.filters.duplicates import kernels

    bands = np.empty((BANDS, len(signatures)), np.uint64)
    minhash.each(
        lambda begin, stop: kernels.band_keys(signatures, _FACTORS, begin, stop, bands),
        minhash.stretches(len(signatures)),
        workers,
    )

    def ordered(band: Hashes) -> Hashes:
        keys = band[: len(rows)]
        kernels.numbered(band, rows, low_bits, keys)  # in place: no row's key moves to where one is still to be read
        keys.sort()
        return keys

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(ordered, bands))


def band_keys(signatures: Signatures, rows: Rows, band: int, low_bits: int) -> Hashes:
    """A key for one band of the signatures of `rows`, whose `low_bits` are the number of the row."""
    begin = band * ROWS_PER_BAND
    key: Hashes = np.zeros(len(rows), np.uint64)
    for k, factor in enumerate(_FACTORS):
        key += signatures[rows, begin + k] * factor
    mask = np.uint64((1 << low_bits) - 1)
    return (key & ~mask) | (rows.astype(np.uint64) & mask)


def _bucket_pairs(keys: Hashes, low_bits: int) -> Hashes:
    """Pairs of rows whose sorted keys share all but their low bits, as left << 32 | right."""
    bucket, members = keys >> np.uint64(low_bits), keys & np.uint64((1 << low_bits) - 1)
    same = np.zeros(len(keys) + 1, bool)
    same[1:-1] = bucket[1:] == bucket[:-1]
    crowded = same[:-1] | same[1:]
    bucket, members = bucket[crowded], members[crowded]
    if not len(bucket):
        return np.zeros(0, np.uint64)
    begins = np.flatnonzero(np.concatenate([[True], bucket[1:] != bucket[:-1]]))
    first = np.repeat(members[begins], np.diff(np.append(begins, len(bucket))))
    later = first != members
    pairs = [(first[later] << np.uint64(32)) | members[later]]
    for distance in range(1, _WINDOW):
        equal = bucket[distance:] == bucket[:-distance]
        if not equal.any():
            break
        pairs.append((members[:-distance][equal] << np.uint64(32)) | members[distance:][equal])
    return np.concatenate(pairs)


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
