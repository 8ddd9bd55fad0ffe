"""Rows that hold benchmark items: word for word, in part, or in other words.

Tiers, the strongest first. A row is rejected for each of them but the third:

    whole      all words of the item, in order
    8-gram     more than half of the item's tokens stand in 8-grams that it shares with the row: Tülu 3's rule (Lambert et al.
               2024, section 3.2)
    13-gram    any 13-gram in common: GPT-3's rule (Brown et al. 2020, appendix C). Reported, and rejecting nothing: it misses
               reworded items and hits quotations
    rephrased  the same question in other words; see `rephrased`

Items of fewer than eight words must be the whole text. Every hit names the benchmark, the item and the very n-gram. N-grams
that many items of the pack have in common ("which of the following is the most likely"), and those that are hardly made of
words ("2 x 3 x 5"), are boilerplate: they prove nothing, unless the whole item is there.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any, Final, Self, TypeAlias

import numpy as np
import pyarrow as pa
from pydantic import Field, model_validator

from tasks.core.params import CONTENT, Params
from tasks.filters import shingles
from tasks.filters.contract import Filter, FilterContext, FilterResult
from tasks.filters.decontamination import rephrased, rephrased_sentences
from tasks.filters.decontamination.building import pack
from tasks.filters.decontamination.pack import PREFILTER_BITS, BenchmarkPack, Encoder, Flags, N, Numbers, without_notes
from tasks.filters.shingles import Column
from tasks.text import minilm
from tasks.text.columns import COMPILE_FROM, Texts, pieces

LONG: Final = 13
HITS: Final = pa.schema(
    [
        ("row", pa.int64()),
        ("benchmark", pa.string()),
        ("item", pa.string()),
        ("side", pa.string()),  # question or answer
        ("tier", pa.string()),  # whole, 8-gram, 13-gram, rephrased: the strongest that holds
        ("ngram", pa.string()),  # words that both share, in the item's order; of a rephrasing those that weigh most
        (
            "coverage",
            pa.float64(),
        ),  # share of the item's words that stand in shared 8-grams; of a rephrasing, by weight
        ("cosine", pa.float64()),  # of the embeddings; null unless rephrased
    ]
)
Reader: TypeAlias = Callable[[pa.LargeStringArray, rephrased.Phrases, int], list[rephrased.RephrasedMatch]]
_READERS: Final[dict[Encoder, Reader]] = {"static": rephrased.find, "minilm": rephrased_sentences.find}
_FEWEST: Final = 4
_STRETCH: Final = 2048
"""Rows that one call of the kernel searches."""
_SLICE: Final = 1 << 16
"""Rows looked at together: keeps what a gram of many items unfolds to within bounds."""


class Contamination(Params):
    """Which benchmarks no row may hold."""

    enabled: bool = True
    """Whether this filter runs."""
    benchmarks: Annotated[tuple[Path, ...], CONTENT] = ()
    """Files, or folders of files, with benchmark items (docs/decontamination.md); empty: nothing is compared."""
    coverage: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """Share of an item's words in shared 8-grams above which the row is rejected."""
    rephrased: bool = True
    """Also reject questions that are an item's in other words."""
    encoder: Encoder = "static"
    """What such questions are found with. `minilm` finds more, takes some milliseconds a text, and needs the extra of its name."""

    @model_validator(mode="after")
    def _installed(self) -> Self:
        if self.encoder == "minilm":
            minilm.check()
        return self


def compute(table: pa.Table, params: Contamination, context: FilterContext) -> FilterResult:
    """Rejects `contaminated` with benchmark, item and n-gram; fills in `contamination`, the largest coverage of any item.

    Every text is looked at: system prompt, every turn of the conversation, instruction, response and rejected response.
    """
    if not params.benchmarks:
        return FilterResult.of(table.num_rows)
    parts = pieces(table)
    known = pack(params.benchmarks, context.tools.store_root / "packs", params.rephrased, params.encoder)
    hits = scan(parts.texts, known, params.coverage, context.tools.workers)
    worst = np.zeros(table.num_rows)
    rejected: dict[int, tuple[str, str]] = {}
    for hit in sorted(hits.to_pylist(), key=lambda hit: (hit["tier"] == "rephrased", -hit["coverage"])):
        row = int(parts.rows[hit["row"]])
        if hit["tier"] != "rephrased":
            worst[row] = max(worst[row], hit["coverage"])
        if hit["tier"] != "13-gram":
            how = f" (rephrased, cosine {hit['cosine']:.2f})" if hit["tier"] == "rephrased" else ""
            rejected.setdefault(row, ("contaminated", (f"{hit['benchmark']} {hit['item']}: {hit['ngram']}{how}")))
    return FilterResult.of(table.num_rows, rejected, {"contamination": pa.array(worst, pa.float64())})


