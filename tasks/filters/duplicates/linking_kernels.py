"""Which rows are alike and form a group, compiled by numba: overlaps of shingles, cosines of sketches, and sets of linked rows.

Imported only when a column is large.
"""

from typing import Final

import numpy as np

from tasks.filters.duplicates.kernels import gram_count, grams_and_room, grams_of
from tasks.text.compiled import compiled

_ONE: Final = np.uint64(1)


@compiled()
def _root(parents, row):  # type: ignore[no-untyped-def]
    while parents[row] != row:
        parents[row] = parents[parents[row]]
        row = parents[row]
    return row


@compiled()
def join(parents, left, right):  # type: ignore[no-untyped-def]
    """Makes the groups of left[i] and right[i] one, in `parents`; a group's root is its first row."""
    for at in range(left.size):
        i, j = _root(parents, left[at]), _root(parents, right[at])
        parents[max(i, j)] = min(i, j)


@compiled()
def roots(parents):  # type: ignore[no-untyped-def]
    """Points every row straight at the first row of its group."""
    for row in range(parents.size):
        parents[row] = parents[parents[row]]


@compiled()
def _room(keys, marks, needed):  # type: ignore[no-untyped-def]
    """A hash table (keys, marks) for at least `needed` hashes: the one that is there, or a larger one."""
    size = keys.size
    while size < 2 * needed:
        size *= 2
    if size > keys.size:
        return np.empty(size, np.uint64), np.full(size, -1, np.int64)
    return keys, marks


@compiled()
def _similarity(first, many, second, more, keys, marks, turn):  # type: ignore[no-untyped-def]
    """The Jaccard similarity of the sets of first[:many] and second[:more].

    A slot of the hash table is taken in this turn if its mark is 2 * turn, and 2 * turn + 1 once both sets, or only the second,
    have its key; older marks need not be cleared.
    """
    low = np.uint64(keys.size - 1)
    mine = theirs = common = 0
    for at in range(many):
        slot = first[at] & low
        while marks[slot] >= 2 * turn and keys[slot] != first[at]:
            slot = (slot + _ONE) & low
        if marks[slot] < 2 * turn:
            keys[slot], marks[slot] = first[at], 2 * turn
            mine += 1
    for at in range(more):
        slot = second[at] & low
        while marks[slot] >= 2 * turn and keys[slot] != second[at]:
            slot = (slot + _ONE) & low
        if marks[slot] < 2 * turn:
            keys[slot], marks[slot] = second[at], 2 * turn + 1
            theirs += 1
        elif marks[slot] == 2 * turn:
            marks[slot] += 1
            theirs += 1
            common += 1
    return common / max(mine + theirs - common, 1)


@compiled()
def _row_grams(data, offsets, row, factors, space, out):  # type: ignore[no-untyped-def]
    """The gram hashes of a row into `out`; how many."""
    return gram_count(grams_of(data, offsets[row], offsets[row + 1], factors, space, out), factors.size)


@compiled()
def jaccard(data, offsets, factors, left, right, out):  # type: ignore[no-untyped-def]
    """The Jaccard similarity of the gram sets of rows left[i] and right[i] into out[i]."""
    size = max(_longest_of(offsets, left), _longest_of(offsets, right))
    first, space = grams_and_room(size)
    second = np.empty_like(first)
    keys, marks = np.empty(1024, np.uint64), np.full(1024, -1, np.int64)
    for pair in range(left.size):
        many = _row_grams(data, offsets, left[pair], factors, space, first)
        more = _row_grams(data, offsets, right[pair], factors, space, second)
        keys, marks = _room(keys, marks, many + more)
        out[pair] = _similarity(first, many, second, more, keys, marks, pair)


@compiled()
def _longest_of(offsets, rows):  # type: ignore[no-untyped-def]
    longest = 0
    for row in rows:
        longest = max(longest, offsets[row + 1] - offsets[row])
    return longest


