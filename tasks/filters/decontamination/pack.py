"""A pack: the items of benchmarks, made ready to be looked for. `building` makes it.

One row of its table is one item: `benchmark`, `item`, `side`, `text`, the hashes of its `words`, which of them are `prose`,
and, for questions that can be recognised in other words, the `vector` of their meaning, and the `sentence`, which is what MiniLM
makes of them, if that is the pack's encoder.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.filters import shingles
from tasks.filters.decontamination.nearest import Vectors
from tasks.filters.decontamination.rephrased import RARE, Phrases, content, numbers, stem, weights
from tasks.filters.shingles import WORD, Grams, Hashes
from tasks.text.columns import Texts, plain

Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
Encoder: TypeAlias = Literal["static", "minilm"]
Bits = np.ndarray[tuple[int], np.dtype[np.uint8]]

N: Final = 8
PREFILTER_BITS: Final = 24

_BOILERPLATE: Final = 10
"""Different items that share an n-gram, from which on it is boilerplate."""
_PROSE: Final = 3
"""Words of three letters or more that an n-gram must hold: "2 x 3 x 5 2 x" is every textbook's."""
_MIN_SHORT: Final = 4
"""Words that a short question must have: three words are anybody's."""
_CALCULATION: Final = r"<<[^<>]*>>"
"""GSM8K's calculator notes, which copies leave out."""
_NAMED: Final = 8
"""Words of a rephrasing that are named as its evidence."""


class NgramIndex(NamedTuple):
    """Where each 8-gram stands in the items: the occurrences of grams[i] are [starts[i], starts[i + 1]) of item and position."""

    grams: Hashes
    """The different 8-grams, sorted."""
    starts: Numbers
    item: Numbers
    position: Numbers
    """The first word of the occurrence in its item."""


class ShortQuestions(NamedTuple):
    """Questions of four to seven words, which must be the whole text: the hashes of all their words, sorted."""

    keys: Hashes
    item: Numbers


