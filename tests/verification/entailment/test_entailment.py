"""Each claim is held against its own passage; the worst one decides, and the verdict says which it was."""

from pathlib import Path

import pyarrow as pa
import pytest

from tasks.core.errors import BudgetReached
from tasks.core.outcome import Outcome, Tools
from tasks.teachers.protocol import Budget, TeacherSettings
from tasks.verification import stage
from tasks.verification.entailment.entailment import Entailment, estimate
from tasks.verification.entailment.entailment_model import EntailmentModel
from tests.servers.models import ModelServer
from tests.teachers.asked import settings_for
from tests.verification.conftest import Table
from tests.verification.entailment.attacks import ATTACKS
from tests.verification.entailment.conftest import fenced, passages, span, word_reader
from tests.verification.entailment.tiny_model import write

CHUNKS = passages(
    loans="Members may borrow eight books for three weeks. Loans can be renewed twice.",
    hours="The library opens at nine on weekdays. It is closed on Sundays.",
)
EVIDENCE = [span("loans"), span("hours")]


def verified(
    table: pa.Table,
    tools: Tools,
    settings: TeacherSettings | None = None,
    budget: Budget | None = None,
    **params: object,
) -> Outcome:
    entry = Entailment.model_validate({"action": "tag", **params})
    return stage.compute(table, CHUNKS, entry, settings or TeacherSettings(), budget or Budget(), tools)


def verdict(outcome: Outcome, row: int = 0) -> dict[str, object]:
    found: list[dict[str, object]] = outcome.kept["verdicts"][row].as_py()
    return found[-1]


@pytest.mark.parametrize(
    ("response", "word", "why"),
    [
        ("Members may borrow eight books for three weeks.", "pass", "all of its 1 claims"),
        ("Members may borrow nine books for three weeks.", "fail", "(number: 9 / 8)"),
        ("Members may borrow 12 books.", "fail", "the number 12 stands nowhere in it"),
        ("Loans can not be renewed twice.", "fail", "(negation: not / –)"),
        ("Loans can be prolonged a couple of times.", "unsure", "1 of 1 claims not decided"),
    ],
)
def test_rules_alone(rows: Table, tools: Tools, response: str, word: str, why: str) -> None:
    found = verdict(verified(rows({"response": response, "evidence": EVIDENCE}), tools))
    assert found["verdict"] == word
    assert why in str(found["why"])


def test_rows_without_evidence_or_claims_get_no_verdict(rows: Table, tools: Tools) -> None:
    table = rows(
        {"response": "It is so."},
        {"response": "Is it so?", "evidence": EVIDENCE},
        {"response": "```\ncode = 1\n```", "evidence": EVIDENCE},
        {"response": "Some claim it is.", "evidence": [span("gone")]},
    )
    outcome = verified(table, tools)
    assert [one for one in outcome.kept["verdicts"].to_pylist() if one] == []
    assert (outcome.facts["not_applicable"], outcome.facts["failing_share"]) == (4, None)


def test_a_teacher_decides_and_the_verdict_names_claim_and_passage(
    rows: Table, tools: Tools, model_server: ModelServer
) -> None:
    model_server.reply = word_reader(lambda _, claim: 0.2 if "free" in claim else 0.9)
    response = "A loan may be prolonged a couple of times [1]. Renewal costs nothing and is free [1]. No visits on Sundays [2]."
    table = rows({"response": response, "evidence": EVIDENCE})
    outcome = verified(table, tools, settings_for(model_server, "openai"), action="reject")
    assert outcome.rejected["reason"].to_pylist() == ["unsupported_claim"]
    (found,) = outcome.rejected["verdicts"][0].as_py()
    assert found["score"] == pytest.approx(0.2)
    assert found["why"] == "“Renewal costs nothing and is free.” is not in passage loans: teacher: probability 0.20"
    assert len(found["requests"]) == 4  # the claim that fails is asked about twice
    shown = {fenced(seen, "claim"): fenced(seen, "passage") for seen in model_server.seen}
    assert "library" not in shown["Renewal costs nothing and is free."]
    assert "Members" not in shown["No visits on Sundays."]
    assert outcome.facts["claims_decided_by"] == {"teacher": 3}
    assert outcome.facts["failing_share"] == 1.0


