"""How many tokens texts have, by the tokenizer of the model that is to be trained or by the packaged one."""

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from tasks.core.errors import BadInput
from tasks.text.columns import Texts, plain
from tasks.text.embeddings import packaged_tokenizer

Counts = np.ndarray[tuple[int], np.dtype[np.int64]]
_AT_ONCE: Final = 1024
"""Texts tokenised together: their tokens are in memory at the same time."""


def token_counts(texts: Texts, tokenizer: Path | None = None) -> Counts:
    """Tokens of each text, without those that a chat template adds; 0 for null.

    tokenizer: a `tokenizer.json`; None: the packaged one, Llama 2's, of 32,000 tokens. Tokenizers with more tokens need fewer
    of them for the same text. BadInput where the file cannot be read as one.
    """
    column: pa.LargeStringArray = plain(texts)
    count = packaged_tokenizer() if tokenizer is None else _read(str(tokenizer))
    parts = [
        [
            len(one.ids)
            for one in count.encode_batch_fast(column.slice(at, _AT_ONCE).to_pylist(), add_special_tokens=False)
        ]
        for at in range(0, len(column), _AT_ONCE)
    ]
    return np.array([size for part in parts for size in part], np.int64)


@lru_cache(maxsize=2)
def _read(path: str) -> Any:
    from tokenizers import Tokenizer

    try:
        found = Tokenizer.from_file(path)
    except Exception as error:  # the library raises nothing narrower
        raise BadInput(f"{path} is not a tokenizer.json: {error}") from None
    found.no_padding()
    found.no_truncation()
    return found
