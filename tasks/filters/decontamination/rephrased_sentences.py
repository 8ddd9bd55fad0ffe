"""Benchmark questions in other words, found by a sentence encoder that knows the order of words (`minilm`).

The question nearest to a text is the one it may be a rephrasing of: of 186 rephrasings written by hand 183 were nearest to their
own among 39,000. Whether it is one, a logistic score over five measures says:

    cosine      of the two embeddings
    margin      by how much nearer it is than the fourth nearest
    static      the cosine of their static embeddings, which know words and no order
    numbers     agreement of the numbers in both
    lengths     how far apart the two are in words, as a logarithm

The second, fourth and fifth are those of `rephrased`. tests/accuracy/fit_rephrased.py fits the coefficients; figures in
docs/decontamination.md.
"""

import numpy as np
import pyarrow as pa

from tasks.filters.decontamination.nearest import Floats, neighbours
from tasks.filters.decontamination.rephrased import (
    FOURTH,
    Phrases,
    RephrasedMatch,
    alignment,
    compared,
    first_and_margin,
)
from tasks.text import minilm

COSINE, MARGIN, STATIC, NUMBERS, LENGTHS, BIAS = 26.72, 5.10, 1.70, 7.12, -2.41, -21.92
"""Coefficients of the score; a text is a rephrasing from 0 on."""


def find(texts: pa.LargeStringArray, known: Phrases, workers: int = 2) -> list[RephrasedMatch]:
    """The match of each text that is a rephrasing, by row. Raises BadInput where the encoder is not installed."""
    if not len(known.item) or not len(texts):
        return []
    distinct = texts.dictionary_encode()  # one system prompt often stands in all rows
    lines = distinct.dictionary.to_pylist()
    questions, measures = measured(lines, known, workers)
    scores = score(measures)
    found = np.flatnonzero(scores >= 0)
    aligned = alignment([lines[k] for k in found], [questions[k] for k in found], known)
    matches = {
        k: (int(known.item[questions[k]]), float(measures[k, 0]), float(share), float(scores[k]))
        for k, share in zip(found.tolist(), aligned, strict=True)
    }
    return [RephrasedMatch(row, *matches[k]) for row, k in enumerate(distinct.indices.to_pylist()) if k in matches]


def measured(texts: list[str], known: Phrases, workers: int = 2) -> tuple[list[int], Floats]:
    """Of each text the question nearest to it, and the five measures of both (texts, 5), in the order above."""
    from tasks.text.embeddings import embed

    nearest, cosines = neighbours(minilm.embed(texts, workers), known.sentences, FOURTH + 1, minilm.DIMENSIONS)
    questions = nearest[:, 0].tolist()
    static = np.einsum("id,id->i", embed(texts, workers), known.vectors[questions]).astype(np.float64)
    cosine, margin = first_and_margin(cosines)
    return questions, np.column_stack([cosine, margin, static, *compared(texts, questions, known)])


def score(measures: Floats) -> Floats:
    """The logistic score of each text; see the head of this module."""
    value: Floats = measures @ np.array([COSINE, MARGIN, STATIC, NUMBERS, LENGTHS]) + BIAS
    return value
