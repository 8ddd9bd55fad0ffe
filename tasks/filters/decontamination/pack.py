"""A pack: the items of benchmarks, made ready to be looked for. Built once from the files, then kept in the store as Parquet.

One row of the kept table is one item: `benchmark`, `item`, `side`, `text`, the hashes of its `words`, which of them are `prose`,
and, for questions that can be recognised in other words, the `vector` of their meaning, and the `sentence`, which is what MiniLM
makes of them, if that is the pack's encoder.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.params import canonical_json, sha256_file
from tasks.filters import shingles
from tasks.filters.decontamination import benchmarks
from tasks.filters.decontamination.benchmarks import Item
from tasks.filters.shingles import WORD, Grams, Hashes
from tasks.filters.stored_tables import kept
from tasks.text import minilm
from tasks.text.columns import Texts, plain

if TYPE_CHECKING:
    from tasks.filters.decontamination.rephrased import Phrases

Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
Encoder: TypeAlias = Literal["static", "minilm"]
Sieve = np.ndarray[tuple[int], np.dtype[np.uint8]]

N: Final = 8
SIEVE_BITS: Final = 24

_LOADING: Final = Lock()
_VERSION: Final = 3
"""Of the kept table: raise it when the same files would give another."""
_BOILERPLATE: Final = 10
"""Different items that share an n-gram, from which on it is boilerplate."""
_PROSE: Final = 3
"""Words of three letters or more that an n-gram must hold: "2 x 3 x 5 2 x" is every textbook's."""
_MIN_SHORT: Final = 4
"""Words that a short question must have: three words are anybody's."""
_MIN_ANSWER: Final = 16
"""Words that an answer must have: in a shorter one a single common 8-gram is more than half."""
_CALCULATION: Final = r"<<[^<>]*>>"
"""GSM8K's calculator notes, which copies leave out."""
_CALCULATED: Final = re.compile(_CALCULATION)
_LETTERS: Final = re.compile(r"[^\W\d_]{3}")


class Index(NamedTuple):
    """Where each 8-gram stands in the items: the occurrences of grams[i] are [starts[i], starts[i + 1]) of item and place."""

    grams: Hashes
    """The different 8-grams, sorted."""
    starts: Numbers
    item: Numbers
    place: Numbers
    """The first word of the occurrence in its item."""


