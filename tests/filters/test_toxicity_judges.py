"""A moderation endpoint is asked as OpenAI's is, over real HTTP; a model's folder is checked before it is opened."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tasks.core.errors import BadInput, TeacherDown
from tasks.filters.contract import FilterContext
from tasks.filters.toxicity.endpoint import Endpoint, scores
from tasks.filters.toxicity.neural import Neural
from tasks.filters.toxicity.neural import scores as neural_scores
from tasks.filters.toxicity.toxicity import Toxicity, compute
from tests.servers.loopback import Asked, answering


@dataclass
class Moderation:
    """A server that finds "hate" in texts that say hate and "violence" in those that say hit; first answers `troubles`."""

    troubles: list[tuple[int, bytes]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    url: str = ""

    def answer(self, body: dict[str, Any]) -> bytes:
        results = [
            {"category_scores": {"hate": 0.9 * ("hate" in t), "violence": 0.6 * ("hit" in t)}} for t in body["input"]
        ]
        return json.dumps({"results": results}).encode()


@pytest.fixture
def server() -> Iterator[Moderation]:
    state = Moderation()

    def answer(asked: Asked) -> tuple[int, bytes]:
        body = json.loads(asked.body)
        state.asked.append(body | {"path": asked.path})
        state.keys.append(asked.headers["Authorization"])
        return state.troubles.pop(0) if state.troubles else (200, state.answer(body))

    with answering(answer) as url:
        state.url = f"{url}/v1"
        yield state


def test_each_category_has_its_threshold(server: Moderation, filtered, context: FilterContext) -> None:
    rows = filtered(
        {"response": "calm"},
        {"response": "I hate you"},
        {"history": [{"role": "assistant", "content": "I hit him"}], "response": "calm"},
        {"response": "hit and hate"},
    )
    params = Toxicity(threshold=0.95, thresholds={"hate": 0.8, "violence": 0.7}, endpoint=Endpoint(base_url=server.url))
    verdict = compute(rows, params, context)
    assert verdict.detail.to_pylist() == [None, "hate 0.90", None, "hate 0.90"]
    assert verdict.columns["toxicity"].to_pylist() == [0.0, 0.9, 0.6, 0.9]
    everything = compute(rows, params.model_copy(update={"thresholds": {"violence": 0.5}}), context)
    assert everything.detail.to_pylist() == [None, None, "violence 0.60", "violence 0.60"]
    assert {asked["path"] for asked in server.asked} == {"/v1/moderations"}
    assert {asked["model"] for asked in server.asked} == {"omni-moderation-latest"}


def test_texts_are_sent_once_in_batches_and_come_back_in_order(server: Moderation) -> None:
    texts = [f"{'hate' if n % 3 == 0 else 'calm'} {n}" for n in range(50)]
    found = scores([*texts, "", *texts], Endpoint(base_url=server.url, texts_per_request=8))
    assert found["hate"].tolist() == [0.9 * (n % 3 == 0) for n in range(50)] + [0] + [
        0.9 * (n % 3 == 0) for n in range(50)
    ]
    assert sorted(text for asked in server.asked for text in asked["input"]) == sorted(texts)
    assert max(len(asked["input"]) for asked in server.asked) == 8


def test_the_key_comes_from_the_environment(server: Moderation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODERATION_KEY", "k-123")
    scores(["a"], Endpoint(base_url=server.url, key_variable="MODERATION_KEY"))
    assert server.keys == ["Bearer k-123"]
    monkeypatch.delenv("MODERATION_KEY")
    with pytest.raises(BadInput, match="set MODERATION_KEY"):
        scores(["a"], Endpoint(base_url="https://api.example.com/v1", key_variable="MODERATION_KEY"))


def test_passing_trouble_is_asked_again_lasting_trouble_is_said_in_one_line(server: Moderation) -> None:
    server.troubles = [(503, b""), (429, b"")]
    assert scores(["hate"], Endpoint(base_url=server.url))["hate"].tolist() == [0.9]
    assert len(server.asked) == 3
    server.troubles = [(400, b"{}")]
    with pytest.raises(TeacherDown, match="it answered 400"):
        scores(["a"], Endpoint(base_url=server.url))
    server.troubles = [(401, b"{}")]
    with pytest.raises(BadInput, match="refuses the key"):
        scores(["a"], Endpoint(base_url=server.url))


@pytest.mark.parametrize(
    "answer",
    [
        b"<html>",
        b"{}",
        b'{"results": []}',
        b'{"results": [{}]}',
        b'{"results": [{"category_scores": {"hate": 7}}]}',
        b'{"results": [{"category_scores": {"hate": 1%b}}]}' % (b"0" * 400),
        b"[" * 100_000,
    ],
)
def test_what_is_no_moderation_is_not_taken_for_one(server: Moderation, answer: bytes) -> None:
    server.troubles = [(200, answer)]
    with pytest.raises(TeacherDown):
        scores(["a"], Endpoint(base_url=server.url))


def test_settings_are_checked_and_belong_to_the_key(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="holds no key"):
        Endpoint(base_url="https://user:secret@host/v1")
    with pytest.raises(ValidationError, match="either an endpoint or"):
        Toxicity(endpoint=Endpoint(), neural=Neural(folder=tmp_path))
    (tmp_path / "config.json").write_text("{}")
    before = Toxicity(neural=Neural(folder=tmp_path)).identity()
    (tmp_path / "config.json").write_text('{"id2label": {}}')
    assert Toxicity(neural=Neural(folder=tmp_path)).identity() != before
    with pytest.raises(BadInput, match=r"holds no model\.onnx"):
        neural_scores(["a"], Neural(folder=tmp_path))


def test_a_model_on_disk_is_asked(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason="optional: pip install onnxruntime onnx")
    onnx = pytest.importorskip("onnx")
    from tokenizers import Tokenizer, models, pre_tokenizers

    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "hate": 1, "calm": 2}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    config = {"id2label": {"0": "hate", "1": "fine"}, "problem_type": "multi_label_classification"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    h, t = onnx.helper, onnx.TensorProto
    table = onnx.numpy_helper.from_array(np.array([[-5, 0], [5, 0], [-5, 5]], np.float32), "table")
    nodes = [
        h.make_node("Gather", ["table", "input_ids"], ["each"]),
        h.make_node("ReduceMax", ["each"], ["logits"], axes=[1], keepdims=0),
    ]
    inputs = [h.make_tensor_value_info("input_ids", t.INT64, ["n", "w"])]
    outputs = [h.make_tensor_value_info("logits", t.FLOAT, ["n", 2])]
    model = h.make_model(
        h.make_graph(nodes, "tiny", inputs, outputs, [table]), opset_imports=[h.make_opsetid("", 13)], ir_version=8
    )
    onnx.save(model, str(tmp_path / "model.onnx"))
    found = neural_scores(["calm calm calm", "hate", "calm hate"], Neural(folder=tmp_path, ignored=("fine",), batch=2))
    assert list(found) == ["hate"]
    assert (found["hate"] > 0.5).tolist() == [False, True, True]