def scan(texts: Texts, pack: BenchmarkPack, coverage: float = 0.5, workers: int = 2) -> pa.Table:
    """The items found in `texts`, schema HITS, by row and then by coverage; 13-gram hits alone are below `coverage`.

    A text that an n-gram tier rejects is not looked at for rephrasings; of those, the best match of a text is given. A pack that
    was made without `rephrased` has none.
    """
    column = without_notes(texts)
    hits = [
        hit
        for at in range(0, len(column), _SLICE)
        for hit in _scan(column.slice(at, _SLICE), at, pack, coverage, workers)
    ]
    hits.sort(key=lambda hit: (hit["row"], -hit["coverage"], hit["benchmark"], hit["item"]))
    return pa.Table.from_pylist(hits, schema=HITS)


def _scan(
    texts: pa.LargeStringArray, at: int, pack: BenchmarkPack, coverage: float, workers: int
) -> Iterator[dict[str, Any]]:
    """The hits in a slice of the rows, which begins at row `at`."""
    taken = set()
    for hit in _shared(shingles.column(texts), pack, coverage, workers):
        if hit["tier"] != "13-gram":
            taken.add(hit["row"])
        yield hit | {"row": hit["row"] + at}
    if pack.encoder:
        left = np.setdiff1d(np.arange(len(texts)), list(taken))
        for match in _READERS[pack.encoder](texts.take(pa.array(left)), pack.phrases, workers):
            row = int(left[match.row])
            words = " ".join(pack.shared_words(texts[row].as_py(), match.item))
            yield _hit(pack, row + at, match.item, "rephrased", words, match.alignment, match.cosine)


def _shared(texts: Column, pack: BenchmarkPack, coverage: float, workers: int) -> Iterator[dict[str, Any]]:
    rows, grams = known_grams(texts, pack, workers)
    for found_in, key in zip(rows[grams < 0].tolist(), (-1 - grams[grams < 0]).tolist(), strict=True):
        number = int(pack.short.item[key])
        yield _hit(pack, found_in, number, "whole", " ".join(pack.tokens(number)), 1.0)
    row, item, position, gram = _unfolded(rows[grams >= 0], grams[grams >= 0], pack)
    pair = row * len(pack) + item
    pairs = np.unique(pair[pack.distinctive[gram]])
    kept = np.isin(pair, pairs)
    pair, position, plain = pair[kept], position[kept], ~pack.boilerplate[gram[kept]]
    lengths = pack.lengths[pairs % max(len(pack), 1)]
    whole = _covered(pairs, pair, position) >= lengths
    share = np.where(whole, 1.0, _covered(pairs, pair[plain], position[plain]) / np.maximum(lengths, 1))
    run, start = _longest_runs(pairs, pair[plain], position[plain])
    long = run >= LONG - N + 1
    for k in np.flatnonzero(whole | (share > coverage) | long).tolist():
        found_in, number = divmod(int(pairs[k]), len(pack))
        tier = "whole" if whole[k] else "8-gram" if share[k] > coverage else "13-gram"
        words = pack.tokens(number)[start[k] : start[k] + (LONG if long[k] else N)]
        yield _hit(pack, found_in, number, tier, " ".join(words), float(share[k]))


def known_grams(texts: Column, pack: BenchmarkPack, workers: int = 2) -> tuple[Numbers, Numbers]:
    """Row and number of every 8-gram of `texts` that the pack has, sorted, no repeats; -1 - number for a short question."""
    rows = len(texts.offsets) - 1
    found = _by_numpy(texts, pack) if rows < COMPILE_FROM else _by_kernel(texts, pack, workers)
    size = len(pack.index.grams) + len(pack.short.keys) + 1
    row, gram = np.divmod(np.unique(found[0] * size + found[1] + len(pack.short.keys)), size)
    return row, gram - len(pack.short.keys)


