"""Benchmark questions said in other words: no n-gram is shared, but the rare words, the numbers and the meaning are.

Two steps, cheap before dear. Words weighted by how few items hold them (TF-IDF; Spärck Jones 1972) pick the items that a
text may be a rephrasing of; only for those is the text embedded. A pair is judged by a logistic score over four measures:

    cosine      of the two embeddings
    coverage    share of the words' weight that both texts have, of the one with the smaller share
    evidence    logarithm of that weight: two short questions look alike by chance, two long ones do not
    numbers     agreement of the numbers in both, counting more where there are more of them

The coefficients were fitted on 31 rephrasings written by hand against 13,000 real instructions; 32 others, left out of the
fit, check them (tests/benchmarks/contamination.py; figures in docs/decontamination.md).
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.filters import minhash, shingles
from tasks.filters.shingles import WORD, Grams, Hashes
from tasks.text.columns import plain
from tasks.text.words import STOPWORDS

if TYPE_CHECKING:
    from tasks.filters.pack import Flags, Numbers, Pack

Weights = np.ndarray[tuple[int], np.dtype[np.float64]]
Vectors = np.ndarray[tuple[int, int], np.dtype[np.float32]]

DIMENSIONS: Final = 256
MIN_WORDS: Final = 4
"""Content words that a question must have to be looked for: with fewer, every text about the same thing is a rephrasing."""
COSINE, COVERAGE, EVIDENCE, NUMBERS, BIAS = 17.5, 5.5, 2.0, 8.5, -22.6
"""Coefficients of the score; a pair is a rephrasing from 0 on."""
UNIQUE: Final = 10.5
"""Weight of a word that one question only holds: its TF-IDF weight among the 36,000 questions the score was fitted on. So that a
word weighs alike in a small pack, where a word that is common elsewhere may stand once."""
_FEW_ITEMS: Final = 1000
_COVERAGE: Final = 0.3
_WEIGHT: Final = 10.0
"""A pair with less is not looked at: of 63 rephrasings written by hand that loses one, and of real instructions seven in ten need
no embedding."""
_MOST: Final = 20
"""Items a text is compared with, those with the highest coverage."""
_COMPILE_FROM: Final = 4096
_SPARSE_ROWS: Final = 512
"""Rows from which a compiled kernel wins over SciPy's sparse product, although it must be loaded or compiled first."""
_COMMON: Final = 0.05
_OFTEN: Final = 500
"""A word that more questions hold than this share, and than this number, says nothing."""
_NAMED: Final = 8
"""Words of a hit that are named as its evidence."""
_NUMBER: Final = re.compile(r"\d+(?:[.,:/]\d+)*")
_SLICE: Final = 1 << 16


class Phrases(NamedTuple):
    """The questions by their words: the items that hold words[i] are entries [starts[i], starts[i + 1]) of items."""

    words: Hashes
    """Hashes of the words that are looked at, sorted."""
    weights: Weights
    """Of each word: UNIQUE if one question holds it, falling with the logarithm of how many do; 0 where nearly all do."""
    starts: "Numbers"
    items: "Numbers"
    """Numbers of questions, not of items of the pack."""
    totals: Weights
    """Weight of all the words of each question."""
    numbers: list[frozenset[str]]
    vectors: Vectors
    item: "Numbers"
    """Of each question: its item in the pack."""


class Match(NamedTuple):
    """A text that says what an item says."""

    row: int
    item: int
    cosine: float
    coverage: float
    score: float


def vectors(texts: pa.LargeStringArray, wanted: "Flags") -> pa.Array:
    """The embeddings of the texts that are `wanted`, as 256 half-precision numbers each; null for the others."""
    from tasks.text.embeddings import embed

    out = np.zeros((len(texts), DIMENSIONS), np.float16)
    rows = np.flatnonzero(wanted)
    if len(rows):
        distinct = texts.take(pa.array(rows)).dictionary_encode()
        out[rows] = embed(distinct.dictionary.to_pylist()).astype(np.float16)[distinct.indices.to_numpy()]
    flat = pa.array(out.reshape(-1))
    return pa.FixedSizeListArray.from_arrays(flat, DIMENSIONS, mask=pa.array(~wanted))


