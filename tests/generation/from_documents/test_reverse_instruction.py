import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tasks.core.outcome import Outcome
from tasks.generation.from_documents.human_passages import self_contained
from tasks.generation.from_documents.reverse_instruction import PROMPTS, ReverseInstruction
from tasks.teachers.prompts import load
from tasks.text.token_counts import token_counts
from tests.generation.from_documents.documents import documents_of
from tests.generation.making import made
from tests.servers.models import ModelServer
from tests.servers.wire import Reply, Seen
from tests.teachers.prompts.material import both_protocols, chunks_of

PASSAGE = (
    "Mr. Bennet was so odd a mixture of quick parts, sarcastic humour, reserve, and caprice, that the experience of "
    "three-and-twenty years had been insufficient to make his wife understand his character. Her mind was less difficult to "
    "develop. She was a woman of mean understanding, little information, and uncertain temper."
)
GOOD = {"self_contained": True, "instruction": "Portray Mr. and Mrs. Bennet.", "category": "explanation"}


def run(server: ModelServer, folder: Path, chunks: pa.Table, provider: str = "openai", **params: Any) -> Outcome:
    settings = ReverseInstruction.model_validate({"min_fit": 0, **params})
    return made(server, folder, settings, documents=chunks, provider=provider)


@both_protocols
def test_the_passage_is_the_response(model_server: ModelServer, tmp_path: Path, provider: str) -> None:
    model_server.reply = lambda _seen: GOOD
    outcome = run(model_server, tmp_path, chunks_of(f"\n{PASSAGE}\n"), provider)
    (row,) = outcome.kept.to_pylist()
    assert (row["instruction"], row["response"]) == (GOOD["instruction"], PASSAGE)
    assert row["evidence"] == [{"chunk_id": "c0", "start": 1, "end": 1 + len(PASSAGE)}]
    assert (row["origin"], row["method"], row["answer_method"]) == ("human", "reverse_instruction", "human")
    assert (row["parent_id"], row["source"], row["licence"]) == ("c0", "book", "public domain")
    assert (row["teacher"], row["prompt_source"]) == (f"{provider}/test-model", load(PROMPTS[0]).mark)
    assert (row["generation"], len(row["requests"])) == (1, 1)


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


def judged(fits: dict[str, int]) -> Any:
    """Replies of a teacher that finds an instruction for each subject, and these numbers for how well it fits."""

    def reply(seen: Seen) -> Any:
        subject = re.findall(r"The (\w+) was built", seen.prompt)[-1]
        if seen.system.startswith("You judge pairs"):
            return {"reason": "It says enough.", "fit": fits[subject]}
        return GOOD | {"instruction": f"Describe how a {subject} came about."}

    return reply


def built(subject: str, sentences: int = 3) -> str:
    return " ".join(
        [f"The {subject} was built by hand.", *["People of the town gave stones and wood for years."] * sentences]
    )


def test_an_instruction_that_fits_badly_is_refused_with_the_reason(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.reply = judged({"mill": 5, "barn": 4, "gate": 3})
    outcome = run(
        model_server, tmp_path, chunks_of(built("mill"), built("barn"), built("gate")), min_words=10, min_fit=4
    )
    assert outcome.kept["parent_id"].to_pylist() == ["c0", "c1"]
    assert outcome.rejected.select(["parent_id", "reason", "detail"]).to_pylist() == [
        {"parent_id": "c2", "reason": "poor_fit", "detail": "3: It says enough."}
    ]
    assert outcome.facts["fit"] == [{"4": 1, "5": 1}]
    assert all(len(row["requests"]) == 2 for row in [*outcome.kept.to_pylist(), *outcome.rejected.to_pylist()])


def test_what_fits_best_is_an_example_in_the_next_round(model_server: ModelServer, tmp_path: Path) -> None:
    subjects = [f"house{n}" for n in range(24)]
    model_server.reply = judged({subject: 4 + n % 2 for n, subject in enumerate(subjects)})
    outcome = run(model_server, tmp_path, chunks_of(*map(built, subjects)), min_words=10, min_fit=4, rounds=2)
    assert outcome.kept.num_rows == 24
    assert [sum(fits.values()) > 0 for fits in outcome.facts["fit"]] == [True, True]
    asked = [seen.prompt for seen in model_server.seen if "editor" in seen.system]
    shown = [re.findall(r"Describe how a (\w+) came about", prompt.split("<place")[0]) for prompt in asked]
    second = [names for names in shown if names]
    first_size = sum(outcome.facts["fit"][0].values())
    assert len(second) == 24 - first_size
    assert len({name for names in second for name in names}) > 3, "not the same three for all"
    assert all(len(names) == 3 and all(int(name[5:]) % 2 for name in names) for names in second)


def test_rounds_without_a_judge_are_refused() -> None:
    with pytest.raises(ValueError, match="`rounds` need `min_fit`"):
        ReverseInstruction(rounds=2, min_fit=0)


def test_neighbouring_passages_of_a_section_become_one_response(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.reply = judged({})
    parts = [
        (["Town"], built("mill")),
        (["Town", "Barn"], built("barn")),
        (["River"], built("gate")),
        (["River"], built("dam", 30)),
        (["River"], "It ends here, as all things that people have built with their own hands."),
    ]
    outcome = run(model_server, tmp_path, documents_of(parts), min_words=10, tokens=200)
    assert sorted(outcome.kept["response"].to_pylist()) == sorted(
        [f"{built('mill')}\n\n## Barn\n\n{built('barn')}", built("gate")]
    )
    joined = next(row for row in outcome.kept.to_pylist() if "Barn" in row["response"])
    assert [(span["chunk_id"], span["end"]) for span in joined["evidence"]] == [
        ("d0c0", len(built("mill"))),
        ("d0c1", len(built("barn"))),
    ]
    assert max(token_counts(outcome.kept["response"])) <= 200
