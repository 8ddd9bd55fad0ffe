"""Word n-grams as 64-bit hashes, over whole columns at once: what near-duplicates and decontamination both compare.

A word is a run of letters, digits, underscores and non-ASCII characters, in lower case. Hashing is a polynomial over the
word's bytes, eight at a time as one number, then a polynomial over the n words, each followed by a mixing step (the constants of
SplitMix64 and Murmur3); `word_kernels` and `kernels` compute the same hashes faster for large columns.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.text.columns import utf8

Hashes = np.ndarray[tuple[int], np.dtype[np.uint64]]
Offsets = np.ndarray[tuple[int], np.dtype[np.int64]]
Bytes = np.ndarray[tuple[int], np.dtype[np.uint8]]

BASE: Final = np.uint64(0x9E3779B97F4A7C15)
STEP: Final = np.uint64(0xC2B2AE3D27D4EB4F)
MIX: Final = np.uint64(0xD6E8FEB86659FD93)
WORD: Final = re.compile(r"[0-9A-Za-z_\u0080-\U0010ffff]+")
"""A word of a text in lower case."""
LETTERS: Final = np.array(
    [c if c >= 128 else ord(chr(c).lower()) if chr(c).isalnum() or c == 95 else 0 for c in range(256)], np.uint8
)
"""For each byte the byte it counts as in a word: lower-cased ASCII; 0 where it belongs to no word."""

_CHUNK_BYTES: Final = 1 << 19
"""Keeps the working arrays in the processor's cache."""


class Grams(NamedTuple):
    """Hashes of all rows one after another; those of row i are hashes[offsets[i]:offsets[i + 1]]."""

    hashes: Hashes
    offsets: Offsets


class Column(NamedTuple):
    """The bytes of all rows one after another; those of row i are data[offsets[i]:offsets[i + 1]]."""

    data: Bytes
    offsets: Offsets


def buffers(texts: pa.LargeStringArray) -> Column:
    """The bytes of `texts`, all of them in lower case."""
    return _column(pc.utf8_lower(texts))


def column(texts: pa.LargeStringArray) -> Column:
    """The bytes of `texts`, everything but ASCII in lower case: `LETTERS` does the rest. Texts in ASCII are not copied."""
    if utf8(texts)[0].max(initial=0) > 127:
        beyond = pc.invert(pc.string_is_ascii(texts))
        texts = pc.replace_with_mask(texts, beyond, pc.utf8_lower(texts.filter(beyond)))
    return _column(texts)


def _column(texts: pa.LargeStringArray) -> Column:
    _, ends, data = texts.buffers()
    if not len(texts):
        return Column(np.zeros(0, np.uint8), np.zeros(1, np.int64))
    offsets = np.frombuffer(ends, np.int64, count=len(texts) + 1, offset=texts.offset * 8)
    return Column(np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8), offsets)


def words(texts: pa.LargeStringArray) -> Grams:
    """The hash of every word."""
    return column_words(column(texts))


def column_words(texts: Column) -> Grams:
    """The hash of every word."""
    data, offsets = texts
    parts = [_words(data[offsets[a] : offsets[b]], offsets[a : b + 1] - offsets[a]) for a, b in chunks(offsets)]
    return _gathered(parts, len(offsets) - 1)


def grams(texts: Column, n: int) -> Grams:
    """The hash of every `n`-gram of words; a row of 1 to n - 1 words has one, of all its words, an empty row has none."""
    return ngrams(column_words(texts), n, short=True)


def ngrams(words: Grams, n: int, short: bool = False) -> Grams:
    """The hash of every `n`-gram, starting at each word that has n - 1 words after it in its row.

    With `short`, a row of fewer words has one gram of all of them.
    """
    hashes, offsets = words
    counts = np.diff(offsets)
    padded = np.concatenate([hashes, np.zeros(n, np.uint64)])
    total = np.zeros(len(hashes), np.uint64)
    with np.errstate(over="ignore"):
        for k in range(n):
            total += padded[k : k + len(hashes)] * factors(n)[k]
    whole = (np.repeat(offsets[1:], counts) - np.arange(len(hashes))) >= n
    lengths = np.maximum(counts - n + 1, 0)
    if short:
        few = np.flatnonzero((counts > 0) & (counts < n))
        at = offsets[few]
        total[at] = 0
        with np.errstate(over="ignore"):
            for k in range(n - 1):
                total[at] += np.where(counts[few] > k, padded[at + k] * factors(n)[k], np.uint64(0))
        whole[at] = True
        lengths[few] = 1
    return Grams(mixed(total[whole]), np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))


def factors(n: int) -> Hashes:
    """What the hash of the k-th word of an n-gram is multiplied with."""
    return np.multiply.accumulate(np.full(n, STEP, np.uint64))


def mixed(hashes: Hashes) -> Hashes:
    """`hashes` with every bit depending on every other (xor, multiply, xor)."""
    folded = (hashes ^ (hashes >> np.uint64(32))) * MIX
    return folded ^ (folded >> np.uint64(32))


def chunks(offsets: Offsets) -> Iterator[tuple[int, int]]:
    """Stretches [a, b) of rows that together hold about half a megabyte, each at least one row."""
    rows, at = len(offsets) - 1, 0
    while at < rows:
        end = int(np.searchsorted(offsets, offsets[at] + _CHUNK_BYTES, "right")) - 1
        end = min(rows, max(end, at + 1))
        yield at, end
        at = end


def _words(data: Bytes, offsets: Offsets) -> Grams:
    data = LETTERS[data]
    inside = data > 0
    begins = inside.copy()
    begins[1:] &= ~inside[:-1]
    row_starts = offsets[:-1][offsets[:-1] < len(data)]
    begins[row_starts] = inside[row_starts]
    letters = np.flatnonzero(inside)
    starts = np.flatnonzero(begins)
    if not len(starts):
        return Grams(np.zeros(0, np.uint64), np.zeros(len(offsets), np.int64))
    lengths = np.diff(np.append(np.searchsorted(letters, starts), len(letters)))
    position = np.arange(len(letters)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    eights = np.multiply.accumulate(np.full(int(lengths.max()) // 8 + 1, BASE, np.uint64))
    values = (data[letters].astype(np.uint64) << (position % 8 * 8).astype(np.uint64)) * eights[position // 8]
    return Grams(mixed(np.add.reduceat(values, np.cumsum(lengths) - lengths)), np.searchsorted(starts, offsets))


def _gathered(parts: list[Grams], rows: int) -> Grams:
    counts = np.concatenate([np.diff(part.offsets) for part in parts]) if parts else np.zeros(rows, np.int64)
    hashes = np.concatenate([part.hashes for part in parts]) if parts else np.zeros(0, np.uint64)
    return Grams(hashes, np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))
