"""Longest common subsequences of words, compiled by numba; used by `rouge`.

The length of a longest common subsequence is found with one bit a word (Hyyrö 2004, "Bit-parallel LCS-length computation
revisited"), 64 words of the text at a time.
"""

import numpy as np

from tasks.text.compiled import compiled

_ONE, _ALL = np.uint64(1), np.uint64(0xFFFFFFFFFFFFFFFF)


@compiled()
def bits_set(number):  # type: ignore[no-untyped-def]
    """How many bits of a 64-bit number are 1."""
    number = number - ((number >> np.uint64(1)) & np.uint64(0x5555555555555555))
    number = (number & np.uint64(0x3333333333333333)) + ((number >> np.uint64(2)) & np.uint64(0x3333333333333333))
    number = (number + (number >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((number * np.uint64(0x0101010101010101)) >> np.uint64(56))


@compiled()
def signature(text):  # type: ignore[no-untyped-def]
    """64 bits, of which each word of `text` (numbers of words) sets one."""
    found = np.uint64(0)
    for word in text:
        found |= _ONE << np.uint64(np.uint64(word) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(58))
    return found


@compiled()
def common(bits, row, other, left):  # type: ignore[no-untyped-def]
    """The length of the longest common subsequence of a text and `other` (numbers of words).

    bits (words of the text that differ + 1, blocks): a bit for each place where a word stands in the text; row 0 is of words
    that do not. row: by word, its row in `bits`. left (blocks,): working space.
    """
    left[:] = _ALL
    for word in other:
        at = row[word]
        carry = np.uint64(0)
        for block in range(left.size):
            old = left[block]
            shared = old & bits[at, block]
            total = old + shared + carry
            carry = np.uint64(total < old or (carry == _ONE and total == old))
            left[block] = total | (old - shared)
    length = 0
    for block in range(left.size):
        length += bits_set(~left[block])
    return length


@compiled()
def most_alike(text, words, begins, signatures, row, least):  # type: ignore[no-untyped-def]
    """(index, F) of the first text with the highest ROUGE-L F of at least `least` with `text`; (-1, 0.0) if there is none.

    words: the texts' words as numbers, one text after another; text i is words[begins[i]:begins[i + 1]]. signatures (texts,): of
    each. row (at least as long as there are different words): zeros, and zeros again afterwards.
    """
    size, blocks, rows = text.size, (text.size + 63) // 64, 1
    bits = np.zeros((size + 1, blocks), np.uint64)
    for at in range(size):
        if row[text[at]] == 0:
            row[text[at]] = rows
            rows += 1
        bits[row[text[at]], at // 64] |= _ONE << np.uint64(at % 64)
    left = np.empty(blocks, np.uint64)
    mine = signature(text)
    repeated = size - bits_set(mine)
    best, found = 0.0, -1
    for other in range(signatures.size):
        both = size + begins[other + 1] - begins[other]
        needed = max(least, best) * both / 2.0 - 1e-9
        if min(size, both - size) < needed or repeated + bits_set(mine & signatures[other]) < needed:
            continue
        score = 2.0 * common(bits, row, words[begins[other] : begins[other + 1]], left) / both if both else 0.0
        if score >= least and score > best:
            best, found = score, other
    for at in range(size):
        row[text[at]] = 0
    return found, best
