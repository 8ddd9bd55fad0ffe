"""MinHash signatures, and which rows are alike and form a group, compiled by numba. Imported only when a column is large."""

from typing import Final

import numpy as np

from tasks.filters.shingle_kernels import grams_of, room
from tasks.text.compiled import compiled

_U32: Final = np.uint32
_ONE: Final = np.uint64(1)
_HALF: Final = np.uint64(32)


@compiled()
def sign(data, offsets, factors, a, b, begin, stop, out):  # type: ignore[no-untyped-def]
    """MinHash signatures of rows [begin, stop) into out (rows, permutations), as datasketch's scheme affine32 has them: of a hash h
    the k-th permutation is a[k] * mixed(h) + b[k] modulo 2^32."""
    grams, words = room((offsets[begin + 1 : stop + 1] - offsets[begin:stop]).max())
    values = np.empty(grams.size + 4, _U32)
    least = np.empty(a.size, _U32)
    for row in range(begin, stop):
        many = grams_of(data, offsets[row], offsets[row + 1], factors, grams, words)
        count = max(many - factors.size + 1, min(many, 1))
        for at in range(count):
            x = _U32(grams[at] >> _HALF)
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
def _row_set(data, offsets, row, factors, grams, words):  # type: ignore[no-untyped-def]
    """The different gram hashes of a row, sorted, at the beginning of `grams`; how many."""
    many = grams_of(data, offsets[row], offsets[row + 1], factors, grams, words)
    count = max(many - factors.size + 1, min(many, 1))
    grams[:count].sort()
    different = 0
    for at in range(count):
        if at == 0 or grams[at] != grams[at - 1]:
            grams[different] = grams[at]
            different += 1
    return different


@compiled()
def _similarity(first, second):  # type: ignore[no-untyped-def]
    """The Jaccard similarity of two sets, given as sorted arrays."""
    i = j = common = 0
    while i < first.size and j < second.size:
        if first[i] == second[j]:
            common += 1
            i += 1
            j += 1
        elif first[i] < second[j]:
            i += 1
        else:
            j += 1
    return common / max(first.size + second.size - common, 1)


@compiled()
def link(  # type: ignore[no-untyped-def]
    keys, part, low_bits, window, signatures, least, threshold, data, offsets, size, factors, parents, left, right
):
    """Verified pairs of rows whose sorted `keys` share all but their low bits; into left and right; how many. Only of the buckets
    that begin in [begin, stop) = part.

    Rows of one group already are not compared. A pair is verified by its exact Jaccard similarity if at least `least` values of
    the signatures agree. `size` is the length of the longest row in bytes. `parents` takes part in the search and is changed.
    """
    first, words = room(size)
    second = np.empty_like(first)
    mask = (_ONE << np.uint64(low_bits)) - _ONE
    found = 0
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
                    many = _row_set(data, offsets, i, factors, first, words)
                more = _row_set(data, offsets, j, factors, second, words)
                if _similarity(first[:many], second[:more]) >= threshold:
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
