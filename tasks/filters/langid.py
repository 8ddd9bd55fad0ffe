"""py3langid's answer about many texts at once: its own model and its own sums, behind a compiled walk over the letters."""

import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa

from tasks.text.columns import utf8

_FEW: Final = 32
"""Texts up to which py3langid is asked itself, which is sooner done than a compiler is loaded."""


class Model(NamedTuple):
    """What py3langid's identifier holds, as arrays."""

    moves: np.ndarray[tuple[int], Any]
    """The next state, at 256 times the state's row plus the byte."""
    rows: np.ndarray[tuple[int], Any]
    """States that lead to the same ones share a row of `moves`."""
    features: np.ndarray[tuple[int], np.dtype[np.int64]]
    """The feature that is found with a state, or -1."""
    weights: np.ndarray[tuple[int, int], Any]
    """Of features, by language (naive Bayes, in logarithms)."""
    priors: np.ndarray[tuple[int], Any]
    languages: list[str]


def languages(texts: Sequence[str]) -> list[str]:
    """The language of each text, by its ISO 639 code, as `py3langid.classify` gives it."""
    if len(texts) <= _FEW:
        return [str(_identifier().classify(text)[0]) for text in texts]
    from tasks.filters.langid_kernel import visited

    model = _model()
    data, offsets = utf8(pa.array(map(_read, texts), pa.large_string()))
    seen, found, counts = (np.zeros(size, np.int64) for size in (len(model.weights), len(data), len(data)))
    begins = visited(data, offsets, model.moves, model.rows, model.features, seen, found, counts).tolist()
    parts = (slice(*ends) for ends in pairwise(begins))
    return [_likeliest(model, found[part], counts[part].astype(np.float32)) for part in parts]


def _likeliest(model: Model, found: np.ndarray[Any, Any], counts: np.ndarray[Any, Any]) -> str:
    if not len(found):
        return model.languages[0]  # as py3langid says of a text of which it knows nothing
    return model.languages[int((np.log1p(counts) @ model.weights[found] + model.priors).argmax())]


def _read(text: str) -> str:
    """`text` in the form in which py3langid reads it."""
    return unicodedata.normalize("NFC", text.lower() if text.isupper() else text)


@cache
def _identifier() -> Any:
    from py3langid import langid

    return langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)


@cache
def _model() -> Model:
    held = _identifier()
    moves, rows, features = (np.asarray(part) for part in (held.tk_nextmove, held.tk_row, held.tk_output))
    return Model(moves, rows, features.astype(np.int64), held.nb_ptc, held.nb_pc, held.nb_classes)
