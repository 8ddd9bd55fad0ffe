"""Themes by BERTopic (Grootendorst 2022): packaged embeddings, PCA and K-Means in place of UMAP and HDBSCAN.

The two are replaced because theirs is the part of BERTopic that depends on threads and takes a minute to compile, and because
every row shall have a theme. What makes BERTopic is kept: topics are named by class-based TF-IDF, words that are frequent
everywhere counting less.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from tasks.clusters.kmeans import Ints, Vectors, one_thread
from tasks.clusters.labels import distinct, label
from tasks.clusters.params import Clusters
from tasks.clusters.vocabulary import boilerplate, subject_words
from tasks.text.embeddings import embed

RESPONSE_WORDS: Final = 60
"""Subject words of the response that help to tell what a row is about; the instruction's own count double."""

NO_THEME: Final = "no theme"
"""Label of theme -1: rows without a word that could name one."""


@dataclass(frozen=True)
class Theme:
    """A theme with its number, label, most typical words and phrases, and up to three rows nearest to its middle."""

    number: int
    label: str
    words: tuple[str, ...]
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Themes:
    """`of[row]` is a row's theme, -1 where it has none. `found` in the order of their numbers, the largest first."""

    of: Ints
    found: tuple[Theme, ...]

    def middles(self, vectors: Vectors) -> Vectors:
        """The mean of `vectors` (a row each for those of `of`) over each theme, of length 1."""
        made = np.zeros((len(self.found), vectors.shape[1]), dtype=np.float32)
        for theme in self.found:
            middle = vectors[self.of == theme.number].mean(axis=0)
            made[theme.number] = middle / max(float(np.linalg.norm(middle)), 1e-9)
        return made


def themes(instructions: Sequence[str], responses: Sequence[str], params: Clusters) -> Themes:
    """The themes of rows with these instructions and responses."""
    of = np.full(len(instructions), -1, dtype=np.int64)
    asked, answered = _subjects(instructions, responses, frozenset(word.lower() for word in params.stop_words))
    named = [row for row in range(len(asked)) if asked[row] or answered[row]]
    if not named:
        return Themes(of, ())
    documents = [" ".join(asked[row] * 2 + answered[row]) for row in named]
    vectors = embed(documents)
    wanted = params.themes or min(50, max(1, round(math.sqrt(len(named) / 2))))
    from tasks.clusters import topics

    with one_thread():
        model = topics.fitted(documents, vectors, min(wanted, len(np.unique(vectors, axis=0))))
        of[named] = model.topics_
    texts = [f"{instructions[row]}\n{responses[row]}" for row in named]
    return Themes(of, _described(model, of[named], named, texts, vectors, params.label_words))


def _subjects(
    instructions: Sequence[str], responses: Sequence[str], stop_words: frozenset[str]
) -> tuple[list[list[str]], list[list[str]]]:
    """The words of each instruction and each response that can name a theme; boilerplate only where there is nothing else."""
    asked = [subject_words(text, stop_words) for text in instructions]
    answered = [subject_words(text, stop_words)[:RESPONSE_WORDS] for text in responses]
    everywhere = boilerplate([a + b for a, b in zip(asked, answered, strict=True)])
    for row, (a, b) in enumerate(zip(asked, answered, strict=True)):
        if not everywhere.issuperset(a + b):
            asked[row], answered[row] = ([word for word in words if word not in everywhere] for words in (a, b))
    return asked, answered


def nearest_middle(vectors: Vectors, middles: Vectors) -> Ints:
    """The number of the middle at the largest cosine to each row of `vectors`; -1 where there is no middle."""
    if not len(middles):
        return np.full(len(vectors), -1, dtype=np.int64)
    return np.asarray(np.argmax(vectors @ middles.T, axis=1), dtype=np.int64)


def _described(
    model: Any, of: Ints, named: Sequence[int], texts: Sequence[str], vectors: Vectors, label_words: int
) -> tuple[Theme, ...]:
    described: list[Theme] = []
    for number in range(int(of.max()) + 1):
        own = np.flatnonzero(of == number)
        words = distinct([word for word, weight in model.get_topic(number) if word and weight > 0])
        written = label(words, [texts[i] for i in own.tolist()], label_words, [theme.label for theme in described])
        middle = vectors[own].mean(axis=0)
        nearest = own[np.argsort(-(vectors[own] @ middle), kind="stable")]
        described.append(Theme(number, written, tuple(words[:10]), tuple(named[i] for i in nearest[:12])))
    return tuple(described)