@dataclass(frozen=True)
class BenchmarkPack:
    """Benchmark items and the index of their 8-grams. Made by `pack`."""

    items: pa.Table
    """benchmark, item, side, text, words, prose, vector, sentence: one row for each item."""

    def __len__(self) -> int:
        return int(self.items.num_rows)

    @cached_property
    def words(self) -> Grams:
        """The hashes of the words of every item."""
        column = self.items["words"].combine_chunks()
        return Grams(np.asarray(column.flatten()), np.asarray(column.offsets).astype(np.int64))

    @cached_property
    def lengths(self) -> Numbers:
        """Words of each item."""
        return np.diff(self.words.offsets)

    @cached_property
    def index(self) -> NgramIndex:
        """Every 8-gram of every item."""
        hashes, offsets = shingles.ngrams(self.words, N)
        item = np.repeat(np.arange(len(self)), np.diff(offsets))
        position = np.arange(len(hashes)) - np.repeat(offsets[:-1], np.diff(offsets))
        order = np.argsort(hashes, kind="stable")
        hashes = hashes[order]
        starts = np.flatnonzero(np.concatenate([np.ones(min(len(hashes), 1), bool), hashes[1:] != hashes[:-1]]))
        return NgramIndex(hashes[starts], np.append(starts, len(hashes)), item[order], position[order])

    @cached_property
    def boilerplate(self) -> Flags:
        """For each 8-gram of the index: it stands in ten items of different text or more, or is hardly made of words."""
        grams, starts, items, positions = self.index
        text = pc.utf8_lower(self.items["text"]).combine_chunks().dictionary_encode().indices.to_numpy()
        often = np.repeat(np.diff(starts) >= _BOILERPLATE, np.diff(starts))
        gram = np.repeat(np.arange(len(grams)), np.diff(starts))[often]
        pairs = np.unique(gram * max(len(self), 1) + text[items[often]])
        common = np.bincount(pairs // max(len(self), 1), minlength=len(grams)) >= _BOILERPLATE
        prose = np.concatenate([[0], np.cumsum(self.items["prose"].combine_chunks().flatten().to_numpy(False))])
        first = self.words.offsets[items[starts[:-1]]] + positions[starts[:-1]]
        flags: Flags = common | (prose[first + N] - prose[first] < _PROSE)
        return flags

    @cached_property
    def distinctive(self) -> Flags:
        """For each 8-gram of the index: it may lead to its items. Of an item that is boilerplate throughout all may."""
        _, starts, items, _ = self.index
        gram = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        own = np.bincount(items[~self.boilerplate[gram]], minlength=len(self)) > 0
        flags = ~self.boilerplate
        flags[gram[~own[items]]] = True
        return flags

    @cached_property
    def prefilter(self) -> Bits:
        """A bit for each value the low bits of a hash can have: turns most n-grams of most rows away with one look."""
        bits = np.zeros(1 << PREFILTER_BITS, bool)
        bits[self.index.grams & np.uint64((1 << PREFILTER_BITS) - 1)] = True
        return np.packbits(bits, bitorder="little")

    @cached_property
    def short(self) -> ShortQuestions:
        """The questions of four to seven words that stand once in their benchmark."""
        columns = [self.items[name] for name in ("benchmark", "text")]
        names = pc.binary_join_element_wise(*columns, pa.scalar("\x1f", pa.large_string()))
        codes = names.combine_chunks().dictionary_encode().indices.to_numpy()
        once = np.bincount(codes, minlength=1)[codes] == 1 if len(codes) else np.zeros(0, bool)
        question = pc.equal(self.items["side"], "question").to_numpy()
        rows = np.flatnonzero(once & question & (self.lengths >= _MIN_SHORT) & (self.lengths < N))
        whole = shingles.ngrams(self.words, N, short=True)
        keys, first = np.unique(whole.hashes[whole.offsets[rows]], return_index=True)
        return ShortQuestions(keys, rows[first])

    @cached_property
    def phrases(self) -> Phrases:
        """The questions as `rephrased` looks for them: those that have a vector and a word, each text once."""
        texts = self.items["text"].combine_chunks()
        there = np.flatnonzero(pc.is_valid(self.items["vector"]).to_numpy())
        _, first = np.unique(texts.take(pa.array(there)).dictionary_encode().indices.to_numpy(), return_index=True)
        item = there[np.sort(first)]
        lines = texts.take(pa.array(item)).to_pylist()
        held = [content(line) for line in lines]
        some = np.flatnonzero([bool(words) for words in held])
        return Phrases(
            item[some],
            self._matrix("vector", item[some]),
            [held[k] for k in some],
            [numbers(lines[k]) for k in some],
            weights(held),
            self._matrix("sentence", item[some]),
        )

    @property
    def encoder(self) -> Encoder | None:
        """What questions in other words are found with; None if they are not looked for."""
        if self.items["vector"].null_count == len(self):
            return None
        return "static" if self.items["sentence"].null_count == len(self) else "minilm"

    def prepare(self, rephrased: bool) -> None:
        """Works everything out that a scan needs, so that scans on several threads do not each do so."""
        for _ in (self.distinctive, self.prefilter, self.short, self.lengths, rephrased and self.phrases):
            pass

    def tokens(self, item: int) -> list[str]:
        """The words of an item, in lower case."""
        return WORD.findall(self.items["text"][item].as_py().lower())

    def shared_words(self, text: str, item: int) -> list[str]:
        """The eight words that weigh most of those which the item holds and, in some form, the text too; in the item's order."""
        there = {stem(word) for word in content(text)}
        words = [word for word in content(self.items["text"][item].as_py()) if stem(word) in there]
        weight = self.phrases.weights
        best = sorted(range(len(words)), key=lambda k: (-weight.get(stem(words[k]), RARE), k))[:_NAMED]
        return [words[k] for k in sorted(best)]

    def _matrix(self, column: str, items: Numbers) -> Vectors:
        vectors = self.items[column].combine_chunks().take(pa.array(items)).drop_null()
        return np.asarray(vectors.flatten()).reshape(len(vectors), vectors.type.list_size).astype(np.float32)


def without_notes(texts: Texts) -> pa.LargeStringArray:
    """`texts` without calculator notes."""
    column = plain(texts)
    noted = pc.match_substring(column, "<<")
    if not pc.any(noted, min_count=0).as_py():
        return column
    return pc.replace_with_mask(column, noted, pc.replace_substring_regex(column.filter(noted), _CALCULATION, ""))
