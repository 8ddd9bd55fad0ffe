"""Static sentence embeddings from the packaged wordllama model: no network, no GPU, tens of thousands of texts a second."""

import logging
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np

DIMENSIONS: Final = 256
MODEL: Final = f"wordllama/l2_supercat_{DIMENSIONS}@{version('wordllama')}"
"""Name of the model for cache keys: a stage whose output depends on `embed` names it."""
LONGEST: Final = 8_000
"""Characters of a text that are read. Every text of a batch takes the memory of its longest, a kilobyte a token: one line of a
megabyte took 15 GB. Sentences and chunks have a tenth of it."""


def embed(texts: Sequence[str]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Embeddings of `texts`, shape (n, 256), float32, each row of length 1; the row of a text without tokens is zero. Of a
    text, the first LONGEST characters."""
    vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    filled = [i for i, text in enumerate(texts) if text.strip()]
    filled.sort(key=lambda i: len(texts[i]))  # equal lengths share a batch: less padding
    if filled:
        vectors[filled] = _model().embed([texts[i][:LONGEST] for i in filled])
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.where(norms > 0, norms, 1)
    return vectors


@lru_cache(maxsize=1)
def _model() -> Any:
    """The model, loaded once from the package's own folder, so that it never asks a hub."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    import wordllama  # its import configures the root logger; ours is put back

    root.setLevel(level)
    root.handlers[:] = handlers
    return wordllama.WordLlama.load(cache_dir=Path(wordllama.__file__).parent, dim=DIMENSIONS, disable_download=True)
