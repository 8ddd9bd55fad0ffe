"""What the words around a word make of it: a small convolutional network over the words of a stretch of text.

A sum over words can't tell "no woman deserves to be hurt" from a threat. The network looks at five words at a time, keeps the
strongest signal of each of its channels over the stretch (Kim 2014), and weighs these signals, the sum over words and the number of
words against each other. `tests/accuracy/train_network.py` trains it. Its weights are whole numbers, and its sums exact: a text has
the same score beside others as alone, compiled or not.
"""

from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from tasks.filters.shingles import Hashes
from tasks.filters.toxicity.features import WINDOW, Words
from tasks.text.columns import COMPILE_FROM, Offsets

NETWORK: Final = Path(__file__).with_name("network.npz")

ABSENT, UNKNOWN, GROUP, FIRST_WORD = range(4)
"""Rows of the table: no word, a word that is not in the vocabulary, a name of a group, and the words of the vocabulary."""
_BUCKETS: Final = 16
"""Bits of a hash by which a word is looked up before hashes are compared."""
FEW: Final = 6.0
"""How much more it takes to call fewer than four words toxic: this times 1 / √words - 1/2. A name or a title says little."""
_SHIFT: Final = 5
"""Bits dropped so that the table fits into 16: the sums have 21."""
_COARSE: Final = 7
"""Bits of a signal that make no difference to the hidden units."""
_AT_ONCE: Final = 256
"""Stretches whose signals are in memory at a time without the compiled kernel."""
CALM: Final = -2.0
"""A sum over words, as a logit, below which the network isn't asked."""
CERTAIN: Final = 4.0
"""What such a sum is multiplied with, so that it counts less than nearly all that the network has looked at."""

Signals = np.ndarray[tuple[int, int], np.dtype[np.int32]]
Logits = np.ndarray[tuple[int], np.dtype[np.float64]]


class Network(NamedTuple):
    """The network, ready to use."""

    hashes: Hashes
    """Of the vocabulary's words, rising."""
    first: Offsets
    """The first hash of each bucket."""
    table: np.ndarray[tuple[int, int, int], np.dtype[np.int16]]
    """What a word adds to each channel, from two words before the one looked at to two words after; (words + 3, 5, channels)."""
    bias: np.ndarray[tuple[int], np.dtype[np.int32]]
    """Of each channel."""
    hidden: np.ndarray[tuple[int, int], np.dtype[np.float32]]
    """Whole numbers, (channels, hidden units)."""
    units: np.ndarray[tuple[int, int], np.dtype[np.float64]]
    """Of each hidden unit: the scale of its sum over the channels, the weights of the sum over words and of 1 / √words, its bias,
    and what it adds to the result; (5, hidden units)."""
    line: np.ndarray[tuple[int], np.dtype[np.float64]]
    """What the sum over words is multiplied with in the result, and what is added."""


@cache
def network() -> Network:
    """The network as shipped."""
    with np.load(NETWORK, allow_pickle=False) as file:
        stored: dict[str, Any] = {name: file[name] for name in file.files}
    vectors, kernel = stored["vectors"].astype(np.float32), stored["kernel"].astype(np.float32)
    table = np.empty((len(vectors), len(kernel), kernel.shape[2]), np.int16)
    for offset, part in enumerate(kernel):  # float32 holds these sums exactly
        table[:, offset] = (vectors @ part).astype(np.int32) >> _SHIFT
    hashes = stored["hashes"]
    bounds = np.arange(1 << _BUCKETS, dtype=np.uint64) << np.uint64(64 - _BUCKETS)
    first = np.append(np.searchsorted(hashes, bounds), len(hashes)).astype(np.int64)
    hidden = stored["hidden"].astype(np.float32)
    return Network(hashes, first, table, stored["bias"], hidden, stored["units"], stored["line"])


def logits(words: Words, begins: Offsets, ends: Offsets, sums: Logits, known: Network) -> Logits:
    """How toxic each stretch [begins, ends) of `words` is, as a logit; `sums` are those over its words.

    Where they are below CALM, nothing else is asked: in four of five stretches of ordinary text, and one of fifty of toxic ones.
    """
    result = CERTAIN * sums
    suspect = np.flatnonzero(sums >= CALM)
    if len(suspect):
        result[suspect] = _weighed(words, begins[suspect], ends[suspect], sums[suspect], known)
    return result


def _weighed(words: Words, begins: Offsets, ends: Offsets, sums: Logits, known: Network) -> Logits:
    coarse = strongest(words, begins, ends, known).T >> _COARSE
    signals = known.hidden.T @ coarse.astype(np.float32)  # whole numbers below 2^24: exact
    scale, of_sum, of_length, bias, out = known.units
    lengths = 1 / np.sqrt(ends - begins)
    result = known.line[0] * sums + known.line[1] - FEW * np.maximum(lengths - 0.5, 0)
    for unit in range(len(out)):  # one after another: a product's sums could depend on the number of stretches
        value = signals[unit] * scale[unit] + sums * of_sum[unit] + lengths * of_length[unit] + bias[unit]
        result += np.maximum(value, 0) * out[unit]
    return np.asarray(result)


def strongest(words: Words, begins: Offsets, ends: Offsets, known: Network) -> Signals:
    """The highest value of each channel in each stretch of 40 words at most, 0 at least; (stretches, channels)."""
    out = np.zeros((len(begins), len(known.bias)), np.int32)
    if len(words.offsets) > COMPILE_FROM:
        from tasks.filters.toxicity.network_kernel import strongest as fill

        tables = known.hashes, known.first, known.table, known.bias
        fill(words.words, words.group, begins, ends, *tables, 64 - _BUCKETS, out)
        return out
    for start in range(0, len(begins), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        rows = _rows(words, begins[part], ends[part], known)
        here = rows[:, 2:-2] != ABSENT
        five = sum(known.table[rows[:, k : k + WINDOW], k].astype(np.int32) for k in range(known.table.shape[1]))
        out[part] = np.where(here[..., None], five + known.bias, 0).max(axis=1, initial=0)
    return out


def _rows(words: Words, begins: Offsets, ends: Offsets, known: Network) -> Offsets:
    """The row of the table for each word of each stretch, with absent words around it; (stretches, 2 + 40 + 2)."""
    indices = begins[:, None] + np.arange(-2, WINDOW + 2)
    inside = (indices >= begins[:, None]) & (indices < ends[:, None])
    indices = np.where(inside, indices, begins[:, None])
    at = np.minimum(np.searchsorted(known.hashes, words.words[indices]), len(known.hashes) - 1)
    rows = np.where(known.hashes[at] == words.words[indices], at + FIRST_WORD, UNKNOWN)
    rows = np.where(words.group[indices], GROUP, rows)
    return np.asarray(np.where(inside, rows, ABSENT))