def test_a_teacher_without_log_probabilities_says_yes_or_no(
    rows: Table, tools: Tools, model_server: ModelServer
) -> None:
    model_server.reply = lambda seen: "No." if "contradict" not in seen.system else "Yes."
    table = rows({"response": "Renewal costs nothing.", "evidence": EVIDENCE})
    outcome = verified(table, tools, settings_for(model_server, "anthropic"), action="reject")
    assert outcome.rejected["reason"].to_pylist() == ["contradicted_claim"]
    assert outcome.rejected["verdicts"][0].as_py()[0]["score"] == 0.0


def test_an_answer_that_is_neither_leaves_it_undecided_and_no_answer_fails_the_row(
    rows: Table, tools: Tools, model_server: ModelServer
) -> None:
    model_server.reply = lambda seen: "Perhaps." if "costs" in seen.prompt else ""
    table = rows(
        {"response": "Renewal costs nothing.", "evidence": EVIDENCE},
        {"response": "Renewal happens online.", "evidence": EVIDENCE},
    )
    outcome = verified(table, tools, settings_for(model_server, "openai"))
    assert verdict(outcome)["verdict"] == "unsure"
    assert outcome.failed.num_rows == 1
    assert "empty" in outcome.failed["error"][0].as_py()


def test_a_build_that_stopped_asks_only_for_what_it_lacks(rows: Table, tools: Tools, model_server: ModelServer) -> None:
    model_server.reply = word_reader(lambda _, claim: 0.3 if "7" in claim else 0.9)
    table = rows(*({"response": f"Renewal happens online as item{n} says.", "evidence": EVIDENCE} for n in range(20)))
    settings = settings_for(model_server, "openai", concurrency=2)
    with pytest.raises(BudgetReached):
        verified(table, tools, settings, Budget(requests=8))
    assert model_server.requests == 8
    outcome = verified(table, tools, settings)
    assert outcome.facts["failed"] == 2
    assert model_server.requests == 20 + 2
    assert model_server.repeats == 0
    again = verified(table, tools, settings)
    assert model_server.requests == 20 + 2
    assert again.kept.equals(outcome.kept)
    assert verdict(again, 7)["score"] == pytest.approx(0.3)  # the probability is replayed too


def test_what_an_attack_says_stands_between_tags_that_it_cannot_write(
    rows: Table, tools: Tools, model_server: ModelServer
) -> None:
    model_server.reply = word_reader(lambda *_: 0.1)
    from tasks.teachers.prompts import load
    from tasks.verification.entailment.asked_claims import PROMPTS, request
    from tasks.verification.entailment.judgement import ClaimQuestion
    from tests.servers.wire import Seen

    for attack in ATTACKS:
        asked = request(load(PROMPTS[0]), ClaimQuestion(attack.passage, attack.claim))
        messages = [
            {"role": "system", "content": asked.system},
            {"role": "user", "content": asked.messages[0].content},
        ]
        seen = Seen("/v1/chat/completions", {"messages": messages}, {}, "", 0.0)
        assert fenced(seen, "claim").replace("< |", "<|") == attack.claim
        assert "<|" not in seen.prompt  # servers read a chat template's tokens wherever they stand
        assert fenced(seen, "passage") == attack.passage
        assert asked.messages[0].content.endswith("Answer yes or no.")


def test_a_model_in_a_folder_decides_in_place_of_a_teacher(
    rows: Table, tools: Tools, model_server: ModelServer, tmp_path: Path
) -> None:
    pytest.importorskip("onnxruntime", reason="an extra")
    said = ("Renewals match what is said.", "Renewals clash with what is said.")
    table = rows(*({"response": response, "evidence": EVIDENCE} for response in said))
    model = {"folder": write(tmp_path / "model")}
    outcome = verified(table, tools, settings_for(model_server, "openai"), model=model)
    assert [verdict(outcome, row)["verdict"] for row in range(2)] == ["pass", "fail"]
    assert "contradicts passage loans, hours: model: probability 0.01" in str(verdict(outcome, 1)["why"])
    assert model_server.requests == 0
    assert outcome.facts["claims_decided_by"] == {"model": 2}


def test_the_estimate_is_no_less_than_what_is_asked(rows: Table, tools: Tools, model_server: ModelServer) -> None:
    model_server.reply = word_reader(lambda *_: 0.1)
    table = rows(*({"response": f"Renewal happens online as item{n} says.", "evidence": EVIDENCE} for n in range(5)))
    verified(table, tools, settings_for(model_server, "openai"))
    assert model_server.requests <= estimate(Entailment(), 5, 30).requests
    assert estimate(Entailment(model=EntailmentModel(folder=Path("x"))), 5, 30).requests == 0
