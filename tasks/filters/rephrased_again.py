"""Benchmark questions in other words, read a second time: by a larger model, where the first reading (`rephrased`) has doubts.

Of the four questions that the first reading found nearest, the one nearest by the embeddings of a larger model (`minilm`) is the
one a text may be a rephrasing of; of 135 rephrasings written by hand 134 had their own question among the four. Whether it is
one, a logistic score over four measures says:

    cosine      of the two embeddings
    margin      by how much nearer it is than the least near of the four
    numbers     agreement of the numbers in both, as in the first reading
    lengths     how far apart the two are in words, as a logarithm

tests/accuracy/fit_rephrased.py fits the coefficients; figures in docs/decontamination.md.
"""

from typing import Final

import numpy as np
import pyarrow as pa

from tasks.filters.nearest import Floats
from tasks.filters.rephrased import Candidates, Match, Phrases, candidates, compared
from tasks.text import minilm

COSINE, MARGIN, NUMBERS, LENGTHS, BIAS = 23.94, 3.52, 8.86, -3.54, -19.42
"""Coefficients of the score; a text is a rephrasing from 0 on."""
DOUBTED: Final = -6.0
"""Score of the first reading from which on a text is read again: one instruction in five, one response in eight."""


def find(texts: pa.LargeStringArray, known: Phrases, workers: int = 2) -> list[Match]:
    """The match of each text that is a rephrasing, by row. Raises BadInput where the larger model is not installed."""
    doubted = candidates(texts, known, DOUBTED, workers)
    questions, *measures = measured(doubted, known, workers)
    scores = score(*measures)
    return [
        Match(
            int(doubted.rows[k]),
            int(known.item[questions[k]]),
            float(measures[0][k]),
            float(doubted.aligned[k]),
            float(scores[k]),
        )
        for k in np.flatnonzero(scores >= 0).tolist()
    ]


def measured(doubted: Candidates, known: Phrases, workers: int = 2) -> tuple[list[int], Floats, Floats, Floats, Floats]:
    """Of each text the question it is most like, and the measures of both: cosine, margin, numbers, lengths."""
    _read(np.unique(doubted.nearest).tolist(), known, workers)
    mine = minilm.embed(doubted.texts, workers)
    theirs = np.array([[known.read_again[q] for q in near] for near in doubted.nearest.tolist()], np.float32)
    theirs = theirs.reshape(*doubted.nearest.shape, minilm.DIMENSIONS)
    cosines = np.einsum("id,ijd->ij", mine, theirs).astype(np.float64)
    best = cosines.argmax(axis=1)
    questions = doubted.nearest[np.arange(len(best)), best].tolist()
    cosine = cosines.max(axis=1)
    return questions, cosine, cosine - cosines.min(axis=1), *compared(doubted.texts, questions, known)


def score(cosine: Floats, margin: Floats, agreement: Floats, apart: Floats) -> Floats:
    """The logistic score; see the head of this module."""
    value: Floats = COSINE * cosine + MARGIN * margin + NUMBERS * agreement + LENGTHS * apart + BIAS
    return value


def _read(questions: list[int], known: Phrases, workers: int) -> None:
    """Embeds the questions that were not needed before."""
    new = [question for question in questions if question not in known.read_again]
    known.read_again.update(zip(new, minilm.embed([known.lines[k] for k in new], workers), strict=True))
