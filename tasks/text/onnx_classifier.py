"""A text classifier in a folder with `model.onnx`, `tokenizer.json` and `config.json`, as exported from Hugging Face.

`config.json` names the labels (`id2label`). Needs the package `onnxruntime`, which is not installed by default. The file's bytes
are what is trusted, not its maker: onnxruntime executes operators, no code that a model brings along.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from tasks.core.errors import BadInput

_FILES: Final = ("model.onnx", "tokenizer.json", "config.json")

Logits = np.ndarray[tuple[int, int], np.dtype[np.float64]]


class OnnxClassifier:
    """A classifier, loaded. `labels` are its labels in the order of its outputs, `config` is its whole configuration."""

    def __init__(self, folder: Path, setting: str) -> None:
        """setting: what the recipe calls the folder, for errors. Raises BadInput if a file or the package is missing."""
        for name in _FILES:
            if not (folder / name).is_file():
                raise BadInput(f"{setting}: {folder} holds no {name}; export the model to ONNX with its tokenizer")
        self.config: dict[str, Any] = json.loads((folder / "config.json").read_text("utf-8"))
        named = self.config.get("id2label") or {}
        self.labels = [str(named[key]) for key in sorted(named, key=int)]
        try:
            from onnxruntime import InferenceSession
            from tokenizers import Tokenizer
        except ImportError as error:
            raise BadInput(f"{setting}: the package {error.name} is not installed; pip install {error.name}") from None
        try:
            self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._session = InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
        except Exception as error:  # both libraries raise plain exceptions of many kinds
            raise BadInput(f"{setting}: {folder} cannot be loaded ({str(error)[:200]})") from None
        self.tokenizer.no_padding()
        self._wanted = {given.name for given in self._session.get_inputs()}

    def logits(self, texts: Sequence[str | tuple[str, str]], max_tokens: int, batch: int) -> Logits:
        """The outputs for each text or pair of texts, of which `max_tokens` tokens are read, `batch` at a time; shape (n, labels).

        Texts of like length go together, so that little is padding.
        """
        self.tokenizer.enable_truncation(max_tokens)
        self.tokenizer.enable_padding(pad_id=int(self.config.get("pad_token_id") or 0))
        order = sorted(range(len(texts)), key=lambda k: len("".join(texts[k])))
        found: Logits | None = None
        for at in range(0, len(order), batch):
            rows = order[at : at + batch]
            logits = self._run(self.tokenizer.encode_batch([texts[row] for row in rows]))
            if found is None:
                found = np.zeros((len(texts), logits.shape[1]))
            found[rows] = logits
        return np.zeros((0, len(self.labels))) if found is None else found

    def _run(self, encoded: Sequence[Any]) -> Logits:
        inputs = {
            "input_ids": np.array([one.ids for one in encoded], np.int64),
            "attention_mask": np.array([one.attention_mask for one in encoded], np.int64),
            "token_type_ids": np.array([one.type_ids for one in encoded], np.int64),
        }
        outputs = self._session.run(None, {name: value for name, value in inputs.items() if name in self._wanted})
        return np.asarray(outputs[0], np.float64)


def softmax(logits: Logits) -> Logits:
    """Probabilities of labels that exclude each other."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def sigmoid(logits: Logits) -> Logits:
    """Probabilities of labels of which several may hold at once."""
    return np.asarray(1 / (1 + np.exp(-logits)))
