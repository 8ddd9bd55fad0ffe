"""Makes a pack from benchmark files, once: what was made is kept as Parquet under a hash of the files."""

import hashlib
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np
import pyarrow as pa

from tasks.core.params import canonical_json, sha256_file
from tasks.filters import shingles
from tasks.filters.decontamination import benchmarks
from tasks.filters.decontamination.benchmarks import BenchmarkItem
from tasks.filters.decontamination.nearest import Vectors
from tasks.filters.decontamination.pack import BenchmarkPack, Encoder, Flags, without_notes
from tasks.filters.shingles import WORD
from tasks.filters.stored_tables import kept
from tasks.text import minilm
from tasks.text.columns import plain

_LOADING: Final = Lock()
_VERSION: Final = 3
"""Of the kept table: raise it when the same files would give another."""
_DIMENSIONS: Final = 256
"""Numbers of a static embedding that are kept."""
_MIN_ANSWER: Final = 16
"""Words that an answer must have: in a shorter one a single common 8-gram is more than half."""
_LETTERS: Final = re.compile(r"[^\W\d_]{3}")


def pack(
    sources: Iterable[Path | BenchmarkItem],
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
        return BenchmarkPack(_table([*items, *(s for s in sources if isinstance(s, BenchmarkItem))], meant))
    with _LOADING:
        return _kept(tuple(paths), folder, _key(paths, meant), meant)


@lru_cache(maxsize=2)
def _kept(paths: tuple[Path, ...], folder: Path, key: str, encoder: Encoder | None) -> BenchmarkPack:
    """The pack under `key`, loaded once for a process, because rows are scanned in many parts, at the same time."""
    made = BenchmarkPack(kept(folder, key, lambda: _table(benchmarks.read(paths), encoder)))
    made.prepare(encoder is not None)
    return made


def _key(paths: list[Path], encoder: Encoder | None) -> str:
    from tasks.text.embeddings import MODEL

    files = [[path.resolve().parent.name, path.name, sha256_file(path)] for path in paths]
    whole = [_VERSION, files, encoder and MODEL, minilm.runtime() if encoder == "minilm" else None]
    return hashlib.sha256(canonical_json(whole).encode()).hexdigest()


def _table(items: list[BenchmarkItem], encoder: Encoder | None) -> pa.Table:
    from tasks.text.embeddings import embed

    items = [item for item in items if item.side == "question" or len(WORD.findall(item.text)) >= _MIN_ANSWER]
    texts = without_notes([item.text for item in items])
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
            "vector": _vectors(texts, question & (encoder is not None), embed, _DIMENSIONS),
            "sentence": _vectors(texts, question & (encoder == "minilm"), minilm.embed, minilm.DIMENSIONS),
        }
    )


def _vectors(
    texts: pa.LargeStringArray, wanted: Flags, embed: Callable[[list[str]], Vectors], dimensions: int
) -> pa.Array:
    """The embeddings of the texts that are `wanted`, as half-precision numbers; null for the others."""
    out = np.zeros((len(texts), dimensions), np.float16)
    rows = np.flatnonzero(wanted)
    if len(rows):
        distinct = texts.take(pa.array(rows)).dictionary_encode()
        out[rows] = embed(distinct.dictionary.to_pylist()).astype(np.float16)[distinct.indices.to_numpy()]
    flat = pa.array(out.reshape(-1))
    return pa.FixedSizeListArray.from_arrays(flat, dimensions, mask=pa.array(~wanted))
