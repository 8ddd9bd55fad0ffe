"""A neural classifier as judge: a folder with `model.onnx`, `tokenizer.json` and `config.json`, as exported from Hugging Face.

`config.json` names the categories (`id2label`) and says with `problem_type` whether they exclude each other. Needs the
package `onnxruntime`, which is not installed by default.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field

from tasks.core.params import CONTENT, NOT_IN_KEY, Params
from tasks.filters.toxicity.packaged import Scores
from tasks.text.onnx_classifier import OnnxClassifier, sigmoid, softmax


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
    model = OnnxClassifier(neural.folder, "filters.toxicity.neural")
    logits = model.logits(texts, neural.max_tokens, neural.batch)
    multiple = model.config.get("problem_type") == "multi_label_classification" or logits.shape[1] == 1
    found = sigmoid(logits) if multiple else softmax(logits)
    return {label: found[:, k] for k, label in enumerate(model.labels or ["toxic"]) if label not in neural.ignored}
