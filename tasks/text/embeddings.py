"""Static sentence embeddings from the packaged wordllama model: no network, no GPU, 25,000 short texts a second on one core.

A text's vector is the sum of its tokens' vectors. No token of the model spans a blank, so each different word is split into
tokens once, however often it occurs and whichever stage reads it.
"""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Vectors = np.ndarray[tuple[int, int], np.dtype[np.float32]]
Ints = np.ndarray[tuple[int], np.dtype[np.int64]]

DIMENSIONS: Final = 256
MODEL: Final = f"wordllama/l2_supercat_{DIMENSIONS}@{version('wordllama')}/2"
"""Name of the model for the key of a stage whose output depends on `embed`. The number at its end is the version of this module;
raise it when the same text would get another vector."""
LONGEST: Final = 8_000
"""Characters of a text that are read; the rest is ignored."""
_PART: Final = 1 << 16
"""Texts processed at a time: their words take the memory, not their vectors."""
_COMPILE_FROM: Final = 1 << 14
"""Number of texts from which the compiled kernel is used; for fewer, loading it takes longer than the sum."""
_REMEMBERED: Final = 64 << 20
"""Bytes of words kept from one call to the next, beyond which all are dropped: 100,000 rows have 220,000 words in 4 MB."""
_LOOKUPS_PER_SPLIT: Final = 20
"""Searching so many known words takes as long as splitting one word into tokens: some 6 µs."""
_SPLIT_AT_ONCE: Final = 1 << 13
"""Words: the tokenizer gives a kilobyte for each."""
_BLANK: Final = ord(" ")
_A_BLANK, _NOTHING = pa.scalar(" ", pa.large_string()), pa.scalar("", pa.large_string())


def embed(texts: Sequence[str] | pa.LargeStringArray, workers: int = 1) -> Vectors:
    """Embeddings of `texts`, float32, shape (n, 256), each row of length 1; the row of a text without tokens is zero.

    Only the first LONGEST characters of a text are read. `workers` threads share the work; their number changes no result.
    """
    column = texts if isinstance(texts, pa.Array) else pa.array(texts, pa.large_string())
    parts = [column.slice(at, _PART) for at in range(0, len(column), _PART)]
    vectors = np.zeros((len(column), DIMENSIONS), dtype=np.float32)
    with ThreadPoolExecutor(workers) as pool:

        def fill(number: int) -> None:
            own = vectors[number * _PART : number * _PART + len(parts[number])]
            _add_up(parts[number], own)
            norms = np.linalg.norm(own, axis=1, keepdims=True)
            own /= np.where(norms > 0, norms, 1)

        list(pool.map(fill, range(len(parts))))
    return vectors


class WordTokens(NamedTuple):
    """Words, and the tokens of each."""

    words: pa.LargeStringArray
    tokens: Ints
    """The tokens of all words, one after another."""
    begins: Ints
    """Where each word's tokens begin, and where the last word's end; shape (words + 1,)."""


class TokenCache:
    """Remembers the tokens of up to `most` bytes of words: stages read much the same texts, and splitting takes the most time."""

    def __init__(self, most: int = _REMEMBERED) -> None:
        self.most = most
        self._nothing = WordTokens(pa.array([], pa.large_string()), np.zeros(0, np.int64), np.zeros(1, np.int64))
        self._known = self._nothing
        self._lock = Lock()

    def with_words(self, words: pa.LargeStringArray) -> WordTokens:
        """The tokens of at least these words; of these only, if splitting them is faster than searching all known words."""
        if len(words) * _LOOKUPS_PER_SPLIT < len(self._known.words):
            return _split(words)
        with self._lock:
            known = self._known if self._known.words.nbytes <= self.most else self._nothing
            new = words.filter(pc.invert(pc.is_in(words, value_set=known.words)))
            if len(new):
                added = _split(new)
                known = WordTokens(
                    pa.concat_arrays([known.words, added.words]),
                    np.concatenate([known.tokens, added.tokens]),
                    np.concatenate([known.begins, known.begins[-1] + added.begins[1:]]),
                )
            self._known = known
        return known


