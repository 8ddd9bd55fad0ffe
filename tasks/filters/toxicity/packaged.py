"""The score that comes with the package: a logistic regression over hashed features, its weights beside it.

The weights are trained by tests/accuracy/train_toxicity.py; weights.md says on what, under which licences, with which
figures. What static word embeddings know about toxicity is folded into the table of words, so that no tokenizer runs.
"""

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa

from tasks.filters.toxicity.features import WINDOW, Words, read, slots

WEIGHTS: Final = Path(__file__).with_name("weights.npz")

STRIDE: Final = WINDOW // 2
"""Words from one stretch to the next."""
_CHUNK: Final = 4_000_000
"""Bytes of text read at once, so that a million rows need little memory."""

Scores = np.ndarray[tuple[int], np.dtype[np.float64]]


Tables = np.ndarray[tuple[int], np.dtype[np.float32]]


class Weights(NamedTuple):
    """Tables whose sizes are powers of two, and how their sum becomes a probability."""

    words: Tables
    stems: Tables
    pairs: Tables
    beside: Tables
    """Added to `words` where the same stretch of text names a group."""
    scale: float
    shift: float
    """The probability is 1 / (1 + exp(-(scale · sum + shift))): Platt 1999."""


@cache
def weights() -> Weights:
    """The weights as shipped."""
    with np.load(WEIGHTS, allow_pickle=False) as file:
        tables = {name: file[name].astype(np.float32) for name in Weights._fields[:4]}
        return Weights(**tables, scale=float(file["scale"]), shift=float(file["shift"]))


@cache
def fingerprint() -> str:
    """What cache keys hold of the weights."""
    return "packaged@" + hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()[:16]


def probabilities(texts: pa.LargeStringArray, workers: int = 2) -> Scores:
    """How likely people would call each text toxic, 0 … 1: that of its worst stretch of 40 words; 0 for one without words."""
    known = weights()
    stretches = list(_chunks(texts))
    with ThreadPoolExecutor(workers) as pool:
        sums = list(pool.map(lambda part: sums_of(read(part), known), stretches))
    worst = np.concatenate([*sums, np.zeros(0)])
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-(known.scale * worst + known.shift)))


def sums_of(words: Words, known: Weights) -> Scores:
    """The weighted sum of each text's worst stretch; -inf for a text without words."""
    begins, ends, owner = stretches(words.offsets)
    plain, beside = contributions(words, known)
    total, more, groups, fresh = (
        np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
        for values in (plain, beside, words.group, words.fresh)
    )
    named = groups[ends] > groups[begins]
    sums = total[ends] - total[begins] + np.where(named, more[ends] - more[begins], 0)
    worst = np.full(len(words.offsets) - 1, -np.inf)
    np.maximum.at(worst, owner, sums / np.sqrt(np.maximum(fresh[ends] - fresh[begins], 1)))
    return worst


def contributions(words: Words, known: Weights) -> tuple[Tables, Tables]:
    """What each word adds to the sum, and what it adds in a stretch that names a group. Repeated words add nothing."""
    plain = known.words[slots(words.words, len(known.words))] + known.stems[slots(words.stems, len(known.stems))]
    pairs = known.pairs[slots(words.pairs, len(known.pairs))]
    beside = known.beside[slots(words.words, len(known.beside))]
    return plain * words.fresh + pairs * paired(words), beside * words.fresh


def paired(words: Words) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether a word or the one before it is fresh."""
    return words.fresh | np.roll(words.fresh, 1)


def stretches(offsets: Sequence[int] | np.ndarray[tuple[int], np.dtype[np.int64]]) -> tuple[np.ndarray, ...]:
    """First word, last word + 1 and text of every stretch: 40 words, each 20 after the one before."""
    counts = np.diff(offsets)
    many = np.where(counts > 0, 1 + np.maximum(0, -(-(counts - WINDOW) // STRIDE)), 0)
    owner = np.repeat(np.arange(len(counts)), many)
    nth = np.arange(len(owner)) - np.repeat(np.cumsum(many) - many, many)
    begins = np.asarray(offsets)[owner] + nth * STRIDE
    return begins, np.minimum(begins + WINDOW, np.asarray(offsets)[owner + 1]), owner


def _chunks(texts: pa.LargeStringArray) -> Iterator[pa.LargeStringArray]:
    """`texts` in slices of about four megabytes."""
    rows = max(1, int(len(texts) * _CHUNK / max(texts.nbytes, 1)))
    for at in range(0, len(texts), rows):
        yield texts.slice(at, rows)
