"""How much of two texts' word pairs is the same, compiled by numba: what `echo.overlap` says of ASCII texts without "__"."""

import numpy as np

from tasks.filters.shingles import BASE, MIX
from tasks.text.compiled import compiled

_BASE, _MIX = np.uint64(BASE), np.uint64(MIX)
_HALF = np.uint64(32)
_ONE = np.uint64(1)


@compiled()
def _pair(first, second):  # type: ignore[no-untyped-def]
    mixed = (first * _BASE + second) * _MIX
    return mixed ^ (mixed >> _HALF)


@compiled()
def _pairs(data, at, end, in_word, joins, out):  # type: ignore[no-untyped-def]
    """The hashes of the pairs of neighbouring words of data[at:end], the ends counting as words, into out; how many."""
    count = 0
    before = np.uint64(0)
    while at < end:
        if not in_word[data[at]]:
            at += 1
            continue
        word = np.uint64(0)
        while at < end and (in_word[data[at]] or (joins[data[at]] and at + 1 < end and in_word[data[at + 1]])):
            word = (word + np.uint64(data[at]) + _ONE) * _BASE
            at += 1
        word = (word ^ (word >> _HALF)) * _MIX
        out[count] = _pair(before, word)
        before = word
        count += 1
    if count:
        out[count] = _pair(before, np.uint64(0))
        count += 1
    return count


@compiled()
def _different(values):  # type: ignore[no-untyped-def]
    """Sorts `values` and moves the different ones to the front; how many."""
    values.sort()
    count = 0
    for value in values:
        if count == 0 or value != values[count - 1]:
            values[count] = value
            count += 1
    return count


@compiled()
def overlaps(left, left_offsets, right, right_offsets, in_word, joins, out):  # type: ignore[no-untyped-def]
    """The Jaccard similarity of the word pairs of each left and right text (bytes in lower case, offsets) into out (rows,)."""
    longest = 0
    for row in range(out.size):
        longest = max(longest, left_offsets[row + 1] - left_offsets[row], right_offsets[row + 1] - right_offsets[row])
    mine, theirs = np.empty(longest + 2, np.uint64), np.empty(longest + 2, np.uint64)
    for row in range(out.size):
        many = _different(mine[: _pairs(left, left_offsets[row], left_offsets[row + 1], in_word, joins, mine)])
        more = _different(theirs[: _pairs(right, right_offsets[row], right_offsets[row + 1], in_word, joins, theirs)])
        common = x = y = 0
        while x < many and y < more:
            common += mine[x] == theirs[y]
            step = mine[x] <= theirs[y]
            y += mine[x] >= theirs[y]
            x += step
        out[row] = common / max(many + more - common, 1)
