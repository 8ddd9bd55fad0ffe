"""The words of many texts, read letter by letter by numba: the same values as `features.read` makes of whole arrays."""

import numpy as np

from tasks.text.compiled import compiled

_HALF = np.uint64(32)
_ONE = np.uint64(1)


@compiled()
def read(data, offsets, letters, constants, known, window, words, stems, pairs, group, fresh, bounds):  # type: ignore[no-untyped-def]
    """Fills the arrays that `features.Words` is made of, `bounds` being its offsets; how many words there are.

    letters (256,): whether a byte belongs to words. constants: base, mix, group, next and the bytes of a stem. known: the hashes
    that name a group, sorted.
    """
    base, mix, of_group, following = constants[0], constants[1], constants[2], constants[3]
    stem_bytes, count = constants[4], 0
    for text in range(offsets.size - 1):
        bounds[text] = first = count
        at, end = offsets[text], offsets[text + 1]
        while at < end:
            if not letters[data[at]]:
                at += 1
                continue
            word, stem, power, length = np.uint64(0), np.uint64(0), base, np.uint64(0)
            while at < end and letters[data[at]]:
                word += (np.uint64(data[at]) + _ONE) * power
                power *= base
                length += _ONE
                if length == stem_bytes:
                    stem = word
                at += 1
            stem = word if length < stem_bytes else stem
            word, stem = _mixed(word, mix), _mixed(stem, mix)
            position = np.searchsorted(known, word)
            group[count] = position < known.size and known[position] == word
            if group[count]:
                word, stem = of_group, of_group
            before = words[count - 1] if count > first else np.uint64(0)
            words[count], stems[count], pairs[count] = word, stem, _mixed(before * following + word, mix)
            fresh[count] = _is_fresh(words, max(first, count - window), count)
            count += 1
    bounds[offsets.size - 1] = count
    return count


@compiled()
def _is_fresh(words, begin, at):  # type: ignore[no-untyped-def]
    """Whether the word at `at` has not stood from `begin` on; looks at all of them, which is quicker than to stop."""
    same = 0
    for position in range(begin, at):
        same += words[position] == words[at]
    return same == 0


@compiled()
def _mixed(value, mix):  # type: ignore[no-untyped-def]
    """See `shingles.mixed`."""
    value = (value ^ (value >> _HALF)) * mix
    return value ^ (value >> _HALF)
