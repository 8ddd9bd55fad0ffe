"""Rows that hold benchmark items, found by shared 8-grams of words.

The rule is Tülu 3's (Lambert et al. 2024, section 3.2): an item is in a row if more than half of its tokens stand in 8-grams
that the two share. Items of fewer than eight words must be the whole text. Every hit names the benchmark, the item and the
very n-gram. N-grams that many items of the pack have in common ("which of the following is the most likely") are
boilerplate: they prove nothing, unless the whole item is there.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from tasks.core.params import CONTENT, Params
from tasks.filters import benchmarks, shingles
from tasks.filters.shingles import Grams, Hashes
from tasks.filters.texts import Texts, pieces, plain
from tasks.filters.verdict import Context, Verdict

Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]

N: Final = 8
LONG: Final = 13
"""The n of GPT-3's rule (Brown et al. 2020, appendix C). Reported, and rejecting nothing: it misses reworded items and hits
quotations."""
HITS: Final = pa.schema(
    [
        ("row", pa.int64()),
        ("benchmark", pa.string()),
        ("item", pa.string()),
        ("tier", pa.string()),  # whole, 8-gram, 13-gram: the strongest that holds
        ("ngram", pa.string()),  # words that both share
        ("coverage", pa.float64()),  # share of the item's words that stand in shared 8-grams
    ]
)
_BOILERPLATE: Final = 10
"""Different items that share an n-gram, from which on it is boilerplate."""
_MIN_SHORT: Final = 4
"""Words that a short question must have: three words are anybody's."""
_MIN_ANSWER: Final = 16
"""Words that an answer must have: in a shorter one a single common 8-gram is more than half."""
_CALCULATION: Final = r"<<[^<>]*>>"
"""GSM8K's calculator notes, which copies leave out."""
_CALCULATED: Final = re.compile(_CALCULATION)
_WORD: Final = re.compile(r"[0-9A-Za-z_\u0080-\U0010ffff]+")
"""A word as `shingles` has it."""
_FILTER_BITS: Final = 24
_LOW_BITS: Final = np.uint64((1 << _FILTER_BITS) - 1)


class Contamination(Params):
    """Which benchmarks no row may hold."""

    enabled: bool = True
    benchmarks: Annotated[tuple[Path, ...], CONTENT] = ()
    """Files, or folders of files: see `benchmarks.read`. None: nothing is compared."""
    coverage: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """Share of an item's words in shared 8-grams above which the row is rejected."""


class Index(NamedTuple):
    """Where each 8-gram stands in the items: the occurrences of grams[i] are [starts[i], starts[i + 1]) of item and place."""

    grams: Hashes
    """The different 8-grams, sorted."""
    starts: Numbers
    item: Numbers
    place: Numbers
    """The first word of the occurrence in its item."""


@dataclass(frozen=True)
class Pack:
    """Benchmark items and the index of their 8-grams. Made by `pack`."""

    items: list[benchmarks.Item]
    lengths: Numbers
    """Words of each item."""
    index: Index
    boilerplate: Flags
    """For each 8-gram of the index."""
    short: dict[int, int]
    """From the hash of all words of a short question to its item."""


def judge(table: pa.Table, params: Contamination, _context: Context) -> Verdict:
    """Rejects `contaminated` with benchmark, item and n-gram; fills in `contamination`, the largest coverage of any item."""
    if not params.benchmarks:
        return Verdict.of(table.num_rows)
    parts = pieces(table)
    hits = scan(parts.texts, pack(params.benchmarks), params.coverage)
    worst = np.zeros(table.num_rows)
    rejected: dict[int, tuple[str, str]] = {}
    for hit in hits.to_pylist():
        row = int(parts.rows[hit["row"]])
        if hit["coverage"] > worst[row]:
            worst[row] = hit["coverage"]
            if hit["tier"] != "13-gram":
                rejected[row] = ("contaminated", f"{hit['benchmark']} {hit['item']}: {hit['ngram']}")
    return Verdict.of(table.num_rows, rejected, {"contamination": pa.array(worst, pa.float64())})


