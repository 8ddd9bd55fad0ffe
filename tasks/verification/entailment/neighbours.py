"""Pairs of vectors that are near each other, without comparing all of them: an inverted file, as in Sivic and Zisserman 2003.

Vectors drawn by chance are leaders; each vector stands in the list of its nearest leader, and is compared with those in the lists
of the _PROBES leaders nearest to it. With n vectors and 4 √n leaders that is 16 n √n products in place of n². A pair can be
missed: docs/verification.md says how many are.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits

from tasks.text.embeddings import Ints, Vectors

_ALL_PAIRS: Final = 8192
"""Vectors up to which all are compared with all: a second."""
_PROBES: Final = 64
_SEED: Final = 37
_BLOCK: Final = 1024
"""Vectors compared at a time."""


def near_pairs(vectors: Vectors, least: float, most: int) -> list[tuple[int, int]]:
    """Pairs (a, b) of rows of `vectors` (n, d), each of length 1, with a < b, in rising order: a cosine of at least `least`, and b
    among the `most` nearest to a, or a among those to b."""
    with threadpool_limits(1):  # the products are small: with two threads they took eight times as long
        found = [_best(vectors, rows, others, least, most) for rows, others in _lists(vectors)]
    if not found:
        return []
    rows, others, cosines = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.lexsort((others, -cosines, rows))
    rows, others = rows[order], others[order]
    rank = np.arange(len(rows)) - np.searchsorted(rows, rows)
    pairs = np.sort(np.stack([rows, others], axis=1)[rank < most], axis=1)
    return [(a, b) for a, b in np.unique(pairs, axis=0).tolist()]


def _lists(vectors: Vectors) -> Iterator[tuple[Ints, Ints]]:
    """What is compared: some rows, and the rows that may be near them."""
    every = np.arange(len(vectors))
    if len(vectors) <= _ALL_PAIRS:
        yield from ((every[at : at + _BLOCK], every) for at in range(0, len(every), _BLOCK))
        return
    leaders = vectors[np.random.default_rng(_SEED).choice(len(vectors), 4 * int(len(vectors) ** 0.5), replace=False)]
    nearest, probed = _led(vectors, leaders)
    for leader in range(len(leaders)):
        rows, others = probed[leader], nearest[leader]
        yield from ((rows[at : at + _BLOCK], others) for at in range(0, len(rows), _BLOCK))


def _led(vectors: Vectors, leaders: Vectors) -> tuple[list[Ints], list[Ints]]:
    """For each leader the rows that it is the nearest to, and those that it is one of the nearest to."""
    probes = np.empty((len(vectors), _PROBES), np.int64)
    first = np.empty(len(vectors), np.int64)
    for at in range(0, len(vectors), _BLOCK):
        near = vectors[at : at + _BLOCK] @ leaders.T
        probes[at : at + _BLOCK] = np.argpartition(-near, _PROBES - 1, axis=1)[:, :_PROBES]
        first[at : at + _BLOCK] = near.argmax(axis=1)
    return _grouped(first, len(leaders)), [rows // _PROBES for rows in _grouped(probes.ravel(), len(leaders))]


def _grouped(labels: Ints, groups: int) -> list[Ints]:
    """The positions of each label from 0 to `groups` - 1."""
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.searchsorted(labels[order], np.arange(1, groups)))


def _best(
    vectors: Vectors, rows: Ints, others: Ints, least: float, most: int
) -> tuple[Ints, Ints, np.ndarray[tuple[int], np.dtype[np.float32]]]:
    """Of each row the nearest among `others`, itself left out, as (row, other, cosine)."""
    near = vectors[rows] @ vectors[others].T
    near[rows[:, None] == others] = -np.inf
    if near.shape[1] > most:
        best = np.argpartition(-near, most - 1, axis=1)[:, :most]
        at, rank = np.nonzero(np.take_along_axis(near, best, axis=1) >= least)
        column = best[at, rank]
    else:
        at, column = np.nonzero(near >= least)
    return rows[at], others[column], near[at, column]
