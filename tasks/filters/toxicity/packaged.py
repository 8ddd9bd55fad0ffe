"""The score that comes with the package: a logistic regression over hashed features, its weights beside it.

The weights are trained by tests/accuracy/train_toxicity.py; weights.md says on what, under which licences, with which
figures. What static word embeddings know about toxicity is folded into the table of words, so that no tokenizer runs.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa

from tasks.filters.toxicity.features import WINDOW, Words, read, slots
from tasks.filters.toxicity.network import NETWORK, logits, network
from tasks.text.columns import Offsets

WEIGHTS: Final = Path(__file__).with_name("weights.npz")
HARM: Final = Path(__file__).with_name("harm.npz")
"""The same tables for requests of harm, trained by tests/accuracy/train_harm.py."""

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
def weights(path: Path = WEIGHTS) -> Weights:
    """The weights as shipped."""
    with np.load(path, allow_pickle=False) as file:
        tables = {name: file[name].astype(np.float32) for name in Weights._fields[:4]}
        return Weights(**tables, scale=float(file["scale"]), shift=float(file["shift"]))


@cache
def fingerprint() -> str:
    """What cache keys hold of the weights."""
    return (
        "packaged@" + hashlib.sha256(b"".join(path.read_bytes() for path in (WEIGHTS, NETWORK, HARM))).hexdigest()[:16]
    )


def probabilities(texts: pa.LargeStringArray, workers: int = 2) -> Scores:
    """How likely people would call each text toxic, 0 … 1: that of its worst stretch of 40 words; 0 for one without words."""
    known, context = weights(), network()
    return _worst(
        texts,
        lambda words, begins, ends: logits(words, begins, ends, sums(words, begins, ends, known), context),
        workers,
    )


def harm(texts: pa.LargeStringArray, workers: int = 2) -> Scores:
    """How likely each text asks for what harms somebody, the asking person included, or is a crime, 0 … 1."""
    known = weights(HARM)
    return _worst(texts, lambda words, begins, ends: sums(words, begins, ends, known), workers)


def _worst(texts: pa.LargeStringArray, judge: Callable[[Words, Offsets, Offsets], Scores], workers: int) -> Scores:
    """The probability of each text's worst stretch, whose logits `judge` gives."""

    def of_part(part: pa.LargeStringArray) -> Scores:
        words = read(part)
        begins, ends, owner = stretches(words.offsets)
        worst = np.full(len(part), -np.inf)
        np.maximum.at(worst, owner, judge(words, begins, ends))
        return worst

    with ThreadPoolExecutor(workers) as pool:
        found = np.concatenate([*pool.map(of_part, _chunks(texts)), np.zeros(0)])
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-found)))


def sums(words: Words, begins: Offsets, ends: Offsets, known: Weights) -> Scores:
    """The weighted sum over the words of each stretch [begins, ends), as a logit."""
    plain, beside = contributions(words, known)
    total, more, groups, fresh = (
        np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
        for values in (plain, beside, words.group, words.fresh)
    )
    named = groups[ends] > groups[begins]
    found = total[ends] - total[begins] + np.where(named, more[ends] - more[begins], 0)
    return np.asarray(known.scale * found / np.sqrt(np.maximum(fresh[ends] - fresh[begins], 1)) + known.shift)


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
