"""Static sentence embeddings from the packaged wordllama model: no network, no GPU, tens of thousands of texts a second.

A text is the sum of its tokens' vectors. No token of the model reaches across a blank, so each different word is cut into tokens
once, however often it stands in the texts, and the sum is one product of sparse and dense.
"""

import logging
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Vectors = np.ndarray[tuple[int, int], np.dtype[np.float32]]
Ints = np.ndarray[tuple[int], np.dtype[np.int64]]

DIMENSIONS: Final = 256
MODEL: Final = f"wordllama/l2_supercat_{DIMENSIONS}@{version('wordllama')}"
"""Name of the model for cache keys: a stage whose output depends on `embed` names it."""
LONGEST: Final = 8_000
"""Characters of a text that are read."""
_PART: Final = 1 << 16
"""Texts at a time: their words, not their vectors, take the memory."""
_BLANK: Final = ord(" ")
_A_BLANK, _NOTHING = pa.scalar(" ", pa.large_string()), pa.scalar("", pa.large_string())


def embed(texts: Sequence[str] | pa.LargeStringArray) -> Vectors:
    """Embeddings of `texts`, shape (n, 256), float32, each row of length 1; the row of a text without tokens is zero. Of a
    text, the first LONGEST characters."""
    column = texts if isinstance(texts, pa.Array) else pa.array(texts, pa.large_string())
    vectors = np.empty((len(column), DIMENSIONS), dtype=np.float32)
    for at in range(0, len(column), _PART):
        part = pc.utf8_slice_codeunits(column.slice(at, _PART), 0, LONGEST)
        vectors[at : at + len(part)] = _sums(part)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.where(norms > 0, norms, 1)
    return vectors


def _sums(texts: pa.LargeStringArray) -> Vectors:
    from scipy.sparse import csr_array

    words, ends = _words(texts)
    coded = words.dictionary_encode()
    cut = _tokenizer().encode_batch_fast(
        pc.utf8_slice_codeunits(coded.dictionary, 1).to_pylist(), add_special_tokens=False
    )
    tokens = [encoding.ids for encoding in cut]
    sizes = np.fromiter(map(len, tokens), np.int64, len(tokens))
    flat = np.fromiter(chain.from_iterable(tokens), np.int64, int(sizes.sum()))
    word = coded.indices.to_numpy()
    of_words = np.concatenate([[0], np.cumsum(sizes[word])])
    shift = (np.cumsum(sizes) - sizes)[word] - of_words[:-1]
    columns = flat[np.arange(of_words[-1]) + np.repeat(shift, sizes[word])]
    ones = np.ones(len(columns), np.float32)
    table = _model().embedding
    counts = csr_array((ones, columns, of_words[ends]), shape=(len(texts), len(table)))
    sums: Vectors = counts @ table
    sums[pc.equal(pc.utf8_trim_whitespace(texts), "").to_numpy(zero_copy_only=False)] = 0
    return sums


def _words(texts: pa.LargeStringArray) -> tuple[pa.LargeStringArray, Ints]:
    """The words of all texts, each with the blanks before it, and how many there are before each text and after the last."""
    spaced = pc.binary_join_element_wise(_A_BLANK, texts, _NOTHING)
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
def _tokenizer() -> Any:
    """The model's tokenizer, without the padding that wordllama has it add."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(_model().tokenizer.to_str())
    tokenizer.no_padding()
    return tokenizer


@lru_cache(maxsize=1)
def _model() -> Any:
    """The model, loaded once from the package's own folder, so that it never asks a hub."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    import wordllama  # its import configures the root logger; ours is put back

    root.setLevel(level)
    root.handlers[:] = handlers
    return wordllama.WordLlama.load(cache_dir=Path(wordllama.__file__).parent, dim=DIMENSIONS, disable_download=True)
