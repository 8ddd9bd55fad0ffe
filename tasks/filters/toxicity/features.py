"""What the toxicity score is a sum of: hashed words, stems and pairs of words, and the words beside a group of people.

Every word that names a group (`groups.txt`) counts as one and the same word, GROUP. So no group has a weight of its own:
"dirty GROUP" can be hateful, a group's name alone cannot, and what was learned about one group holds for all.
"""

from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.filters.shingles import BASE, MIX, Hashes, mixed
from tasks.text.columns import COMPILE_FROM, Bytes, Flags, Offsets, run_starts, utf8

WINDOW: Final = 40
"""Words. A long text is as toxic as its worst stretch, and the labelled texts are no longer than this."""
STEM: Final = 5
"""Bytes: what inflections of a word share."""
_STARRED: Final = r"(\w)\*+(\w)"
_MARKS: Final = r"[\x{2018}\x{2019}\x{201c}\x{201d}\x{2026}\x{2013}\x{2014}]"
_LETTERS: Final = np.array([c >= 128 or chr(c).isalnum() or chr(c) == "_" for c in range(256)])
_GROUP: Final = np.uint64(0x5AFE5AFE5AFE5AFE)
_NEXT: Final = np.uint64(0xC2B2AE3D27D4EB4F)
"""Trained weights stand where these hashes say: whoever changes one trains again."""


class Words(NamedTuple):
    """All words of all texts, one after another; those of text i are [offsets[i], offsets[i + 1])."""

    words: Hashes
    stems: Hashes
    """Of the first five bytes."""
    pairs: Hashes
    """Of each word and the one before it; a text's first word follows nothing."""
    group: Flags
    """Whether the word names a group."""
    fresh: Flags
    """Whether the word has not stood among the 40 before it: saying it twice makes a text no worse."""
    offsets: Offsets


def read(texts: pa.LargeStringArray) -> Words:
    """The words of `texts` (no nulls): runs of letters, digits, underscores and non-ASCII characters, in lower case.

    Stars inside a word stand for its missing letters; typographic quotes and dashes are blanks.
    """
    texts = pc.replace_substring_regex(pc.replace_substring_regex(texts, _MARKS, " "), _STARRED, r"\1_\2")
    data, offsets = utf8(pc.utf8_lower(texts))
    return _by_numpy(data, offsets) if len(texts) < COMPILE_FROM else _by_kernel(data, offsets)


def slots(hashes: Hashes, size: int) -> Offsets:
    """Where `hashes` stand in a table of `size` weights, a power of two."""
    return (hashes & np.uint64(size - 1)).astype(np.int64)


def _by_kernel(data: Bytes, offsets: Offsets) -> Words:
    from tasks.filters.toxicity.features_kernel import read as fill

    most = (len(data) + len(offsets)) // 2
    hashes, flags = np.empty((3, most), np.uint64), np.empty((2, most), np.bool_)
    bounds, constants = np.empty(len(offsets), np.int64), np.array([BASE, MIX, _GROUP, _NEXT, STEM], np.uint64)
    count = fill(data, offsets, _LETTERS, constants, _groups(), WINDOW, *hashes, *flags, bounds)
    words, stems, pairs = hashes[:, :count]
    group, fresh = flags[:, :count]
    return Words(words, stems, pairs, group, fresh, bounds)


def _by_numpy(data: Bytes, offsets: Offsets) -> Words:
    words, stems, bounds = _hashed(data, offsets)
    group = np.isin(words, _groups())
    words, stems = np.where(group, _GROUP, words), np.where(group, _GROUP, stems)
    before = np.roll(words, 1)
    before[bounds[:-1][bounds[:-1] < len(words)]] = 0
    with np.errstate(over="ignore"):
        return Words(words, stems, mixed(before * _NEXT + words), group, _fresh(words, bounds), bounds)


def _hashed(data: Bytes, offsets: Offsets) -> tuple[Hashes, Hashes, Offsets]:
    """Words, stems and the number of words before each text."""
    inside = _LETTERS[data]
    letters, starts = np.flatnonzero(inside), np.flatnonzero(run_starts(inside, offsets))
    bounds = np.searchsorted(starts, offsets)
    if not len(starts):
        return np.zeros(0, np.uint64), np.zeros(0, np.uint64), bounds
    at = np.searchsorted(letters, starts)
    lengths = np.diff(np.append(at, len(letters)))
    position = np.arange(len(letters)) - np.repeat(at, lengths)
    powers = np.multiply.accumulate(np.full(int(lengths.max()), BASE, np.uint64))
    values = (data[letters].astype(np.uint64) + np.uint64(1)) * powers[position]
    stems = np.where(position < STEM, values, np.uint64(0))
    return mixed(np.add.reduceat(values, at)), mixed(np.add.reduceat(stems, at)), bounds


def _fresh(words: Hashes, bounds: Offsets) -> Flags:
    """False where an equal word of the same text stands at most WINDOW words before."""
    order = np.argsort(words, kind="stable")
    again = np.flatnonzero(words[order[1:]] == words[order[:-1]])
    earlier, later = order[again], order[again + 1]
    begins = np.repeat(bounds[:-1], np.diff(bounds))
    fresh = np.ones(len(words), bool)
    fresh[later[(later - earlier <= WINDOW) & (earlier >= begins[later])]] = False
    return fresh


@cache
def _groups() -> Hashes:
    names = Path(__file__).with_name("groups.txt").read_text("utf-8").split()
    return np.unique(_hashed(*utf8(pc.utf8_lower(pa.array(names, pa.large_string()))))[0])