def phrases(pack: "Pack") -> Phrases:
    """The questions of a pack that have a vector and words enough, each text once."""
    texts = pack.items["text"].combine_chunks()
    there = np.flatnonzero(pc.is_valid(pack.items["vector"]).to_numpy())
    _, first = np.unique(texts.take(pa.array(there)).dictionary_encode().indices.to_numpy(), return_index=True)
    item = there[np.sort(first)]
    hashes, question = _distinct(pack.words, item)
    keep = _contentful(hashes)
    words, code, held = np.unique(hashes[keep], return_inverse=True, return_counts=True)
    question = question[keep]
    weights = UNIQUE * (1 - np.log(np.maximum(held, 1)) / np.log(max(len(item), _FEW_ITEMS)))
    weights[held > max(_COMMON * len(item), _OFTEN)] = 0
    totals: Weights = np.bincount(question, weights[code], minlength=len(item)).astype(np.float64)
    enough = np.bincount(question, minlength=len(item)) >= MIN_WORDS
    rare = (weights[code] > 0) & enough[question]
    order = np.argsort(code[rare], kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(code[rare], minlength=len(words)))])
    rows = texts.take(pa.array(item)).to_pylist()
    flat = pack.items["vector"].combine_chunks().take(pa.array(item)).flatten()
    meaning = np.asarray(flat).reshape(-1, DIMENSIONS).astype(np.float32)
    return Phrases(words, weights, starts, question[rare][order], totals, [numbers(t) for t in rows], meaning, item)


def numbers(text: str) -> frozenset[str]:
    """The numbers in a text, written without thousands' separators."""
    return frozenset(number.replace(",", "") for number in _NUMBER.findall(text))


def score(cosine: Weights, coverage: Weights, weight: Weights, shared: "Numbers", either: "Numbers") -> Weights:
    """The logistic score of pairs; `weight` of the words both have, `shared` numbers of `either` many."""
    agreement = ((shared + 1) / (either + 2) - 0.5) * np.minimum(either, 6) / 3
    value: Weights = (
        COSINE * cosine + COVERAGE * coverage + EVIDENCE * np.log(np.maximum(weight, 3)) + NUMBERS * agreement + BIAS
    )
    return value


def shared_words(text: str, pack: "Pack", item: int) -> list[str]:
    """The eight words that weigh most of those which both the text and the item hold, in the item's order."""
    there = set(WORD.findall(text.lower())) - STOPWORDS
    words = [word for word in dict.fromkeys(pack.tokens(item)) if word in there]
    weights = _weights(words, pack.phrases)
    best = sorted(range(len(words)), key=lambda k: (-weights[k], k))[:_NAMED]
    return [words[k] for k in sorted(best)]


def find(texts: pa.LargeStringArray, known: Phrases, workers: int = 2) -> list[Match]:
    """The best match of each text that has one, by row."""
    found: list[Match] = []
    for at in range(0, len(texts), _SLICE):
        part = texts.slice(at, _SLICE)
        found += [match._replace(row=match.row + at) for match in _find(part, known, workers)]
    return found


def _find(texts: pa.LargeStringArray, known: Phrases, workers: int) -> list[Match]:
    if not len(known.words):
        return []
    row, question, weight, coverage = candidates(shingles.words(texts), known, workers)
    rows, at = np.unique(row, return_inverse=True)
    lines = plain(texts.take(pa.array(rows))).to_pylist()
    from tasks.text.embeddings import embed

    cosine = np.einsum("ij,ij->i", embed(lines)[at], known.vectors[question]).astype(np.float64)
    mine = [numbers(line) for line in lines]
    shared, either = _agreement([mine[k] for k in at.tolist()], [known.numbers[q] for q in question.tolist()])
    scores = score(cosine, coverage, weight, shared, either)
    order = np.lexsort([question, -scores, row])
    _, first = np.unique(row[order], return_index=True)
    best = [k for k in order[first].tolist() if scores[k] >= 0]
    return [
        Match(int(row[k]), int(known.item[question[k]]), float(cosine[k]), float(coverage[k]), float(scores[k]))
        for k in best
    ]


def candidates(words: Grams, known: Phrases, workers: int = 2) -> tuple["Numbers", "Numbers", Weights, Weights]:
    """Row, question, weight of the shared words, and coverage, of the pairs that are worth embedding; by row."""
    rows = len(words.offsets) - 1
    hashes, row = _distinct(words, np.arange(rows))
    keep = _contentful(hashes)
    hashes, row = hashes[keep], row[keep]
    code = np.minimum(np.searchsorted(known.words, hashes), len(known.words) - 1)
    held = known.words[code] == hashes
    totals: Weights = np.bincount(row, np.where(held, known.weights[code], UNIQUE), minlength=rows).astype(np.float64)
    held &= known.weights[code] > 0
    offsets = np.concatenate([[0], np.cumsum(np.bincount(row[held], minlength=rows))]).astype(np.int64)
    search = _compiled_search if rows >= _COMPILE_FROM else _sparse_search
    return search(code[held], offsets, totals, known, workers)


