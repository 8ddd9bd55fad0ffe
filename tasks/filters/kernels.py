"""Shingles, signatures and buckets compiled by numba: the same results as NumPy's, many times faster on large columns.

Imported only when a column is large.
"""

from typing import Final

import numpy as np

from tasks.filters.shingles import BASE, MIX, STEP
from tasks.text.compiled import compiled

_U32: Final = np.uint32
_ZERO, _ONE = np.uint64(0), np.uint64(1)
_HALF: Final = np.uint64(32)
_BASE, _MIX = np.uint64(BASE), np.uint64(MIX)
_BACK: Final = np.uint64(pow(int(STEP), -1, 1 << 64))
_LETTERS: Final = np.uint64(32)
_POWERS: Final = np.multiply.accumulate(np.full(_LETTERS, BASE, np.uint64))
"""Of BASE: looked up, the letters of a word need not wait for one another."""
_BAND_SHIFT: Final = np.uint64(29)


@compiled()
def _mixed(value):  # type: ignore[no-untyped-def]
    value = (value ^ (value >> _HALF)) * _MIX
    return value ^ (value >> _HALF)


@compiled()
def grams_of(data, at, end, letters, factors, ring, out):  # type: ignore[no-untyped-def]
    """The n-gram hashes of one row into `out`, as `shingles.grams` has them; how many words it has. n = factors.size.

    All places are unsigned: of a signed one numba asks at every access whether it counts from the end.
    """
    at, end, n = np.uint64(at), np.uint64(end), np.uint64(factors.size)
    words = slot = total = _ZERO
    while at < end:
        letter = letters[data[at]]
        if letter == 0:
            at += _ONE
            continue
        word = place = _ZERO
        while letter != 0 and place < _LETTERS:
            word += (np.uint64(letter) + _ONE) * _POWERS[place]
            place += _ONE
            at += _ONE
            letter = letters[data[at]] if at < end else np.uint8(0)
        power = _POWERS[_LETTERS - _ONE]
        while letter != 0:
            power *= _BASE
            word += (np.uint64(letter) + _ONE) * power
            at += _ONE
            letter = letters[data[at]] if at < end else np.uint8(0)
        word = _mixed(word)
        if words < n:
            total += word * factors[words]
        else:  # one step on: all factors are powers of one number
            total = total * _BACK - ring[slot] + word * factors[n - _ONE]
        ring[slot] = word
        slot = slot + _ONE if slot + _ONE < n else _ZERO
        words += _ONE
        if words >= n:
            out[words - n] = _mixed(total)
    if words < n:
        out[0] = _mixed(total)
    return np.int64(words)


@compiled()
def gram_count(words, n):  # type: ignore[no-untyped-def]
    """Shingles of `n` words that so many words have; a text with fewer is one."""
    return words - n + 1 if words >= n else min(words, 1)


@compiled()
def longest(offsets, begin, stop):  # type: ignore[no-untyped-def]
    """Words that the longest of rows [begin, stop) may have: every other byte begins one."""
    longest = 0
    for row in range(begin, stop):
        longest = max(longest, offsets[row + 1] - offsets[row])
    return longest // 2 + 2


@compiled()
def sign(data, offsets, letters, factors, a, b, begin, stop, out):  # type: ignore[no-untyped-def]
    """MinHash signatures of rows [begin, stop) into out (rows, permutations), as datasketch's scheme affine32 has them."""
    scratch = np.empty(longest(offsets, begin, stop), np.uint64)
    ring = np.empty(factors.size, np.uint64)
    values = np.empty(scratch.size + 4, _U32)
    least = np.empty(a.size, _U32)
    for row in range(begin, stop):
        words = grams_of(data, offsets[row], offsets[row + 1], letters, factors, ring, scratch)
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
def band_keys(signatures, width, begin, stop, out):  # type: ignore[no-untyped-def]
    """Keys for the bands of `width` values in the signatures of rows [begin, stop), into out (bands, rows)."""
    for row in range(begin, stop):
        for band in range(out.shape[0]):
            key = np.uint64(band * width + 1)
            for k in range(band * width, (band + 1) * width):
                key = (key ^ np.uint64(signatures[row, k])) * _BASE
                key ^= key >> _BAND_SHIFT
            out[band, row] = key


@compiled()
def numbered(keys, rows, low_bits, out):  # type: ignore[no-untyped-def]
    """The keys of `rows`, whose `low_bits` are replaced by the number of the row."""
    mask = (_ONE << np.uint64(low_bits)) - _ONE
    for at in range(rows.size):
        out[at] = (keys[rows[at]] & ~mask) | np.uint64(rows[at])