class Short(NamedTuple):
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
    def index(self) -> Index:
        """Every 8-gram of every item."""
        hashes, offsets = shingles.ngrams(self.words, N)
        item = np.repeat(np.arange(len(self)), np.diff(offsets))
        place = np.arange(len(hashes)) - np.repeat(offsets[:-1], np.diff(offsets))
        order = np.argsort(hashes, kind="stable")
        hashes = hashes[order]
        starts = np.flatnonzero(np.concatenate([np.ones(min(len(hashes), 1), bool), hashes[1:] != hashes[:-1]]))
        return Index(hashes[starts], np.append(starts, len(hashes)), item[order], place[order])

    @cached_property
    def boilerplate(self) -> Flags:
        """For each 8-gram of the index: it stands in ten items of different text or more, or is hardly made of words."""
        grams, starts, items, places = self.index
        text = pc.utf8_lower(self.items["text"]).combine_chunks().dictionary_encode().indices.to_numpy()
        often = np.repeat(np.diff(starts) >= _BOILERPLATE, np.diff(starts))
        gram = np.repeat(np.arange(len(grams)), np.diff(starts))[often]
        pairs = np.unique(gram * max(len(self), 1) + text[items[often]])
        common = np.bincount(pairs // max(len(self), 1), minlength=len(grams)) >= _BOILERPLATE
        prose = np.concatenate([[0], np.cumsum(self.items["prose"].combine_chunks().flatten().to_numpy(False))])
        first = self.words.offsets[items[starts[:-1]]] + places[starts[:-1]]
        flags: Flags = common | (prose[first + N] - prose[first] < _PROSE)
        return flags

    @cached_property
    def telling(self) -> Flags:
        """For each 8-gram of the index: it may lead to its items. Of an item that is boilerplate throughout all may."""
        _, starts, items, _ = self.index
        gram = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        own = np.bincount(items[~self.boilerplate[gram]], minlength=len(self)) > 0
        flags = ~self.boilerplate
        flags[gram[~own[items]]] = True
        return flags

    @cached_property
    def sieve(self) -> Sieve:
        """A bit for each value the low bits of a hash can have: turns most n-grams of most rows away with one look."""
        bits = np.zeros(1 << SIEVE_BITS, bool)
        bits[self.index.grams & np.uint64((1 << SIEVE_BITS) - 1)] = True
        return np.packbits(bits, bitorder="little")

    @cached_property
    def short(self) -> Short:
        """The questions of four to seven words that stand once in their benchmark."""
        columns = [self.items[name] for name in ("benchmark", "text")]
        names = pc.binary_join_element_wise(*columns, pa.scalar("\x1f", pa.large_string()))
        codes = names.combine_chunks().dictionary_encode().indices.to_numpy()
        once = np.bincount(codes, minlength=1)[codes] == 1 if len(codes) else np.zeros(0, bool)
        question = pc.equal(self.items["side"], "question").to_numpy()
        rows = np.flatnonzero(once & question & (self.lengths >= _MIN_SHORT) & (self.lengths < N))
        whole = shingles.ngrams(self.words, N, short=True)
        keys, first = np.unique(whole.hashes[whole.offsets[rows]], return_index=True)
        return Short(keys, rows[first])

    @cached_property
    def phrases(self) -> "Phrases":
        """The questions as `rephrased` looks for them."""
        from tasks.filters.decontamination.rephrased import phrases

        return phrases(self)

    @property
    def encoder(self) -> Encoder | None:
        """What questions in other words are found with; None if they are not looked for."""
        if self.items["vector"].null_count == len(self):
            return None
        return "static" if self.items["sentence"].null_count == len(self) else "minilm"

    def prepare(self, rephrased: bool) -> None:
        """Works everything out that a scan needs, so that scans on several threads do not each do so."""
        for _ in (self.telling, self.sieve, self.short, self.lengths, rephrased and self.phrases):
            pass

    def tokens(self, item: int) -> list[str]:
        """The words of an item, in lower case."""
        return WORD.findall(self.items["text"][item].as_py().lower())


def pack(
    sources: Iterable[Path | Item],
    folder: Path | None = None,
    rephrased: bool = True,
    encoder: Encoder = "static",
) -> BenchmarkPack:
    """The items of benchmark files, of folders of them, and items already read.

    With `folder` what was made of files is kept there, under a hash of their names and bytes. `rephrased`: also with what
    the items mean, as the `encoder` has it. Raises BadInput for files that cannot be read, and an encoder that is not installed.
    """
    sources = list(sources)
    paths = [source for source in sources if isinstance(source, Path)]
    meant = encoder if rephrased else None
    if folder is None or len(paths) < len(sources) or not all(path.exists() for path in paths):
        items = benchmarks.read(paths)
        return BenchmarkPack(_table([*items, *(s for s in sources if isinstance(s, Item))], meant))
    with _LOADING:
        return _kept(tuple(paths), folder, _key(paths, meant), meant)


@lru_cache(maxsize=2)
def _kept(paths: tuple[Path, ...], folder: Path, key: str, encoder: Encoder | None) -> BenchmarkPack:
    """The pack under `key`, loaded once for a process, because rows are scanned in many parts, at the same time."""
    made = BenchmarkPack(kept(folder, key, lambda: _table(benchmarks.read(paths), encoder)))
    made.prepare(encoder is not None)
    return made


def bare(texts: Texts) -> pa.LargeStringArray:
    """`texts` without calculator notes."""
    column = plain(texts)
    noted = pc.match_substring(column, "<<")
    if not pc.any(noted, min_count=0).as_py():
        return column
    return pc.replace_with_mask(column, noted, pc.replace_substring_regex(column.filter(noted), _CALCULATION, ""))


def _key(paths: list[Path], encoder: Encoder | None) -> str:
    from tasks.text.embeddings import MODEL

    files = [[path.resolve().parent.name, path.name, sha256_file(path)] for path in paths]
    whole = [_VERSION, files, encoder and MODEL, minilm.runtime() if encoder == "minilm" else None]
    return hashlib.sha256(canonical_json(whole).encode()).hexdigest()


def _table(items: list[Item], encoder: Encoder | None) -> pa.Table:
    from tasks.filters.decontamination.rephrased import DIMENSIONS, vectors
    from tasks.text.embeddings import embed

    items = [item for item in items if item.side == "question" or len(WORD.findall(item.text)) >= _MIN_ANSWER]
    texts = bare([item.text for item in items])
    words = shingles.words(texts)
    names = {name: plain([getattr(item, name) for item in items]) for name in ("benchmark", "item", "side")}
    tokens = [WORD.findall(text.lower()) for text in texts.to_pylist()]
    prose = [bool(_LETTERS.search(word)) for line in tokens for word in line]
    ends = pa.array(words.offsets, pa.int64())
    question = np.array([item.side == "question" for item in items], bool)
    return pa.table(
        {
            **names,
            "text": texts,
            "words": pa.LargeListArray.from_arrays(ends, pa.array(words.hashes)),
            "prose": pa.LargeListArray.from_arrays(ends, pa.array(prose, pa.bool_())),
            "vector": vectors(texts, question & (encoder is not None), embed, DIMENSIONS),
            "sentence": vectors(texts, question & (encoder == "minilm"), minilm.embed, minilm.DIMENSIONS),
        }
    )