def pack(sources: Iterable[Path | benchmarks.Item]) -> Pack:
    """The index of benchmark files, folders of them, and items already read."""
    sources = list(sources)
    items = benchmarks.read(s for s in sources if isinstance(s, Path))
    items = _proving([*items, *(s for s in sources if isinstance(s, benchmarks.Item))])
    tokens = shingles.words(_texts(item.text for item in items))
    hashes, offsets = shingles.ngrams(tokens, N)
    item = np.repeat(np.arange(len(items)), np.diff(offsets))
    place = np.arange(len(hashes)) - np.repeat(offsets[:-1], np.diff(offsets))
    order = np.lexsort([place, item, hashes])
    grams, starts = np.unique(hashes[order], return_index=True)
    index = Index(grams, np.append(starts, len(hashes)), item[order], place[order])
    return Pack(items, np.diff(tokens.offsets), index, _boilerplate(items, index), _short(items, tokens))


def scan(texts: Texts, pack: Pack, coverage: float = 0.5) -> pa.Table:
    """The items found in `texts`, schema HITS, by row and then by coverage; 13-gram hits alone are below `coverage`."""
    tokens = shingles.words(_texts(texts))
    hits = [*_short_hits(tokens, pack), *_overlaps(tokens, pack, coverage)]
    hits.sort(key=lambda hit: (hit["row"], -hit["coverage"], hit["benchmark"], hit["item"]))
    return pa.Table.from_pylist(hits, schema=HITS)


def _texts(texts: Texts) -> pa.LargeStringArray:
    return pc.replace_substring_regex(plain(texts), _CALCULATION, "")


def _proving(items: list[benchmarks.Item]) -> list[benchmarks.Item]:
    """Without answers that are too short to prove anything: a number, a letter, one line of code."""
    return [item for item in items if item.side == "question" or len(_WORD.findall(item.text)) >= _MIN_ANSWER]


def _boilerplate(items: list[benchmarks.Item], index: Index) -> Flags:
    """For each 8-gram whether it stands in ten items of different text or more."""
    text = pa.array([item.text.lower() for item in items], pa.large_string()).dictionary_encode().indices.to_numpy()
    gram = np.repeat(np.arange(len(index.grams)), np.diff(index.starts))
    pairs = np.unique(np.stack([gram, text[index.item]]), axis=1) if len(gram) else np.zeros((2, 0), np.int64)
    return np.bincount(pairs[0], minlength=len(index.grams)) >= _BOILERPLATE


def _short(items: list[benchmarks.Item], tokens: Grams) -> dict[int, int]:
    """From the hash of all words to the item, for questions of four to seven words that stand once in their benchmark."""
    seen = Counter((item.benchmark, item.text) for item in items)
    once = [item.side == "question" and seen[item.benchmark, item.text] == 1 for item in items]
    return {key: row for row, key in reversed(_whole_rows(tokens)) if once[row]}


def _whole_rows(tokens: Grams) -> list[tuple[int, int]]:
    """(row, hash of all its words) of the rows that have four to seven words."""
    counts = np.diff(tokens.offsets)
    keys = shingles.ngrams(tokens, N, short=True)
    rows = np.flatnonzero((counts >= _MIN_SHORT) & (counts < N))
    return list(zip(rows.tolist(), keys.hashes[keys.offsets[rows]].tolist(), strict=True))


def _short_hits(tokens: Grams, pack: Pack) -> Iterator[dict[str, Any]]:
    for row, key in _whole_rows(tokens):
        if (item := pack.short.get(key)) is not None:
            yield _hit(pack, row, item, "whole", " ".join(_WORD.findall(pack.items[item].text.lower())), 1.0)


