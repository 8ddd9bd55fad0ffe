"""Benchmark questions said in other words: no n-gram is shared, but the meaning is, and words for the same things.

The question nearest to a text, by the cosine of their embeddings, is the one it may be a rephrasing of: of 186 rephrasings written
by hand 175 were nearest to their own among 39,000. Whether it is one, a logistic score over five measures says:

    cosine      of the two embeddings
    margin      by how much nearer it is than the fourth nearest: what is said in other words has one origin, what is about the
                same thing has many neighbours
    alignment   share of the text's words, by weight, that have a counterpart in the question: the same stem, or a like meaning
    numbers     agreement of the numbers in both, written in digits or words, counting more where there are more of them
    lengths     how far apart the two are in words, as a logarithm

tests/accuracy/fit_rephrased.py fits the coefficients; tests/benchmarks/contamination.py checks them on rephrasings that were
written after that (figures in docs/decontamination.md).
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa

from tasks.filters.decontamination.nearest import Floats, Vectors, neighbours
from tasks.filters.shingles import WORD
from tasks.text.words import STOPWORDS

Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]

COSINE, MARGIN, ALIGNMENT, NUMBERS, LENGTHS, BIAS = 10.91, 2.16, 3.01, 5.59, -2.03, -9.79
"""Coefficients of the score; a text is a rephrasing from 0 on."""
RARE: Final = 10.5
"""Weight of a word that one question only holds; it falls with the logarithm of how many do, to 0 where all do."""
_FEW_QUESTIONS: Final = 1000
"""In a smaller pack a word that stands once weighs as it would among so many: it may be common elsewhere."""
FOURTH: Final = 3
_WIDEST: Final = 0.5
"""A margin counts up to this: in a small pack all others are far away."""
_ALIKE: Final = 0.4
"""Two words whose cosine is less mean different things."""
_SAME_STEM: Final = 0.9
"""How alike two words are at least that begin alike."""
_STEM: Final = 5
"""Letters of a word that are its stem."""
_LONGEST: Final = 80
"""Different words of a text that are compared, of its first _READ characters."""
_READ: Final = 2_000
_ALL, _NONE = np.ones(1), np.zeros(1)
"""The most and the least that a measure can be."""
_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")
_SAID: Final = {  # not "one", which is rarely a number ("one another", "which one")
    "zero": "0", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "twenty": "20", "thirty": "30", "forty": "40", "fifty": "50",
    "hundred": "100", "thousand": "1000", "dozen": "12", "twice": "2", "half": "0.5",
}  # fmt: skip
_PIECES: Final = frozenset(part for word in STOPWORDS for part in re.findall(r"[^\W_]+", word)) | STOPWORDS


class Phrases(NamedTuple):
    """The questions, by what they mean and the words they hold."""

    item: Numbers
    """Of each question: its item in the pack."""
    vectors: Vectors
    words: list[list[str]]
    """The different content words of each."""
    numbers: list[frozenset[str]]
    weights: dict[str, float]
    """By stem; a stem that is not here weighs RARE."""
    sentences: Vectors
    """What MiniLM makes of them, for a pack of that encoder; without rows for another."""


class RephrasedMatch(NamedTuple):
    """A text that says what an item says."""

    row: int
    item: int
    cosine: float
    alignment: float
    score: float


def content(text: str) -> list[str]:
    """The different words of a text that are not English function words, in lower case, in order."""
    words = (word for word in WORD.findall(text[:_READ].lower()) if word not in _PIECES)
    return list(dict.fromkeys(words))[:_LONGEST]


def stem(word: str) -> str:
    """What words of one family have in common; a number whole."""
    return word if word.isdigit() else word[:_STEM]


def numbers(text: str) -> frozenset[str]:
    """The numbers in a text, in digits, without thousands' separators."""
    said = (_SAID[word] for word in WORD.findall(text.lower()) if word in _SAID)
    return frozenset(number.replace(",", "") for number in _NUMBER.findall(text)) | frozenset(said)


def score(cosine: Floats, margin: Floats, alignment: Floats, agreement: Floats, apart: Floats) -> Floats:
    """The logistic score; see the head of this module."""
    value: Floats = (
        COSINE * cosine + MARGIN * margin + ALIGNMENT * alignment + NUMBERS * agreement + LENGTHS * apart + BIAS
    )
    return value