_TOKEN_CACHE: Final = TokenCache()


def _split(words: pa.LargeStringArray) -> WordTokens:
    tokens: list[list[int]] = []
    for at in range(0, len(words), _SPLIT_AT_ONCE):
        some = pc.utf8_slice_codeunits(words.slice(at, _SPLIT_AT_ONCE), 1).to_pylist()
        tokens += [found.ids for found in packaged_tokenizer().encode_batch_fast(some, add_special_tokens=False)]
    begins = np.cumsum([0, *map(len, tokens)], dtype=np.int64)
    return WordTokens(words, np.fromiter(chain.from_iterable(tokens), np.int64, int(begins[-1])), begins)


def _add_up(texts: pa.LargeStringArray, out: Vectors) -> None:
    """Set each row of `out` to the sum of the vectors of a text's tokens, in their order; to zero for a text of white space."""
    words, ends = _words(texts)
    coded = words.dictionary_encode()
    known_words = _TOKEN_CACHE.with_words(coded.dictionary)
    number = pc.index_in(coded.dictionary, value_set=known_words.words).to_numpy()[coded.indices.to_numpy()]
    if len(texts) < _COMPILE_FROM:
        _multiply(number, ends, *known_words[1:], _model().embedding, out)
    else:
        from tasks.text import embedding_kernel

        embedding_kernel.add_up(number, ends, *known_words[1:], _model().embedding, out)
    out[pc.equal(pc.utf8_trim_whitespace(texts), "").to_numpy(zero_copy_only=False)] = 0


def _multiply(words: Ints, ends: Ints, tokens: Ints, begins: Ints, table: Vectors, out: Vectors) -> None:
    """The same as `embedding_kernel.add_up`, to the last bit, without a compiler; uses an array as long as there are tokens."""
    from scipy.sparse import csr_array

    sizes = np.diff(begins)[words]
    of_words = np.concatenate([[0], np.cumsum(sizes)])
    columns = tokens[np.arange(of_words[-1]) + np.repeat(begins[words] - of_words[:-1], sizes)]
    ones = np.ones(len(columns), np.float32)
    out[:] = csr_array((ones, columns, of_words[ends]), shape=(len(out), len(table))) @ table


def _words(texts: pa.LargeStringArray) -> tuple[pa.LargeStringArray, Ints]:
    """The words of all texts, each with the blanks before it, and the number of words before each text and after the last."""
    spaced = pc.binary_join_element_wise(_A_BLANK, pc.utf8_slice_codeunits(texts, 0, LONGEST), _NOTHING)
    _, offsets, letters = spaced.buffers()
    begins = np.frombuffer(offsets, np.int64, len(spaced) + 1)
    blank = np.frombuffer(letters, np.uint8, int(begins[-1])) == _BLANK
    first = blank.copy()
    first[1:] &= ~blank[:-1]
    first[begins[:-1]] = True
    cuts = np.append(np.flatnonzero(first), begins[-1])
    words = pa.LargeStringArray.from_buffers(len(cuts) - 1, pa.py_buffer(cuts), letters)
    return words, np.searchsorted(cuts, begins)


@lru_cache(maxsize=1)
def packaged_tokenizer() -> Any:
    """The model's tokenizer, without the padding that wordllama adds."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(_model().tokenizer.to_str())
    tokenizer.no_padding()
    return tokenizer


@lru_cache(maxsize=1)
def _model() -> Any:
    """The model, loaded once from the package's own folder, so that it never asks a hub."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    import wordllama  # importing it configures the root logger, which is restored below

    root.setLevel(level)
    root.handlers[:] = handlers
    return wordllama.WordLlama.load(cache_dir=Path(wordllama.__file__).parent, dim=DIMENSIONS, disable_download=True)