def _overlaps(tokens: Grams, pack: Pack, coverage: float) -> Iterator[dict[str, Any]]:
    row, item, place, common = _occurrences(shingles.ngrams(tokens, N), pack)
    pair = row * len(pack.items) + item
    telling = ~common
    pairs = np.unique(pair[telling])
    kept = np.isin(pair, pairs)
    lengths = pack.lengths[pairs % max(len(pack.items), 1)]
    whole = _covered(pair[kept], place[kept]) >= lengths
    share = np.where(whole, 1.0, _covered(pair[telling], place[telling]) / np.maximum(lengths, 1))
    run, at = _longest_runs(pair[telling], place[telling])
    long = run >= LONG - N + 1
    for k in np.flatnonzero(whole | (share > coverage) | long).tolist():
        found_in, number = divmod(int(pairs[k]), len(pack.items))
        tier = "whole" if whole[k] else "8-gram" if share[k] > coverage else "13-gram"
        words = _WORD.findall(_CALCULATED.sub("", pack.items[number].text).lower())
        gram = " ".join(words[at[k] : at[k] + (LONG if long[k] else N)])
        yield _hit(pack, found_in, number, tier, gram, float(share[k]))


def _hit(pack: Pack, row: int, item: int, tier: str, ngram: str, coverage: float) -> dict[str, Any]:
    found = pack.items[item]
    names = {"row": row, "benchmark": found.benchmark, "item": found.item}
    return names | {"tier": tier, "ngram": ngram, "coverage": coverage}


def _occurrences(rows: Grams, pack: Pack) -> tuple[Numbers, Numbers, Numbers, Flags]:
    """Row, item, place in the item and boilerplate or not, for every 8-gram a row shares with an item; sorted, no repeats."""
    grams, starts, items, places = pack.index
    at = np.flatnonzero(_may_hold(grams)[rows.hashes & _LOW_BITS])
    gram = np.minimum(np.searchsorted(grams, rows.hashes[at]), max(len(grams) - 1, 0))
    hit = grams[gram] == rows.hashes[at] if len(grams) else np.zeros(0, bool)
    row = np.searchsorted(rows.offsets, at[hit], "right") - 1
    row, gram = np.divmod(np.unique(row * max(len(grams), 1) + gram[hit]), max(len(grams), 1))
    counts = starts[gram + 1] - starts[gram]
    entry = np.repeat(starts[gram] - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
    row, gram = np.repeat(row, counts), np.repeat(gram, counts)
    order = np.lexsort([places[entry], items[entry], row])
    return row[order], items[entry][order], places[entry][order], pack.boilerplate[gram][order]


def _may_hold(grams: Hashes) -> Flags:
    """Which low bits of a hash occur at all: turns most n-grams of most rows away with one look."""
    table = np.zeros(1 << _FILTER_BITS, bool)
    table[grams & _LOW_BITS] = True
    return table


def _covered(pair: Numbers, place: Numbers) -> Numbers:
    """Words of the item that stand in an 8-gram at one of `place`, for each different value of the sorted `pair`."""
    if not len(pair):
        return np.zeros(0, np.int64)
    step = np.full(len(pair), N)
    same = pair[1:] == pair[:-1]
    step[:-1][same] = np.minimum(place[1:] - place[:-1], N)[same]
    return np.add.reduceat(step, np.flatnonzero(np.concatenate([[True], ~same])))


def _longest_runs(pair: Numbers, place: Numbers) -> tuple[Numbers, Numbers]:
    """The length and the first place of the longest run of neighbouring places, for each different value of `pair`."""
    if not len(pair):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    breaks = np.concatenate([[True], (pair[1:] != pair[:-1]) | (place[1:] != place[:-1] + 1)])
    begins = np.flatnonzero(breaks)
    lengths = np.diff(np.append(begins, len(pair)))
    order = np.lexsort([place[begins], -lengths, pair[begins]])
    _, first = np.unique(pair[begins][order], return_index=True)
    best = order[first]
    return lengths[best], place[begins][best]