def find(texts: pa.LargeStringArray, known: Phrases, workers: int = 2) -> list[RephrasedMatch]:
    """The match of each text that is a rephrasing, by row."""
    from tasks.text.embeddings import embed

    if not len(known.item) or not len(texts):
        return []
    nearest, cosines = neighbours(embed(texts, workers), known.vectors, FOURTH + 1)
    cosine, margin = first_and_margin(cosines)
    rows = np.flatnonzero(score(cosine, margin, _ALL, _ALL, _NONE) >= 0)  # the others cannot be one
    lines = texts.take(pa.array(rows)).to_pylist()
    agreement, apart = compared(lines, nearest[rows, 0].tolist(), known)
    left = np.flatnonzero(score(cosine[rows], margin[rows], _ALL, agreement, apart) >= 0)
    rows, questions = rows[left], nearest[rows[left], 0].tolist()
    aligned = alignment([lines[k] for k in left], questions, known)
    scores = score(cosine[rows], margin[rows], aligned, agreement[left], apart[left])
    found = zip(rows.tolist(), questions, aligned.tolist(), scores.tolist(), strict=True)
    return [
        RephrasedMatch(row, int(known.item[question]), float(cosine[row]), share, value)
        for row, question, share, value in found
        if value >= 0
    ]


def first_and_margin(cosines: Floats) -> tuple[Floats, Floats]:
    """Of cosines with the nearest questions: the first, and by how much it is nearer than the fourth."""
    first = cosines[:, 0]
    return first, np.minimum(first - cosines[:, min(FOURTH, cosines.shape[1] - 1)], _WIDEST)


def compared(texts: Sequence[str], questions: Sequence[int], known: Phrases) -> tuple[Floats, Floats]:
    """Agreement of the numbers, and distance in length, of each text and its question."""
    pairs = list(zip(texts, questions, strict=True))
    agreement = [_agreement(numbers(text), known.numbers[question]) for text, question in pairs]
    apart = [np.log((len(content(text)) + 1) / (len(known.words[question]) + 1)) for text, question in pairs]
    return np.array(agreement, np.float64), np.abs(np.array(apart, np.float64))


def alignment(texts: Sequence[str], questions: Sequence[int], known: Phrases) -> Floats:
    """The share of each text's words, by weight, that have a counterpart in its question."""
    held, asked = [content(text) for text in texts], [known.words[question] for question in questions]
    vocabulary = {word: k for k, word in enumerate(sorted({word for words in (*held, *asked) for word in words}))}
    from tasks.text.embeddings import embed

    meaning = embed(list(vocabulary))
    out = np.zeros(len(texts))
    for k, (mine, theirs) in enumerate(zip(held, asked, strict=True)):
        alike = meaning[[vocabulary[word] for word in mine]] @ meaning[[vocabulary[word] for word in theirs]].T
        out[k] = _aligned(mine, theirs, alike, known.weights)
    return out


def _aligned(mine: list[str], theirs: list[str], alike: Vectors, weights: dict[str, float]) -> float:
    if not mine:
        return 0.0
    stems = [stem(word) for word in theirs]
    best = np.where(alike > _ALIKE, np.minimum(alike, 1), 0).max(axis=1)
    own = np.array([weights.get(stem(word), RARE) for word in mine])
    there = np.array([stem(word) in stems for word in mine])
    best = np.where(there, np.maximum(best, _SAME_STEM), best)
    return float((best * own).sum() / max(own.sum(), 1e-9))


def _agreement(mine: frozenset[str], theirs: frozenset[str]) -> float:
    either = len(mine | theirs)
    return ((len(mine & theirs) + 1) / (either + 2) - 0.5) * min(either, 6) / 3


def weights(held: list[list[str]]) -> dict[str, float]:
    """The weight of each stem: RARE if one question holds it, falling with the logarithm of how many do."""
    counts: dict[str, int] = {}
    for words in held:
        for each in {stem(word) for word in words}:
            counts[each] = counts.get(each, 0) + 1
    whole = np.log(max(len(held), _FEW_QUESTIONS))
    return {each: float(RARE * (1 - np.log(count) / whole)) for each, count in counts.items()}
