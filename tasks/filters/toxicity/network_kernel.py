"""The network's channels over many texts by numba: the same values as `network.strongest` makes of whole arrays."""

import numpy as np

from tasks.text.compiled import compiled


@compiled()
def strongest(words, group, begins, ends, hashes, first, table, bias, shift, out):  # type: ignore[no-untyped-def]
    """Fills `out` (stretches, channels), zeros before, for the stretches [begins, ends) of at most 40 words.

    hashes: the vocabulary, rising; first: where each bucket of hashes begins, by their highest bits.
    """
    rows = np.zeros(64, np.int64)  # two absent words before a stretch, and at least two after it
    for stretch in range(begins.size):
        many = ends[stretch] - begins[stretch]
        for word in range(many):
            at = begins[stretch] + word
            rows[word + 2] = 2 if group[at] else _row(words[at], hashes, first, shift)
        rows[many + 2 : many + 4] = 0
        highest = out[stretch]
        for word in range(many):
            far_before, before, here = table[rows[word], 0], table[rows[word + 1], 1], table[rows[word + 2], 2]
            after, far_after = table[rows[word + 3], 3], table[rows[word + 4], 4]
            for channel in range(bias.size):
                value = bias[channel] + far_before[channel] + before[channel] + here[channel]
                value += after[channel] + far_after[channel]
                highest[channel] = max(highest[channel], value)


@compiled()
def _row(word, hashes, first, shift):  # type: ignore[no-untyped-def]
    """The row of the table for a word: 1 if it is unknown."""
    bucket = np.int64(word >> np.uint64(shift))
    for at in range(first[bucket], first[bucket + 1]):
        if hashes[at] == word:
            return at + 3
    return 1
