"""The searches of decontamination, compiled by numba: n-grams of benchmark items."""

import numpy as np

from tasks.filters.shingle_kernels import grams_of, room
from tasks.text.compiled import compiled


@compiled()
def _position(sorted_values, value):  # type: ignore[no-untyped-def]
    """Where `value` stands in `sorted_values`; -1 if it doesn't."""
    low, high = 0, sorted_values.size
    while low < high:
        middle = (low + high) // 2
        if sorted_values[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low if low < sorted_values.size and sorted_values[low] == value else -1


@compiled()
def occurrences(data, offsets, factors, prefilter, grams, short, fewest, begin, stop, rows, found):  # type: ignore[no-untyped-def]
    """The known grams in rows [begin, stop): (row, number of the gram) into rows and found; how many.

    A row of fewer words than a gram has, but at least `fewest`, is looked up whole in `short`; its number there is given as
    -1 - number. Of each hash the `prefilter` has a bit for its low bits.
    """
    found_grams, found_words = room((offsets[begin + 1 : stop + 1] - offsets[begin:stop]).max())
    low = np.uint64(prefilter.size * 8 - 1)
    count = 0
    for row in range(begin, stop):
        words = grams_of(data, offsets[row], offsets[row + 1], factors, found_grams, found_words)
        if words < factors.size:
            position = _position(short, found_grams[0]) if words >= fewest else -1
            if position >= 0:
                rows[count], found[count] = row, -1 - position
                count += 1
            continue
        for at in range(words - factors.size + 1):
            bit = found_grams[at] & low
            if (prefilter[bit >> np.uint64(3)] >> np.uint8(bit & np.uint64(7))) & np.uint8(1):
                position = _position(grams, found_grams[at])
                if position >= 0:
                    rows[count], found[count] = row, position
                    count += 1
    return count
