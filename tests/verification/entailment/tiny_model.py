"""A real ONNX model of a few bytes: each word has three logits, and a text has the highest of its words'.

Written as protobuf by hand, as the format's description (onnx.proto3) has it, so that no package is needed to make it.
"""

import json
from pathlib import Path

import numpy as np

LABELS = ("contradiction", "entailment", "neutral")
WORDS = {
    "[PAD]": (-9, -9, -9),
    "[UNK]": (0, 0, 0),
    "match": (0, 5, 0),
    "clash": (5, 0, 0),
    "vague": (0, 0, 5),
}
"""The logits of each word, in the order of LABELS."""


def write(folder: Path, labels: tuple[str, ...] = LABELS) -> Path:
    """A folder as exported from Hugging Face."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer(models.WordLevel({word: k for k, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps({"id2label": {str(k): label for k, label in enumerate(labels)}}))
    (folder / "model.onnx").write_bytes(_model())
    return folder


def _model() -> bytes:
    table = np.array(list(WORDS.values()), np.float32)
    tensor = (
        b"".join(map(_number, (1, 1), table.shape)) + _number(2, 1) + _bytes(8, b"table") + _bytes(9, table.tobytes())
    )
    attributes = _attribute(b"axes", 8, 1, 7) + _attribute(b"keepdims", 3, 0, 2)
    graph = (
        _bytes(1, _node(b"Gather", (b"table", b"input_ids"), b"each"))
        + _bytes(1, _node(b"ReduceMax", (b"each",), b"logits", attributes))
        + _bytes(2, b"tiny")
        + _bytes(5, tensor)
        + _bytes(11, _value(b"input_ids", 7, (b"n", b"w")))
        + _bytes(12, _value(b"logits", 1, (b"n", 3)))
    )
    return _number(1, 8) + _bytes(8, _bytes(1, b"") + _number(2, 13)) + _bytes(7, graph)


def _node(operator: bytes, inputs: tuple[bytes, ...], output: bytes, attributes: bytes = b"") -> bytes:
    return b"".join(_bytes(1, name) for name in inputs) + _bytes(2, output) + _bytes(4, operator) + attributes


def _attribute(name: bytes, field: int, value: int, kind: int) -> bytes:
    return _bytes(5, _bytes(1, name) + _number(field, value) + _number(20, kind))


def _value(name: bytes, kind: int, shape: tuple[bytes | int, ...]) -> bytes:
    dims = [_bytes(1, _number(1, d) if isinstance(d, int) else _bytes(2, d)) for d in shape]
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, b"".join(dims))))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])
