"""The automaton of py3langid, walked by numba: letter by letter in Python it is most of what recognising a language costs."""

import numpy as np

from tasks.text.compiled import compiled


@compiled()
def visited(data, offsets, moves, rows, features, seen, found, counts):  # type: ignore[no-untyped-def]
    """Which features stand in each text, in the order of their first place, and how often.

    moves, rows, features: where a byte leads from a state, as `langid.Model` holds them. seen (features,): zeros, and left so.
    Fills found and counts, both as long as the data; gives where those of each text begin, and where the last one's end.
    """
    begins = np.zeros(offsets.size, np.int64)
    for text in range(offsets.size - 1):
        begin = at = begins[text]
        state = 0
        for place in range(offsets[text], offsets[text + 1]):
            state = moves[(np.int64(rows[state]) << 8) + data[place]]
            feature = features[state]
            if feature >= 0:
                if seen[feature] == 0:
                    found[at] = feature
                    at += 1
                seen[feature] += 1
        for place in range(begin, at):
            counts[place] = seen[found[place]]
            seen[found[place]] = 0
        begins[text + 1] = at
    return begins
