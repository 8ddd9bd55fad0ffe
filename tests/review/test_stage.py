"""Decisions laid over rows: what each does, and that no row is lost."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE
from tasks.pipeline import ledger
from tasks.pipeline.shards import with_content_hash
from tasks.review.decisions import Decision, next_origin
from tasks.review.params import FoundDecisions, Review
from tasks.review.stage import REASONS, compute
from tests.review.test_decisions import made

ROWS = [
    {
        "example_id": f"{n}",
        "parent_id": "file",
        "instruction": f"Question {n}?",
        "response": f"Answer {n}.",
        "licence": "MIT",
    }
    for n in range(1, 6)
]
TABLE = with_content_hash(Outcome.of(EXAMPLE, pa.Table.from_pylist(ROWS, schema=EXAMPLE))).kept
STATES = dict(zip(TABLE["example_id"].to_pylist(), TABLE["content_hash"].to_pylist(), strict=True))


def said(row: int, who: str = "ada", word: str = "accept", at: int = 0, **more: Any) -> Decision:
    if word == "reject":
        more = {"reason": "wrong", **more}
    return made(row, who, word, at, **{"content_hash": STATES[f"{row}"], **more})


def reviewed(*decisions: Decision, rows: pa.Table = TABLE, **params: Any) -> tuple[dict[str, dict[str, Any]], Outcome]:
    """Kept rows by id, and the outcome, whose account is balanced."""
    names = params.pop("called", {})
    found = FoundDecisions(sha256="", decisions=decisions, names=names)
    outcome = compute(rows, found, Review(**params), Tools("key", Path()))
    account = ledger.balance("review", rows, outcome, REASONS)
    assert account.rows_in + account.created == account.used + account.kept + account.rejected
    return {row["example_id"]: row for row in outcome.kept.to_pylist()}, outcome


def test_each_decision_does_what_it_says_and_other_rows_are_untouched() -> None:
    rows, outcome = reviewed(
        said(1, criteria={"accuracy": 5}, guideline="g"),
        said(2, word="edit", edited={"response": "Better.", "instruction": "What?"}, note="shorter"),
        said(3, word="reject", note="it is 4"),
    )
    assert list(rows) == ["1", "2", "4", "5"]
    assert rows["1"]["response"] == "Answer 1."
    assert rows["1"]["reviews"] == [
        {
            "reviewer": "ada", "word": "accept", "at": "2026-11-29T10:00:00.000+00:00", "reason": None, "preferred": None,
            "criteria": '{"accuracy": 5}', "note": None, "before": STATES["1"], "after": None, "guideline": "g",
        }
    ]  # fmt: skip
    assert (rows["2"]["instruction"], rows["2"]["response"], rows["2"]["parent_id"]) == ("What?", "Better.", "file")
    assert rows["2"]["reviews"][0]["after"] not in {None, STATES["2"]}
    assert outcome.rejected.select(["example_id", "reason", "detail"]).to_pylist() == [
        {"example_id": "3", "reason": "rejected_by_reviewer", "detail": "wrong: by ada: it is 4"}
    ]
    assert outcome.kept.filter(pa.array([False, False, True, True])).equals(TABLE.slice(3))
    facts = outcome.facts["review"]
    assert facts["by_reviewer"] == {"ada": 3}
    assert (facts["accepted"], facts["edited"], facts["rejected"]) == (1, 1, {"wrong": 1})
    assert (facts["undecided"], facts["reviewed_share"], facts["waiting"]) == (2, 0.6, 0)


def test_an_edited_row_may_be_judged_and_edited_by_others() -> None:
    first = said(2, word="edit", edited={"response": "Better."}, at=1)
    rows, _ = reviewed(
        first, said(2, "bob", "edit", 2, origin_hash=next_origin(first), edited={"instruction": "What?"})
    )
    assert (rows["2"]["instruction"], rows["2"]["response"]) == ("What?", "Better.")
    before, after = [one["before"] for one in rows["2"]["reviews"]], [one["after"] for one in rows["2"]["reviews"]]
    assert before[1] == after[0]
    rows, outcome = reviewed(first, said(2, "bob", "reject", 2, origin_hash=next_origin(first)))
    assert "2" not in rows
    assert outcome.rejected["response"].to_pylist() == ["Better."]


def test_a_decision_about_a_row_that_changed_does_nothing_and_the_row_waits() -> None:
    edit = said(2, word="edit", edited={"response": "Better."})
    changed = TABLE.set_column(2, EXAMPLE.field("content_hash"), pa.array(["another"] * 5))
    rows, outcome = reviewed(edit, said(2, "bob", "reject", 1, origin_hash=next_origin(edit)), said(1), rows=changed)
    assert rows["2"]["response"] == "Answer 2."
    assert rows["2"]["reviews"] is None
    facts = outcome.facts["review"]
    assert (facts["stale"], facts["waiting"], facts["undecided"], facts["gone"]) == (2, 2, 5, 0)
    _, outcome = reviewed(made(9), rows=TABLE)
    assert outcome.facts["review"]["gone"] == 1


@pytest.mark.parametrize(("conflicts", "kept"), [("keep", 5), ("hold", 4)])
def test_a_row_whose_reviewers_disagree_is_kept_or_held(conflicts: str, kept: int) -> None:
    disagreed = said(1), said(1, "bob", "reject", 1)
    rows, outcome = reviewed(*disagreed, conflicts=conflicts)
    assert len(rows) == kept
    assert outcome.rejected["reason"].to_pylist() == ["review_conflict"] * (5 - kept)
    assert outcome.facts["review"]["conflict"] == 1
    resolved, _ = reviewed(*disagreed, said(1, "cyd", at=2), conflicts=conflicts)
    assert [one["reviewer"] for one in resolved["1"]["reviews"]] == ["ada", "bob", "cyd"]


def test_an_edit_makes_a_pair_that_others_may_reject() -> None:
    edit = said(2, word="edit", edited={"response": "Better."}, note="shorter")
    rows, outcome = reviewed(edit, said(3, word="edit", edited={"instruction": "What?"}), pairs=True)
    [pair] = [row for row in rows.values() if row["method"] == "review"]
    assert (pair["parent_id"], pair["response"], pair["rejected"]) == ("2", "Better.", "Answer 2.")
    assert pair["rationale"] == "shorter"
    assert (len(rows), outcome.facts["review"]["pairs"]) == (6, 1)
    against = made(0, "bob", "reject", 1, example_id=pair["example_id"], origin_hash=next_origin(edit), reason="style")
    rows, outcome = reviewed(edit, against, pairs=True)
    assert pair["example_id"] not in rows
    assert rows["2"]["response"] == "Better."
    assert outcome.rejected["parent_id"].to_pylist() == ["2"]


def test_a_preferred_response_takes_the_place_of_the_other() -> None:
    pairs = TABLE.set_column(EXAMPLE.get_field_index("rejected"), EXAMPLE.field("rejected"), pa.array(["Other."] * 5))
    rows, outcome = reviewed(
        said(1, word="prefer", preferred="rejected"), said(2, word="prefer", preferred="tie"), rows=pairs
    )
    assert (rows["1"]["response"], rows["1"]["rejected"]) == ("Other.", "Answer 1.")
    assert outcome.rejected["detail"].to_pylist() == ["tie: by ada"]


def test_names_and_weights_follow_the_recipe() -> None:
    rows, outcome = reviewed(
        said(1), said(1, "bob", at=1), said(2, "bob"), called={"ada": "reviewer-1"}, weights={"ada": 0.5}
    )
    assert [one["reviewer"] for one in rows["1"]["reviews"]] == ["reviewer-1", "bob"]
    assert (rows["1"]["weight"], rows["2"]["weight"]) == (0.75, None)
    assert "ada" not in str(outcome.facts)


def test_a_conversation_may_be_edited_turn_by_turn() -> None:
    turns = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Good day", "masked": True}]
    rows, _ = reviewed(said(1, word="edit", edited={"history": turns, "system": None}))
    assert [(turn["role"], turn["content"], turn["masked"]) for turn in rows["1"]["history"]] == [
        ("user", "Hello", None),
        ("assistant", "Good day", True),
    ]
