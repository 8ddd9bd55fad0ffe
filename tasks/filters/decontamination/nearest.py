"""The nearest of many embeddings."""

from typing import Any, Final

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Positions = np.ndarray[tuple[int, int], np.dtype[np.int64]]
Vectors = np.ndarray[tuple[int, int], np.dtype[np.float32]]

LEADING: Final = 64
"""Numbers of a vector that say which others may be the nearest."""
_LOOKED_AT: Final = 48
"""Vectors that are then compared exactly."""
_BLOCK: Final = 64
"""Cosines of which the largest is looked at first."""
_SLICE: Final = 128
"""Vectors that are held against all others at a time: 18 MB of cosines for 36,000."""


def neighbours(mine: Vectors, theirs: Vectors, most: int, leading: int = LEADING) -> tuple[Positions, Floats]:
    """The `most` nearest of `theirs` for each of `mine`, nearest first, and their cosines: exact, among those that are nearest by
    the `leading` numbers. A model must be trained so that these are embeddings too (Kusupati et al. 2022), as the static one is;
    for another, take all."""
    most, coarse = min(most, len(theirs)), _columns(theirs[:, :leading])
    found, cosines = np.zeros((len(mine), most), np.int64), np.zeros((len(mine), most))
    for at in range(0, len(mine), _SLICE):
        part = mine[at : at + _SLICE]
        near = _largest(part[:, :leading] @ coarse, len(theirs), min(_LOOKED_AT, len(theirs)))
        exact = np.einsum("id,ijd->ij", part, theirs[near]).astype(np.float64)  # the same, however many texts there are
        order = np.lexsort((near, -exact), axis=1)[:, :most]
        found[at : at + _SLICE] = np.take_along_axis(near, order, axis=1)
        cosines[at : at + _SLICE] = np.take_along_axis(exact, order, axis=1)
    return found, cosines


def _columns(vectors: Vectors) -> Vectors:
    """Each vector, at length 1, as a column; whole blocks of them."""
    out = np.zeros((vectors.shape[1], -(-len(vectors) // _BLOCK) * _BLOCK), np.float32)
    out[:, : len(vectors)] = vectors.T
    out /= np.maximum(np.linalg.norm(out, axis=0), 1e-9)
    return out


def _largest(values: Vectors, size: int, count: int) -> Positions:
    """The places of the `count` largest of the first `size` of each row, in any order. They stand in the `count` blocks with the
    largest maxima, so that all values are looked at once. A block is every so-manieth value: their maxima vectorise."""
    values[:, size:] = -2
    blocks = values.shape[1] // _BLOCK
    blocked = values.reshape(len(values), _BLOCK, blocks)
    maxima = blocked.max(axis=1)
    best = np.argpartition(-maxima, min(count, blocks) - 1, axis=1)[:, :count]
    inside = np.take_along_axis(blocked, best[:, None, :], axis=2).reshape(len(values), -1)
    chosen = np.argpartition(-inside, count - 1, axis=1)[:, :count]
    row, column = chosen // best.shape[1], chosen % best.shape[1]
    positions: Positions = row * blocks + np.take_along_axis(best, column, axis=1)
    return positions