@compiled()
def link(  # type: ignore[no-untyped-def]
    keys, part, low_bits, window, signatures, least, threshold, data, offsets, size, factors, parents, left, right
):
    """Verified pairs of rows whose sorted `keys` share all but their low bits; into left and right; how many. Only of the buckets
    that begin in [begin, stop) = part.

    Rows of one group already are not compared. A pair is verified by its exact Jaccard similarity if at least `least` values of
    the signatures agree. `size` is the length of the longest row in bytes. `parents` takes part in the search and is changed.
    """
    first, space = grams_and_room(size)
    second = np.empty_like(first)
    slots, marks = np.empty(1024, np.uint64), np.full(1024, -1, np.int64)
    mask = (_ONE << np.uint64(low_bits)) - _ONE
    found = turn = 0
    begin, stop = part
    while 0 < begin < stop and (keys[begin] ^ keys[begin - 1]) <= mask:
        begin += 1
    while begin < stop:
        end = begin + 1
        while end < keys.size and (keys[end] ^ keys[begin]) <= mask:
            end += 1
        for x in range(begin, end - 1):
            i = np.int64(keys[x] & mask)
            many = -1
            last = end if x == begin else min(end, x + window)
            for y in range(x + 1, last):
                j = np.int64(keys[y] & mask)
                if _root(parents, i) == _root(parents, j):
                    continue
                agree = 0
                for k in range(signatures.shape[1]):
                    agree += signatures[i, k] == signatures[j, k]
                if agree < least:
                    continue
                if many < 0:
                    many = _row_grams(data, offsets, i, factors, space, first)
                more = _row_grams(data, offsets, j, factors, space, second)
                slots, marks = _room(slots, marks, many + more)
                turn += 1
                if _similarity(first, many, second, more, slots, marks, turn) >= threshold:
                    p, q = _root(parents, i), _root(parents, j)
                    parents[max(p, q)] = min(p, q)
                    left[found], right[found] = i, j
                    found += 1
        begin = end
    return found


@compiled()
def _differing(left, right):  # type: ignore[no-untyped-def]
    """Bits in which two words differ (Warren, Hacker's Delight, 5-1)."""
    x = left ^ right
    x -= (x >> _ONE) & np.uint64(0x5555555555555555)
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (x * np.uint64(0x0101010101010101)) >> np.uint64(56)


@compiled()
def close(keys, low_bits, window, sketches, most, vectors, scales, least, parents, left, right):  # type: ignore[no-untyped-def]
    """Pairs of rows whose sorted `keys` share all but their low bits and whose dot product is at least `least`; how many.

    sketches (rows, 2) uint64: pairs that differ in more than `most` bits of them are not multiplied. Vectors are int8 (rows,
    dimensions), to be multiplied by their scales. Rows of one group already are not compared. `parents` takes part in the search
    and is changed: give a copy.
    """
    mask = (_ONE << np.uint64(low_bits)) - _ONE
    found = 0
    begin = 0
    while begin < keys.size:
        end = begin + 1
        while end < keys.size and (keys[end] ^ keys[begin]) <= mask:
            end += 1
        for x in range(begin, end - 1):
            i = np.int64(keys[x] & mask)
            for y in range(x + 1, min(end, x + window)):
                j = np.int64(keys[y] & mask)
                bits = _differing(sketches[i, 0], sketches[j, 0]) + _differing(sketches[i, 1], sketches[j, 1])
                if bits > most or _root(parents, i) == _root(parents, j):
                    continue
                total = np.int32(0)
                for k in range(vectors.shape[1]):
                    total += np.int32(vectors[i, k]) * np.int32(vectors[j, k])
                if total * scales[i] * scales[j] >= least:
                    p, q = _root(parents, i), _root(parents, j)
                    parents[max(p, q)] = min(p, q)
                    left[found], right[found] = i, j
                    found += 1
        begin = end
    return found
