"""A model in a folder and one behind an address judge claims; long passages are read in windows, the best of which counts."""

import json
import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.errors import BadInput, TeacherDown
from tasks.verification.entailment.entailment_model import (
    EndpointClaims,
    EntailmentEndpoint,
    EntailmentModel,
    OnnxClaims,
    spans_of,
)
from tasks.verification.entailment.judgement import ClaimQuestion
from tests.servers.loopback import Asked, answering
from tests.verification.entailment.tiny_model import write

SURE = math.exp(5) / (math.exp(5) + 2)
"""The probability of a label whose logit is 5 where the two others are 0."""


def test_a_models_probabilities_are_those_of_its_logits(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason="an extra")
    judge = OnnxClaims(EntailmentModel(folder=write(tmp_path), batch=2))
    found = judge.judge(
        [ClaimQuestion("a match", "b"), ClaimQuestion("a", "clash b"), ClaimQuestion("vague text of words", "c")]
    )
    assert [one.entailed for one in found] == pytest.approx([SURE, (1 - SURE) / 2, (1 - SURE) / 2])
    assert [one.contradicted for one in found] == pytest.approx([(1 - SURE) / 2, SURE, (1 - SURE) / 2])
    assert {one.by for one in found} == {"model"}


@settings(max_examples=40)
@given(before=st.integers(0, 300), claim=st.integers(1, 40))
def test_a_word_that_decides_is_found_wherever_it_stands(
    tmp_path_factory: pytest.TempPathFactory, before: int, claim: int
) -> None:
    pytest.importorskip("onnxruntime", reason="an extra")
    folder = tmp_path_factory.getbasetemp() / "tiny"
    params = EntailmentModel(folder=folder if folder.exists() else write(folder), max_tokens=64)
    passage = " ".join(["word"] * before + ["match"] + ["word"] * (300 - before))
    (found,) = OnnxClaims(params).judge([ClaimQuestion(passage, " ".join(["claim"] * claim))])
    assert found.entailed == pytest.approx(SURE)


@given(length=st.integers(0, 5000), room=st.integers(1, 600))
def test_windows_cover_everything_and_overlap(length: int, room: int) -> None:
    windows = spans_of(length, room)
    assert windows[0][0] == 0
    assert windows[-1][1] == length
    assert all(last - first <= max(room, 1) for first, last in windows)
    assert all(later[0] < earlier[1] or room == 1 for earlier, later in pairwise(windows))


def test_a_model_that_is_none_of_entailment_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason="an extra")
    write(tmp_path, ("LABEL_0", "LABEL_1", "LABEL_2"))
    with pytest.raises(BadInput, match=r"LABEL_1.*is 'entailment'"):
        OnnxClaims(EntailmentModel(folder=tmp_path))
    judge = OnnxClaims(EntailmentModel(folder=tmp_path, entailment_label="label_1", contradiction_label="label_0"))
    assert judge.judge([ClaimQuestion("clash", "a")])[0].contradicted == pytest.approx(SURE)
    (tmp_path / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(BadInput, match="cannot be loaded"):
        OnnxClaims(EntailmentModel(folder=tmp_path))
    (tmp_path / "model.onnx").unlink()
    with pytest.raises(BadInput, match=r"holds no model\.onnx"):
        OnnxClaims(EntailmentModel(folder=tmp_path))


def test_another_model_is_another_key(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    before = EntailmentModel(folder=tmp_path).identity()
    (tmp_path / "config.json").write_text("[]")
    assert EntailmentModel(folder=tmp_path).identity() != before


def test_a_server_gets_pairs_and_the_best_window_counts() -> None:
    asked: list[tuple[str, dict]] = []

    def answer(request: Asked) -> tuple[int, bytes]:
        body = json.loads(request.body)
        asked.append((request.path, body))
        likely = [0.9 if "match" in passage else 0.1 for passage, _ in body["inputs"]]
        found = [
            [{"label": "ENTAILMENT", "score": one}, {"label": "contradiction", "score": 1 - one}] for one in likely
        ]
        return 200, json.dumps(found).encode()

    long = " ".join(["word"] * 70 + ["match"] + ["word"] * 70)
    with answering(answer) as url:
        params = EntailmentEndpoint(base_url=url, window_words=20, pairs_per_request=3, concurrency=2)
        found = EndpointClaims(params).judge(
            [ClaimQuestion(long, "It is so."), ClaimQuestion("other", "It.", "Is it?")]
        )
    assert [one.entailed for one in found] == [0.9, 0.1]
    assert {path for path, _ in asked} == {"/predict"}
    assert max(len(body["inputs"]) for _, body in asked) == 3
    assert ["other", "Is it? It."] in [pair for _, body in asked for pair in body["inputs"]]


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"[[{}]]", b'[[{"label": "entailment", "score": 7}]]', b"{}"])
def test_what_is_no_classifier_is_not_taken_for_one(body: bytes) -> None:
    with answering(lambda _: (200, body)) as url, pytest.raises(TeacherDown, match="predict"):
        EndpointClaims(EntailmentEndpoint(base_url=url)).judge([ClaimQuestion("a", "b")])


def test_a_server_elsewhere_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENTAILMENT_API_KEY", raising=False)
    with pytest.raises(BadInput, match="set ENTAILMENT_API_KEY"):
        EndpointClaims(EntailmentEndpoint(base_url="https://models.example.com"))
