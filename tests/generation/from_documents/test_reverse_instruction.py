import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE
from tasks.generation.from_documents.reverse_instruction import PROMPTS, ReverseInstruction, make, self_contained
from tasks.generation.method import Inputs
from tasks.pipeline import ledger
from tasks.teachers.prompts import load
from tests.servers.models import ModelServer
from tests.servers.wire import Reply, Seen
from tests.teachers.prompts.material import both_protocols, chunks_of, teacher_at

PASSAGE = (
    "Mr. Bennet was so odd a mixture of quick parts, sarcastic humour, reserve, and caprice, that the experience of "
    "three-and-twenty years had been insufficient to make his wife understand his character. Her mind was less difficult to "
    "develop. She was a woman of mean understanding, little information, and uncertain temper."
)
GOOD = {"self_contained": True, "instruction": "Portray Mr. and Mrs. Bennet.", "category": "explanation"}


def run(server: ModelServer, folder: Path, chunks: pa.Table, provider: str = "openai", **params: Any) -> Outcome:
    with teacher_at(server, folder, provider) as teacher:
        outcome = make(Inputs(chunks), ReverseInstruction(**params), teacher, Tools("key", folder))
    ledger.balance("seeds", chunks.slice(0, 0), outcome)
    return outcome


@both_protocols
def test_the_passage_is_the_response(model_server: ModelServer, tmp_path: Path, provider: str) -> None:
    model_server.reply = lambda _seen: GOOD
    outcome = run(model_server, tmp_path, chunks_of(f"\n{PASSAGE}\n"), provider)
    (row,) = outcome.kept.to_pylist()
    assert (row["instruction"], row["response"]) == (GOOD["instruction"], PASSAGE)
    assert row["evidence"] == [{"chunk_id": "c0", "start": 1, "end": 1 + len(PASSAGE)}]
    assert (row["origin"], row["method"], row["answer_method"]) == ("human", "reverse_instruction", "human")
    assert (row["parent_id"], row["source"], row["licence"]) == ("c0", "book", "public domain")
    assert (row["teacher"], row["prompt_source"]) == (f"{provider}/test-model", load(*PROMPTS).mark)
    assert (row["generation"], len(row["requests"])) == (1, 1)
    assert outcome.kept.schema == EXAMPLE


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        (PASSAGE, True),
        ("“It is a truth universally acknowledged.”", False),
        ("A generator yields. It stops.", True),
        ("3 methods exist.", True),
        ("He was proud.", False),
        ("However, it stops.", False),
        ("For example, it stops.", False),
        ("and then it stops.", False),
        ("Generators are these:", False),
        ("Italy is far away.", True),
        ("Sofas are soft.", True),
    ],
)
def test_self_contained(text: str, whole: bool) -> None:
    assert self_contained(text) is whole


def test_only_fitting_passages_are_asked_about(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.reply = lambda _seen: GOOD
    chunks = pa.concat_tables(
        [
            chunks_of("Mr. Bennet was odd.", f"He said: {PASSAGE}", " ".join([PASSAGE] * 10)),
            chunks_of(PASSAGE, kind="code"),
            chunks_of(PASSAGE, flags=["instruction_like"]),
        ]
    )
    assert run(model_server, tmp_path, chunks).kept.num_rows == 0
    assert model_server.requests == 0


def test_every_passage_asked_about_is_accounted_for(model_server: ModelServer, tmp_path: Path) -> None:
    replies: dict[str, Any] = {
        "Alpha": GOOD,
        "Beta": {"self_contained": False, "instruction": "", "category": "summary"},
        "Gamma": GOOD | {"instruction": "instruction"},
        "Delta": GOOD | {"instruction": "Tell how the experience of three-and-twenty years had been insufficient."},
        "Epsilon": GOOD | {"instruction": "What does the passage say about Mr. Bennet?"},
        "Zeta": Reply(text="", finish="content_filter"),
        "Eta": Reply(status=400, message="not accepted"),
        "Theta": "garbage",
    }

    def reply(seen: Seen) -> Any:
        return replies[re.findall(r"Named (\w+),", str(seen.body["messages"]))[0]]

    model_server.reply = reply
    outcome = run(model_server, tmp_path, chunks_of(*(f"Named {name}, {PASSAGE}" for name in replies)))
    assert outcome.kept["parent_id"].to_pylist() == ["c0"]
    assert outcome.rejected["reason"].to_pylist() == [
        "not_self_contained",
        "too_short",
        "echo",
        "prompt_leakage",
        "refusal",
    ]
    assert outcome.failed["parent_id"].to_pylist() == ["c6", "c7"]


def test_a_drawn_passage_stays_drawn_when_others_join(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.reply = lambda _seen: GOOD
    chunks = chunks_of(*(f"Number {i}. {PASSAGE}" for i in range(20)))
    few = set(run(model_server, tmp_path, chunks.slice(0, 15), most=5).kept["parent_id"].to_pylist())
    all_ = set(run(model_server, tmp_path, chunks, most=5).kept["parent_id"].to_pylist())
    assert len(few) == len(all_) == 5
    newcomers = all_ & {f"c{i}" for i in range(15, 20)}
    assert all_ - newcomers <= few
