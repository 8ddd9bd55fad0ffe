"""The stage: which way a row is answered, the round trip, and that every row is accounted for."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tasks.answers import Answers, compute
from tasks.core.errors import BadInput
from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE
from tasks.pipeline import ledger
from tasks.teachers import Budget, TeacherSettings
from tests.servers.models import ModelServer
from tests.teachers.prompts.material import chunks_of, examples_of

TEXTS = (
    'The "while" statement is used for repeated execution. It ends when the expression is false.',
    "Simmer the onions slowly until they are golden. Then add the wine.",
    "Dictionaries preserve insertion order. Keys come in the order in which they were added.",
    "A stack trace shows the most recent frame at the bottom. It names every caller.",
)
CHUNKS = chunks_of(*TEXTS)
ONIONS = [{"chunk_id": "c1", "start": 0, "end": TEXTS[1].index(" Then")}]


def run(seeds: pa.Table, folder: Path, teacher: TeacherSettings = TeacherSettings(), **params: Any) -> Outcome:  # noqa: B008
    outcome = compute(seeds, CHUNKS, Answers.model_validate(params), teacher, Budget(), Tools("key", folder))
    ledger.balance("answers", seeds, outcome)
    return outcome


def test_marked_evidence_is_the_answer(tmp_path: Path) -> None:
    outcome = run(examples_of("How do I simmer onions?", evidence=ONIONS, origin="synthetic"), tmp_path)
    (row,) = outcome.kept.to_pylist()
    assert row["response"] == "Simmer the onions slowly until they are golden."
    assert (row["evidence"], row["answer_method"], row["origin"]) == (ONIONS, "extractive", "synthetic")
    assert outcome.kept.schema == EXAMPLE


def test_a_question_that_does_not_find_its_passage_is_rejected_with_its_rank(tmp_path: Path) -> None:
    seeds = examples_of("What is the `while` statement used for?", evidence=ONIONS)
    (row,) = run(seeds, tmp_path, top_k=1).rejected.to_pylist()
    assert row["reason"] == "not_retrieved"
    assert int(row["detail"]) > 1
    assert row["response"] == "Simmer the onions slowly until they are golden."  # what a reader of rejects wants to see
    assert run(seeds, tmp_path, top_k=4).kept.num_rows == 1


def test_any_passage_that_holds_the_answer_will_do(tmp_path: Path) -> None:
    """Manuals repeat themselves: the same sentence found in another chunk is as good."""
    twice = chunks_of("Onions. " * 40 + TEXTS[1], *TEXTS[1:])
    seeds = examples_of(
        "How slowly do I simmer the onions until golden?",
        evidence=[ONIONS[0] | {"chunk_id": "c0", "start": 320, "end": 320 + ONIONS[0]["end"]}],
    )
    outcome = compute(seeds, twice, Answers(top_k=1), TeacherSettings(), Budget(), Tools("key", tmp_path))
    assert outcome.kept["response"].to_pylist() == ["Simmer the onions slowly until they are golden."]


def test_without_marked_evidence_the_fitting_sentence_answers_or_none_does(tmp_path: Path) -> None:
    seeds = examples_of("Do dictionaries preserve insertion order?", "Who won the battle of Hastings?")
    outcome = run(seeds, tmp_path)
    (row,) = outcome.kept.to_pylist()
    assert row["response"].startswith("Dictionaries preserve insertion order.")
    assert (row["evidence"][0]["chunk_id"], row["answer_method"]) == ("c2", "extractive")
    assert outcome.rejected.select(["example_id", "reason"]).to_pylist() == [
        {"example_id": "e1", "reason": "no_answer_found"}
    ]


def test_a_passage_that_a_human_wrote_stays_a_humans(tmp_path: Path) -> None:
    seeds = examples_of("Describe onions.", method="reverse", response=TEXTS[1], origin="human", evidence=ONIONS)
    (row,) = run(seeds, tmp_path).kept.to_pylist()
    assert (row["response"], row["answer_method"], row["origin"]) == (TEXTS[1], "human", "human")


def test_a_teacher_answers_only_what_rules_cannot(model_server: ModelServer, tmp_path: Path) -> None:
    both = "Onions are simmered slowly until golden, dictionaries preserve insertion order [1]."
    model_server.reply = lambda _seen: {"answer": both, "citations": [1], "abstain": False}
    teacher = TeacherSettings(provider="openai", model="m", base_url=model_server.openai_url)
    marked = examples_of("How do I simmer onions?", evidence=ONIONS).to_pylist()
    asked = examples_of("Tell me about the order of dictionaries").to_pylist()
    seeds = pa.Table.from_pylist([*asked, {**marked[0], "example_id": "e9"}], schema=EXAMPLE)
    rows = run(seeds, tmp_path, teacher).kept.to_pylist()
    assert [(row["example_id"], row["answer_method"]) for row in rows] == [("e0", "rag"), ("e9", "extractive")]
    assert rows[0]["evidence"][0]["chunk_id"] == "c2"
    assert model_server.requests == 1
    assert [row["answer_method"] for row in run(seeds, tmp_path, teacher, method="rag").kept.to_pylist()] == [
        "rag",
        "rag",
    ]
    assert {row["answer_method"] for row in run(seeds, tmp_path, teacher, method="extractive").kept.to_pylist()} == {
        "extractive"
    }


def test_rag_needs_a_teacher(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"teacher\.provider"):
        run(examples_of("Why?"), tmp_path, method="rag")


def test_the_same_rows_whatever_their_company(tmp_path: Path) -> None:
    questions = [
        "Do dictionaries preserve insertion order?",
        "What is repeated execution?",
        "What does a stack trace show?",
    ]
    seeds = examples_of(*questions)
    together = run(seeds, tmp_path)
    alone = [run(seeds.slice(i, 1), tmp_path) for i in range(len(questions))]
    assert pa.concat_tables([outcome.kept for outcome in alone]).equals(together.kept)


def test_nothing_in_nothing_out(tmp_path: Path) -> None:
    outcome = run(EXAMPLE.empty_table(), tmp_path)
    assert (outcome.kept.num_rows, outcome.rejected.num_rows, outcome.failed.num_rows) == (0, 0, 0)


def test_a_prompt_text_of_ones_own_asks_and_stands_on_the_row(model_server: ModelServer, tmp_path: Path) -> None:
    (tmp_path / "brief.md").write_text("Be brief. {{persona}}\n---\nMark: {{fence}}\n{{passages}}\n{{instruction}}")
    model_server.reply = lambda _seen: {"answer": "Simmer them slowly [1].", "citations": [1], "abstain": False}
    teacher = TeacherSettings(provider="openai", model="m", base_url=model_server.openai_url)
    own = {"answer": tmp_path / "brief.md"}
    outcome = run(examples_of("How do I simmer onions?"), tmp_path, teacher, method="rag", prompts=own)
    assert model_server.seen[0].system.startswith("Be brief.")
    assert [source[:9] for source in outcome.kept["prompt_source"].to_pylist()] == ["brief.md@"]
