"""Hybrid retrieval: BM25 and static embeddings, fused by reciprocal rank.

Fusion: Cormack, Clarke and Büttcher, "Reciprocal rank fusion outperforms Condorcet and individual rank learning methods",
SIGIR 2009, with their k = 60.
"""

import logging
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
QUERIES_AT_ONCE: Final = 256
"""Bounds memory: similarities are a matrix of queries by sentences."""
_NAME: Final = re.compile(r"(?<!\w)[^\W_A-Za-z]*([A-Za-z_]\w*(?:[._]\w+)+)")
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
        self._starts, self._vectors = _sentences(titles, texts)
        self._bm25 = _index([_tokens(entry) for entry in entries])

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
        ids, scores = np.zeros((len(queries), k), np.int64), np.zeros((len(queries), k))
        for start in range(0, len(queries) if k else 0, QUERIES_AT_ONCE):
            part = slice(start, start + QUERIES_AT_ONCE)
            fused = self._fused(queries[part])
            ids[part] = np.argsort(-fused, axis=1, kind="stable")[:, :k]
            scores[part] = np.take_along_axis(fused, ids[part], axis=1)
        return ids, scores

    def rank(self, query: str, passage: int) -> int:
        """The place, from 1, of the passage with this row number among all passages ranked for `query`."""
        (fused,) = self._fused([query])
        ahead = (fused > fused[passage]) | ((fused == fused[passage]) & (np.arange(self.size) < passage))
        return int(ahead.sum()) + 1

    def _fused(self, queries: Sequence[str]) -> Scores:
        """Reciprocal ranks summed over both rankings, (len(queries), size). Beyond DEPTH, and for a score of zero or less,
        a ranking gives nothing."""
        fused = np.zeros((len(queries), self.size))
        depth = min(DEPTH, self.size)
        # a passage is as near as its nearest sentence: a question asks about one, not about all of them at once
        similar = embed(queries) @ self._vectors.T
        for scores in (self._lexical(queries), np.maximum.reduceat(similar, self._starts, axis=1)):
            best = np.argsort(-scores, axis=1, kind="stable")[:, :depth]
            hit = np.take_along_axis(scores, best, axis=1) > 0
            gain = np.take_along_axis(fused, best, axis=1) + np.where(hit, 1.0 / (FUSION_K + 1 + np.arange(depth)), 0.0)
            np.put_along_axis(fused, best, gain, axis=1)
        return fused

    def _lexical(self, queries: Sequence[str]) -> Scores:
        scores = np.zeros((len(queries), self.size))
        known = self._bm25.vocab_dict if self._bm25 else {}
        for i, query in enumerate(queries):
            tokens = [token for token in _tokens(query) if token in known]
            if tokens:
                scores[i] = self._bm25.get_scores(tokens)
        return scores


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
    """Where the sentences of each passage begin, and the embeddings of all sentences under their headings, (n, 256)."""
    starts: list[int] = []
    pieces: list[str] = []
    for title, text in zip(titles, texts, strict=True):
        starts.append(len(pieces))
        heading = title.rpartition(" / ")[2]
        pieces += [f"{title} {heading}: {text[a:b]}" for a, b in sentence_spans(text) or [(0, len(text))]]
    return np.array(starts, np.int64), embed(pieces)


def _index(tokens: list[list[str]]) -> Any:
    """A BM25 index that keeps quiet; None if there is not a word to index."""
    import bm25s

    logging.getLogger("bm25s").setLevel(logging.WARNING)
    if not any(tokens):
        return None
    index = bm25s.BM25()
    index.index(tokens, show_progress=False)
    return index
