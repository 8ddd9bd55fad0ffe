"""Hybrid retrieval: BM25 and static embeddings, fused by reciprocal rank.

Fusion: Cormack, Clarke and Büttcher, "Reciprocal rank fusion outperforms Condorcet and individual rank learning methods",
SIGIR 2009, with their k = 60.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from tasks.text.embeddings import embed
from tasks.text.sentences import sentence_spans
from tasks.text.words import content_words

FUSION_K: Final = 60
DEPTH: Final = 100
"""How many of each ranking are fused; a passage below that in both is not found."""
_NAME: Final = re.compile(r"[A-Za-z_]\w*(?:[._]\w+)+")
_QUOTED: Final = re.compile(r"([`\"])([^`\"\s]{1,40})\1")

Ids = np.ndarray[tuple[int, int], np.dtype[np.int64]]
Scores = np.ndarray[tuple[int, int], np.dtype[np.float64]]


class Retriever:
    """An index over passages. Each is found by its headings as well as by its text."""

    def __init__(self, titles: Sequence[str], texts: Sequence[str]) -> None:
        if len(titles) != len(texts):
            raise ValueError(f"{len(titles)} titles for {len(texts)} passages")
        self.size = len(texts)
        entries = [f"{title}\n{text}" for title, text in zip(titles, texts, strict=True)]
        self._owner, self._vectors = _sentences(titles, texts)
        self._bm25 = _index([_tokens(entry) for entry in entries]) if entries else None

    @classmethod
    def over(cls, chunks: pa.Table) -> "Retriever":
        """An index over the rows of a chunk table, in their order."""
        columns = chunks.select(["title", "headings", "text"]).to_pylist()
        titles = [" / ".join(dict.fromkeys([c["title"] or "", *map(_spelled, c["headings"] or ())])) for c in columns]
        return cls(titles, [c["text"] for c in columns])

    def search(self, queries: Sequence[str], k: int) -> tuple[Ids, Scores]:
        """Row numbers of the best passages for each query and their fused scores, both (len(queries), min(k, size)), best
        first; equal scores in the order of the passages."""
        k = min(k, self.size)
        if not k or not queries:
            return np.zeros((len(queries), k), np.int64), np.zeros((len(queries), k))
        fused = np.zeros((len(queries), self.size))
        for scores in (self._lexical(queries), self._dense(queries)):
            _fuse(fused, scores)
        order = np.argsort(-fused, axis=1, kind="stable")[:, :k]
        return order, np.take_along_axis(fused, order, axis=1)

    def _dense(self, queries: Sequence[str]) -> Scores:
        """A passage is as near as its nearest sentence: a question asks about one, not about all of them at once."""
        scores = np.full((self.size, len(queries)), -1.0)
        np.maximum.at(scores, self._owner, self._vectors @ embed(queries).T)
        return scores.T

    def _lexical(self, queries: Sequence[str]) -> Scores:
        assert self._bm25 is not None
        known = self._bm25.vocab_dict
        scores = np.zeros((len(queries), self.size))
        for i, query in enumerate(queries):
            tokens = [token for token in _tokens(query) if token in known]
            if tokens:
                scores[i] = self._bm25.get_scores(tokens)
        return scores


def _fuse(fused: Scores, scores: Scores) -> None:
    """Adds 1 / (k + rank) for the best DEPTH of each row; a score of zero or less is no hit."""
    depth = min(DEPTH, scores.shape[1])
    best = np.argsort(-scores, axis=1, kind="stable")[:, :depth]
    gain = np.where(np.take_along_axis(scores, best, axis=1) > 0, 1.0 / (FUSION_K + 1 + np.arange(depth)), 0.0)
    np.put_along_axis(fused, best, np.take_along_axis(fused, best, axis=1) + gain, axis=1)


def _spelled(heading: str) -> str:
    """A heading, with an abbreviated command also in full: "h(elp) [command]" is found as help."""
    short = re.match(r"[a-z]+\([a-z()]+\)(?= |$)", heading)
    return f'"{re.sub("[()]", "", short[0])}" {heading}' if short else heading


def _tokens(text: str) -> list[str]:
    """Content words; code names whole (str.center as well as str and center); and what is quoted, because as code "while"
    and "^" mean something that no list of stop words knows."""
    names = [name.lower() for name in _NAME.findall(text)]
    quoted = [f'"{quotation}"' for _, quotation in _QUOTED.findall(text)]
    return [*content_words(text), *names, *quoted]


def _sentences(titles: Sequence[str], texts: Sequence[str]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The embeddings of every sentence under its passage's innermost heading, and the passage each belongs to."""
    owners, pieces = [], []
    for i, (title, text) in enumerate(zip(titles, texts, strict=True)):
        heading = title.rpartition(" / ")[2]
        for start, end in sentence_spans(text) or [(0, len(text))]:
            owners.append(i)
            pieces.append(f"{title} {heading}: {text[start:end]}")
    return np.array(owners, np.int64), embed(pieces)


def _index(tokens: list[list[str]]) -> Any:
    import bm25s

    index = bm25s.BM25()
    index.index(tokens, show_progress=False)
    return index
