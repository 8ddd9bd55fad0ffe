"""A neural classifier as judge: a folder with `model.onnx`, `tokenizer.json` and `config.json`, as exported from Hugging Face.

`config.json` names the categories (`id2label`) and says with `problem_type` whether they exclude each other. Needs the
package `onnxruntime`, which is not installed by default.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
from pydantic import Field

from tasks.core.errors import BadInput
from tasks.core.params import CONTENT, NOT_IN_KEY, Params
from tasks.filters.toxicity.packaged import Scores

_FILES: Final = ("model.onnx", "tokenizer.json", "config.json")


class Neural(Params):
    """Which model, and how much of a text it reads."""

    folder: Annotated[Path, CONTENT]
    """Folder with the model's weights, configuration and tokenizer."""
    ignored: tuple[str, ...] = ()
    """Labels that are no category, such as "neutral" or "LABEL_0" of a model that has one for harmless texts."""
    max_tokens: Annotated[int, Field(ge=8)] = 512
    """Tokens of a text that are read; the rest of a longer text is not."""
    batch: Annotated[int, NOT_IN_KEY, Field(ge=1)] = 32
    """Texts classified at once."""


def scores(texts: Sequence[str], neural: Neural) -> dict[str, Scores]:
    """Category → probability for each text. Raises BadInput if a file or the package is missing."""
    labels, multiple = _labels(neural.folder)
    session, tokenizer = _opened(neural)
    order = sorted(range(len(texts)), key=lambda k: len(texts[k]))  # texts of one length need little padding
    found = np.zeros((len(texts), len(labels)))
    wanted = {given.name for given in session.get_inputs()}
    for at in range(0, len(order), neural.batch):
        rows = order[at : at + neural.batch]
        encoded = tokenizer.encode_batch([texts[row] for row in rows])
        inputs = {
            "input_ids": np.array([one.ids for one in encoded], np.int64),
            "attention_mask": np.array([one.attention_mask for one in encoded], np.int64),
            "token_type_ids": np.array([one.type_ids for one in encoded], np.int64),
        }
        logits = session.run(None, {name: value for name, value in inputs.items() if name in wanted})[0]
        found[rows] = _probabilities(np.asarray(logits, np.float64), multiple)
    return {label: found[:, k] for k, label in enumerate(labels) if label not in neural.ignored}


def _probabilities(logits: Any, multiple: bool) -> Any:
    """Sigmoid where several labels may hold at once, softmax where one does."""
    if multiple or logits.shape[1] == 1:
        return 1 / (1 + np.exp(-logits))
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _labels(folder: Path) -> tuple[list[str], bool]:
    for name in _FILES:
        if not (folder / name).is_file():
            raise BadInput(
                f"filters.toxicity.neural: {folder} holds no {name}; export the model to ONNX with its tokenizer"
            )
    config = json.loads((folder / "config.json").read_text("utf-8"))
    labels = config.get("id2label") or {"0": "toxic"}
    return [str(labels[key]) for key in sorted(labels, key=int)], config.get(
        "problem_type"
    ) == "multi_label_classification"


def _opened(neural: Neural) -> tuple[Any, Any]:
    try:
        from onnxruntime import InferenceSession
        from tokenizers import Tokenizer
    except ImportError as error:
        raise BadInput(
            f"filters.toxicity.neural: the package {error.name} is not installed; pip install {error.name}"
        ) from None
    tokenizer = Tokenizer.from_file(str(neural.folder / "tokenizer.json"))
    tokenizer.enable_truncation(neural.max_tokens)
    tokenizer.enable_padding()
    return InferenceSession(str(neural.folder / "model.onnx"), providers=["CPUExecutionProvider"]), tokenizer