def _sparse_search(
    code: "Numbers", offsets: "Numbers", totals: Weights, known: Phrases, _workers: int
) -> tuple["Numbers", "Numbers", Weights, Weights]:
    from scipy.sparse import csr_array

    mine = csr_array((known.weights[code], code, offsets), shape=(len(totals), len(known.words)))
    theirs = csr_array(
        (np.ones(len(known.items)), known.items, known.starts), shape=(len(known.words), len(known.item))
    )
    parts = []
    for at in range(0, len(totals), _SPARSE_ROWS):  # a product of all rows at once would be nearly dense
        pairs = (mine[at : at + _SPARSE_ROWS] @ theirs).tocoo()
        row, question, weight = pairs.row.astype(np.int64) + at, pairs.col.astype(np.int64), pairs.data
        coverage = weight / np.maximum(totals[row], known.totals[question])
        likely = np.flatnonzero((coverage >= _COVERAGE) & (weight >= _WEIGHT))
        order = likely[np.lexsort([question[likely], -coverage[likely], row[likely]])]
        rank = np.arange(len(order)) - np.searchsorted(row[order], row[order])
        best = order[rank < _MOST]
        parts.append((row[best], question[best], weight[best], coverage[best]))
    nothing = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
    row, question, weight, coverage = (np.concatenate(columns) for columns in zip(nothing, *parts, strict=True))
    return row, question, weight, coverage


def _compiled_search(
    code: "Numbers", offsets: "Numbers", totals: Weights, known: Phrases, workers: int
) -> tuple["Numbers", "Numbers", Weights, Weights]:
    from tasks.filters import contamination_kernels as kernels

    parts: dict[int, tuple[np.ndarray[Any, Any], ...]] = {}
    search = (code, offsets, totals, known.weights, known.starts, known.items, known.totals, _COVERAGE, _WEIGHT)

    def stretch(begin: int, stop: int) -> None:
        size = (stop - begin) * _MOST
        out = (np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size), np.empty(size))
        count = kernels.rephrasings(*search, _MOST, begin, stop, *out)
        parts[begin] = tuple(column[:count].copy() for column in out)

    minhash.each(stretch, minhash.stretches(len(totals)), workers)
    row, question, weight, coverage = (
        np.concatenate(columns) for columns in zip(*map(parts.get, sorted(parts)), strict=True)
    )
    return row, question, weight, coverage


def _distinct(words: Grams, rows: "Numbers") -> tuple[Hashes, "Numbers"]:
    """The different words of `rows`, and for each the position of its row in `rows`."""
    lengths = np.diff(words.offsets)[rows]
    at = np.repeat(np.arange(len(rows)), lengths)
    begins = np.cumsum(lengths) - lengths
    hashes = words.hashes[np.repeat(words.offsets[rows] - begins, lengths) + np.arange(len(at))]
    order = np.lexsort([hashes, at])
    hashes, at = hashes[order], at[order]
    first = np.ones(len(hashes), bool)
    first[1:] = (hashes[1:] != hashes[:-1]) | (at[1:] != at[:-1])
    return hashes[first], at[first]


def _weights(words: list[str], known: Phrases) -> list[float]:
    hashes = shingles.words(pa.array(words, pa.large_string())).hashes
    return [float(known.weights[k]) for k in np.minimum(np.searchsorted(known.words, hashes), len(known.words) - 1)]


def _contentful(hashes: Hashes) -> "Flags":
    stop = shingles.words(pa.array(sorted({part for word in STOPWORDS for part in word.split("'")}), pa.large_string()))
    return ~np.isin(hashes, stop.hashes)


def _agreement(left: Sequence[frozenset[str]], right: Sequence[frozenset[str]]) -> tuple["Numbers", "Numbers"]:
    pairs = list(zip(left, right, strict=True))
    shared = np.array([len(mine & theirs) for mine, theirs in pairs], np.int64)
    return shared, np.array([len(mine | theirs) for mine, theirs in pairs], np.int64)