def _by_numpy(texts: Column, pack: BenchmarkPack) -> tuple[Numbers, Numbers]:
    words = shingles.column_words(texts)
    grams, known = shingles.ngrams(words, N), pack.index.grams
    low = grams.hashes & np.uint64((1 << PREFILTER_BITS) - 1)
    at = np.flatnonzero(pack.prefilter[low >> np.uint64(3)] >> (low & np.uint64(7)).astype(np.uint8) & 1)
    gram, hit = _looked_up(grams.hashes[at], known)
    row = np.searchsorted(grams.offsets, at[hit], "right") - 1
    few = np.flatnonzero((np.diff(words.offsets) >= _FEWEST) & (np.diff(words.offsets) < N))
    keys = shingles.ngrams(words, N, short=True)
    short, is_short = _looked_up(keys.hashes[keys.offsets[few]], pack.short.keys)
    return np.concatenate([row, few[is_short]]), np.concatenate([gram[hit], -1 - short[is_short]])


def _looked_up(hashes: shingles.Hashes, known: shingles.Hashes) -> tuple[Numbers, Flags]:
    if not len(known):
        return np.zeros(len(hashes), np.int64), np.zeros(len(hashes), bool)
    at = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    return at, known[at] == hashes


def _by_kernel(texts: Column, pack: BenchmarkPack, workers: int) -> tuple[Numbers, Numbers]:
    from tasks.filters.decontamination import contamination_kernels as kernels

    look_up = (shingles.factors(N), pack.prefilter, pack.index.grams, pack.short.keys, _FEWEST)
    parts = [(np.zeros(0, np.int64), np.zeros(0, np.int64))]

    def search(begin: int) -> None:
        stop = min(begin + _STRETCH, len(texts.offsets) - 1)
        size = int(texts.offsets[stop] - texts.offsets[begin]) // 2 + stop - begin + 1
        rows, grams = np.empty(size, np.int64), np.empty(size, np.int64)
        found = kernels.occurrences(*texts, *look_up, begin, stop, rows, grams)
        parts.append((rows[:found].copy(), grams[:found].copy()))

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(search, range(0, len(texts.offsets) - 1, _STRETCH)))
    return np.concatenate([rows for rows, _ in parts]), np.concatenate([grams for _, grams in parts])


def _hit(
    pack: BenchmarkPack, row: int, item: int, tier: str, ngram: str, coverage: float, cosine: float | None = None
) -> dict[str, Any]:
    names = {name: pack.items[name][item].as_py() for name in ("benchmark", "item", "side")}
    return {"row": row, **names, "tier": tier, "ngram": ngram, "coverage": coverage, "cosine": cosine}


def _unfolded(row: Numbers, gram: Numbers, pack: BenchmarkPack) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Row, item, position in the item and number of the gram, for every occurrence in an item; sorted."""
    _, starts, items, positions = pack.index
    counts = starts[gram + 1] - starts[gram]
    entry = np.repeat(starts[gram] - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
    row, gram = np.repeat(row, counts), np.repeat(gram, counts)
    order = np.lexsort([positions[entry], items[entry], row])
    return row[order], items[entry][order], positions[entry][order], gram[order]


def _covered(pairs: Numbers, pair: Numbers, position: Numbers) -> Numbers:
    """Words of the item that stand in an 8-gram at one of `position`, for each of `pairs`; `pair` is sorted, and position in it."""
    step = np.full(len(pair), N)
    same = pair[1:] == pair[:-1]
    step[:-1][same] = np.minimum(position[1:] - position[:-1], N)[same]
    return np.bincount(np.searchsorted(pairs, pair), step, minlength=len(pairs)).astype(np.int64)


def _longest_runs(pairs: Numbers, pair: Numbers, position: Numbers) -> tuple[Numbers, Numbers]:
    """The length and first position of the longest run of neighbouring positions for each of `pairs`; zeros for one without."""
    longest, first = np.zeros((2, len(pairs)), np.int64)
    if len(pair):
        breaks = np.concatenate([[True], (pair[1:] != pair[:-1]) | (position[1:] != position[:-1] + 1)])
        begins = np.flatnonzero(breaks)
        lengths = np.diff(np.append(begins, len(pair)))
        best = np.lexsort([position[begins], -lengths, pair[begins]])
        which, at = np.unique(pair[begins][best], return_index=True)
        there = np.searchsorted(pairs, which)
        longest[there], first[there] = lengths[best[at]], position[begins][best[at]]
    return longest, first


FILTER: Final = Filter(
    name="contamination",
    params=Contamination,
    reasons={
        "contaminated": "shares text with a benchmark item; detail: benchmark, item, n-gram",
    },
    row_wise=True,
    compute=compute,
)
