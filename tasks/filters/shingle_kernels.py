"""The hashes of `shingles`, computed row by row by numba: the same values, many times faster on large columns.

Imported only when a column is large, because numba must be loaded for it.
"""

import numpy as np

from tasks.filters.shingles import BASE, LETTERS, MIX
from tasks.text.compiled import compiled

_BASE, _MIX, _LETTERS = np.uint64(BASE), np.uint64(MIX), LETTERS
_HALF, _EIGHT, _FULL = np.uint64(32), np.uint64(8), np.uint64(64)


@compiled()
def mixed(value):  # type: ignore[no-untyped-def]
    """See `shingles.mixed`."""
    value = (value ^ (value >> _HALF)) * _MIX
    return value ^ (value >> _HALF)


@compiled()
def room(size):  # type: ignore[no-untyped-def]
    """Two arrays for `grams_of`: the n-grams and the words of a text of up to `size` bytes. Every other byte begins a word."""
    return np.empty(size // 2 + 2, np.uint64), np.empty(size // 2 + 2, np.uint64)


@compiled()
def grams_of(data, begin, end, factors, grams, words):  # type: ignore[no-untyped-def]
    """Fills `grams` with the n-gram hashes of the text data[begin:end], as `shingles.grams` has them; returns its number of words.

    n is factors.size. There are max(words - n + 1, min(words, 1)) n-grams: a text of fewer than n words has one.
    """
    many = _read(data, begin, end, words)
    n = np.int64(factors.size)
    count = max(many - n + 1, min(many, 1))
    for k in range(count):
        grams[k] = words[k] * factors[0]
    for position in range(1, min(n, many)):
        for k in range(count):
            grams[k] += words[k + position] * factors[position]
    for k in range(count):
        grams[k] = mixed(grams[k])
    return many


@compiled()
def _read(data, begin, end, words):  # type: ignore[no-untyped-def]
    """Fills `words` with the hash of each word of data[begin:end]; returns their number."""
    count = 0
    total, power, block, shift = np.uint64(0), _BASE, np.uint64(0), np.uint64(0)
    for at in range(begin, end + 1):
        letter = np.uint64(_LETTERS[data[at]]) if at < end else np.uint64(0)
        if letter:
            block |= letter << shift
            shift += _EIGHT
            if shift == _FULL:  # eight bytes are hashed together
                total += block * power
                power *= _BASE
                block, shift = np.uint64(0), np.uint64(0)
        elif shift or total:
            words[count] = mixed(total + block * power)
            count += 1
            total, power, block, shift = np.uint64(0), _BASE, np.uint64(0), np.uint64(0)
    return count
