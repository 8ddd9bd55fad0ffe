"""Shingles, signatures and buckets compiled by numba: the same results as NumPy's, many times faster on large columns.

Imported only when a column is large.
"""

from typing import Final

import numpy as np

from tasks.filters.word_kernels import mixed, read, room
from tasks.text.compiled import compiled

_U32: Final = np.uint32
_ONE: Final = np.uint64(1)
_HALF: Final = np.uint64(32)


@compiled()
def grams_of(data, at, end, factors, space, out):  # type: ignore[no-untyped-def]
    """The n-gram hashes of one row into `out`, as `shingles.grams` has them; how many words it has. n = factors.size."""
    words = read(data, at, end, space)
    hashes = space[-1]
    n = factors.size
    grams = np.uint64(gram_count(words, n))
    for k in range(grams):
        out[k] = hashes[k] * factors[0]
    for place in range(1, min(n, words)):
        factor, ahead = factors[place], np.uint64(place)
        for k in range(grams):
            out[k] += hashes[k + ahead] * factor
    for k in range(grams):
        out[k] = mixed(out[k])
    return words


@compiled()
def gram_count(words, n):  # type: ignore[no-untyped-def]
    """Shingles of `n` words that so many words have; a text with fewer is one."""
    return words - n + 1 if words >= n else min(words, 1)


@compiled()
def grams_and_room(size):  # type: ignore[no-untyped-def]
    """Where `grams_of` puts the hashes of a row of up to `size` bytes, and what it works in. Every other byte begins a word."""
    return np.empty(size // 2 + 2, np.uint64), room(size)


@compiled()
def longest(offsets, begin, stop):  # type: ignore[no-untyped-def]
    """Bytes of the longest of rows [begin, stop)."""
    longest = 0
    for row in range(begin, stop):
        longest = max(longest, offsets[row + 1] - offsets[row])
    return longest


@compiled()
def sign(data, offsets, factors, a, b, begin, stop, out):  # type: ignore[no-untyped-def]
    """MinHash signatures of rows [begin, stop) into out (rows, permutations), as datasketch's scheme affine32 has them."""
    scratch, space = grams_and_room(longest(offsets, begin, stop))
    values = np.empty(scratch.size + 4, _U32)
    least = np.empty(a.size, _U32)
    for row in range(begin, stop):
        words = grams_of(data, offsets[row], offsets[row + 1], factors, space, scratch)
        count = gram_count(words, factors.size)
        for at in range(count):
            x = _U32(scratch[at] >> _HALF)
            x = _U32(x ^ (x >> _U32(16)))
            x = _U32(x * _U32(0x85EBCA6B))
            x = _U32(x ^ (x >> _U32(13)))
            x = _U32(x * _U32(0xC2B2AE35))
            values[at] = _U32(x ^ (x >> _U32(16)))
        for at in range(count, count + -count % 4):  # a value that occurs anyway changes no minimum
            values[at] = values[0]
        least[:] = _U32(0xFFFFFFFF)
        for at in range(0, count, 4):  # four at a time: half the loads and stores
            one, two, three, four = values[at], values[at + 1], values[at + 2], values[at + 3]
            for k in range(a.size):
                first = min(_U32(_U32(one * a[k]) + b[k]), _U32(_U32(two * a[k]) + b[k]))
                second = min(_U32(_U32(three * a[k]) + b[k]), _U32(_U32(four * a[k]) + b[k]))
                least[k] = min(least[k], min(first, second))
        out[row] = least


@compiled()
def band_keys(signatures, factors, begin, stop, out):  # type: ignore[no-untyped-def]
    """Keys for the bands of factors.size values in the signatures of rows [begin, stop), into out (bands, rows)."""
    width = np.uint64(factors.size)
    for row in range(np.uint64(begin), np.uint64(stop)):
        for band in range(np.uint64(out.shape[0])):
            key = np.uint64(0)
            for k in range(width):
                key += np.uint64(signatures[row, band * width + k]) * factors[k]
            out[band, row] = key


@compiled()
def numbered(keys, rows, low_bits, out):  # type: ignore[no-untyped-def]
    """The keys of `rows`, whose `low_bits` are replaced by the number of the row."""
    mask = (_ONE << np.uint64(low_bits)) - _ONE
    for at in range(rows.size):
        out[at] = (keys[rows[at]] & ~mask) | np.uint64(rows[at])
