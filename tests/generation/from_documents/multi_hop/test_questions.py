import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tasks.core.outcome import Outcome
from tasks.generation.from_documents.multi_hop import METHOD, MultiHop
from tasks.generation.method import Sizes
from tests.generation.from_documents.documents import documents_of
from tests.generation.making import made
from tests.servers.models import ModelServer
from tests.servers.wire import Reply, Seen

STORES = ("Arnham", "Belwick", "Corton", "Dunley", "Eskby", "Falham", "Galwick", "Holton", "Irtley", "Jarnby", "Kelham")
LOST = Reply(status=400, message="not accepted")
Answers = Callable[[str, str, tuple[bool, ...]], Any]


def corpus(stores: int = len(STORES)) -> pa.Table:
    """Two documents: which job writes to each store, and how long each store keeps its files."""
    jobs = [
        ([], f"The job of team {n + 20} writes all of its files to {name}, every night.")
        for n, name in enumerate(STORES)
    ]
    days = [
        ([], f"What is written to {name} stays there for {n + 50} days before it goes.")
        for n, name in enumerate(STORES)
    ]
    return documents_of(jobs[:stores], days[:stores])


def asked(name: str) -> dict[str, Any]:
    team, days = STORES.index(name) + 20, STORES.index(name) + 50
    return {"question": f"How long do files stay that the job of team {team} writes?", "answer": f"{days} days"}


def answered(name: str) -> dict[str, Any]:
    return {"answer": f"They stay for {STORES.index(name) + 50} days [1][2].", "citations": [1, 2], "abstain": False}


def run(server: ModelServer, folder: Path, replies: dict[str, dict[str, Any]], **params: Any) -> Outcome:
    """`replies`: by store and kind (ask, answer, all, without first, without second) what differs from a good teacher."""

    def reply(seen: Seen) -> Any:
        name = next(name for name in STORES if name in seen.prompt)
        own = replies.get(name, {})
        if "several passages together" in seen.system:
            return own.get("ask", asked(name))
        if "in a few words" not in seen.system:
            return own.get("answer", answered(name))
        jobs, days = "writes all of its files" in seen.prompt, "stays there for" in seen.prompt
        if jobs and days:
            return own.get("all", {"answer": asked(name)["answer"]})
        return own.get("without days" if jobs else "without job", {"answer": "unknown"})

    server.reply = reply
    return made(server, folder, MultiHop.model_validate(params), documents=corpus())


def test_a_question_needs_its_passages_and_has_evidence_in_each(model_server: ModelServer, tmp_path: Path) -> None:
    outcome = run(model_server, tmp_path, {})
    rows = {row["topic"]: row for row in outcome.kept.to_pylist()}
    assert sorted(rows) == sorted(STORES)
    for name, row in rows.items():
        number = STORES.index(name)
        assert {span["chunk_id"] for span in row["evidence"]} == {f"d0c{number}", f"d1c{number}"}
        assert row["parent_id"] in (f"d0c{number}", f"d1c{number}")
        assert (row["instruction"], row["reference"]) == tuple(asked(name).values())
        assert row["response"] == f"They stay for {number + 50} days."
        assert len(row["requests"]) == 5, "question, answer, brief answer, and one without each passage"
        assert row["category"] == ("comparison" if row["expects"] == "comparison" else "extraction")
    assert {row["expects"] for row in rows.values()} == {"bridge", "comparison"}
    assert outcome.facts == {
        "groups": len(STORES),
        "kinds": {kind: sum(row["expects"] == kind for row in rows.values()) for kind in ("bridge", "comparison")},
        "hops": {"2": len(STORES)},
    }
    assert model_server.requests == 5 * len(STORES)


def test_every_group_leaves_once_and_says_why(model_server: ModelServer, tmp_path: Path) -> None:
    replies: dict[str, dict[str, Any]] = {
        "no_instruction": {"ask": {"question": "", "answer": ""}},
        "guessable": {"ask": {"question": "Do files of team 21 writes stay?", "answer": "Yes"}},
        "answers_differ": {"ask": asked("Corton") | {"answer": "7 days"}},
        "abstained": {"answer": {"answer": "", "citations": [], "abstain": True}},
        "not_answerable": {"all": {"answer": "9 days"}},
        "one_hop": {"without job": {"answer": "55 days"}},
        "refusal": {"without days": Reply(text="", finish="content_filter")},
        "failed": {"without days": LOST},
    }
    outcome = run(model_server, tmp_path, dict(zip(STORES, replies.values(), strict=False)))
    expected = dict(zip(STORES, replies, strict=False))
    assert {row["topic"]: row["reason"] for row in outcome.rejected.to_pylist()} == {
        name: reason for name, reason in expected.items() if reason != "failed"
    }
    assert outcome.failed["topic"].to_pylist() == [name for name, reason in expected.items() if reason == "failed"]
    assert sorted(outcome.kept["topic"].to_pylist()) == sorted(STORES[len(replies) :])
    (needless,) = [row["detail"] for row in outcome.rejected.to_pylist() if row["reason"] == "one_hop"]
    assert re.fullmatch(r"without passage [12]: 55 days", needless)


def test_a_passage_of_which_nothing_is_said_is_named(model_server: ModelServer, tmp_path: Path) -> None:
    question = {"question": "When does the season end?", "answer": "after 50 days"}
    answer = {"answer": "It ends after 50 days [1][2].", "citations": [1, 2], "abstain": False}
    outcome = run(model_server, tmp_path, {"Arnham": {"ask": question, "answer": answer}})
    (row,) = outcome.rejected.to_pylist()
    assert (row["topic"], row["reason"]) == ("Arnham", "unsupported_passage")
    assert {span["chunk_id"] for span in row["evidence"]} == {"d1c0"}, "the passage about days is the one that is cited"


@pytest.mark.parametrize(("most", "requests"), [(4, 24), (200, 300)])
def test_the_estimate_counts_every_passage_left_out(most: int, requests: int) -> None:
    assert METHOD.estimate(MultiHop(most=most), Sizes(passages=100, passage_tokens=100, rows=0)).requests == requests
