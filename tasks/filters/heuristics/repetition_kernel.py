"""Which texts may be repetitive, found by numba in microseconds a text: `repetition.worst` then says whether they are, and why.

The same rules with thresholds a little lower, over words that differ from `tasks.text.words` only in rare signs beyond
ASCII: what it lets pass, `worst` would let pass too.
"""

import numpy as np

from tasks.text.compiled import compiled

_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_HALF = np.uint64(32)
_ONE = np.uint64(1)


@compiled()
def _seen(key, slots, marks, counts, stamp):  # type: ignore[no-untyped-def]
    """How often `key` was asked for before under this stamp; the table is as large as a power of two."""
    mask = np.uint64(slots.size - 1)
    at = (key ^ (key >> _HALF)) & mask
    while marks[at] == stamp:
        if slots[at] == key:
            counts[at] += 1
            return counts[at] - 1
        at = (at + _ONE) & mask
    marks[at] = stamp
    slots[at] = key
    counts[at] = 1
    return 0


@compiled()
def _sign(data, at, end):  # type: ignore[no-untyped-def]
    """Bytes of the sign beyond ASCII at `at`: Latin-1's, general, CJK or full-width punctuation; 0 if there is none."""
    first = data[at]
    if first < 0xC2 or at + 1 >= end:
        return 0
    second = data[at + 1]
    if first == 0xC2:
        return 0 if second == 0xAA or second == 0xB5 or second == 0xBA else 2
    if at + 2 >= end:
        return 0
    third = data[at + 2]
    if first == 0xE2 and (second == 0x80 or (second == 0x81 and third < 0xB0)):
        return 3
    if first == 0xE3 and second == 0x80 and not 0x85 <= third <= 0x87:
        return 3
    if first == 0xEF and second == 0xBC and not (0x90 <= third <= 0x99 or 0xA1 <= third <= 0xBA):
        return 3
    return 0


@compiled()
def _read(data, at, end, is_word, is_joint, run, hashes, slots, marks, counts, stamp):  # type: ignore[no-untyped-def]
    """Fills `hashes` with the words of one text; how many, whether one comes `run` times in a row, its lines, and those of them
    that came before. A line counts from three stretches of other signs than white space on."""
    words, stuck, streak = 0, False, 1
    line, solids, blank, all_lines, same_lines = np.uint64(0), 0, True, 0, 0
    while at <= end:
        if at == end or data[at] == 10:
            if solids >= 3:
                all_lines += 1
                same_lines += _seen(line, slots, marks, counts, stamp) > 0
            line, solids, blank = np.uint64(0), 0, True
            at += 1
            continue
        sign = _sign(data, at, end)
        if sign or not is_word[data[at]]:
            solid = data[at] > 32
            solids += blank and solid
            blank = not solid
            at += max(sign, 1)
            continue
        solids += blank
        blank = False
        word = np.uint64(0)
        while at < end and (is_word[data[at]] or (is_joint[data[at]] and at + 1 < end and is_word[data[at + 1]])):
            if _sign(data, at, end):
                break
            word = (word + np.uint64(data[at]) + _ONE) * _BASE
            at += 1
        word = (word ^ (word >> _HALF)) * _MIX
        hashes[words] = word
        streak = streak + 1 if words > 0 and hashes[words - 1] == word else 1
        stuck = stuck or streak >= run
        words += 1
        line = (line + word) * _BASE
    return words, stuck, all_lines, same_lines


@compiled()
def _grams(hashes, words, n, slots, marks, counts, stamp):  # type: ignore[no-untyped-def]
    """How often the most frequent run of `n` words comes, and how many words lie in runs that came before."""
    most, covered, last = 0, 0, 0
    for position in range(words - n + 1):
        gram = np.uint64(n)
        for k in range(n):
            gram = (gram + hashes[position + k]) * _MIX
            gram ^= gram >> _HALF
        before = _seen(gram, slots, marks, counts, stamp)
        most = max(most, before + 1)
        if before:
            covered += position + n - max(position, last)
            last = position + n
    return most, covered


@compiled()
def suspects(data, offsets, is_word, is_joint, top, repeated, lines, run, full, ceiling, min_words, out):  # type: ignore[no-untyped-def]
    """Marks in `out` (rows,) bool the texts that may break a rule.

    data, offsets: lower-case UTF-8. top[n], repeated[n]: largest shares by n (0: no rule). lines: largest share of repeated
    lines. run: equal words in a row that are too many. full: words from which the shares hold as they are; below they grow, up
    to ceiling.
    """
    longest = 0
    for row in range(offsets.size - 1):
        longest = max(longest, offsets[row + 1] - offsets[row])
    size = 16
    while size < longest + 2:
        size *= 2
    hashes = np.empty(longest // 2 + 2, np.uint64)
    slots = np.zeros(size, np.uint64)
    marks = np.zeros(size, np.int64)
    counts = np.zeros(size, np.int64)
    last_top, least = 0, 1.0
    for n in range(top.size):
        last_top = n if top[n] > 0 else last_top
        least = min(least, repeated[n]) if repeated[n] > 0 else least
    stamp = 0
    for row in range(offsets.size - 1):
        stamp += 1
        words, stuck, all_lines, same_lines = _read(
            data, offsets[row], offsets[row + 1], is_word, is_joint, run, hashes, slots, marks, counts, stamp
        )
        out[row] = stuck
        if stuck or words * 5 < min_words * 4:
            continue
        out[row] = all_lines > 2 and same_lines > lines * all_lines
        scale = max(1.0, full / words)
        for n in range(2, top.size):
            if out[row]:
                break
            stamp += 1
            most, covered = _grams(hashes, words, n, slots, marks, counts, stamp)
            too_often = top[n] > 0 and most > 2 and most * n > min(top[n] * scale, ceiling) * words
            out[row] = too_often or (repeated[n] > 0 and covered > min(repeated[n] * scale, ceiling) * words)
            if most < 2 or (n >= last_top and covered <= min(least * scale, ceiling) * words):
                break  # what longer runs cover, shorter ones cover too
