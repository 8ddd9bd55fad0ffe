"""Decisions as labels of judges, and what the reasons of filters are worth by them."""

from typing import Any

from tasks.core.schema import Row
from tasks.review.decisions import Decision, Word
from tasks.review.judgements import Item
from tasks.review.labels import labelled
from tasks.review.worth import worth

ROW = {"instruction": "What is a lever?", "response": "A bar.", "system": None, "history": [], "teacher": "local/small"}


def said(reviewer: str, word: Word, row: str = "a", **more: Any) -> Decision:
    return Decision(example_id=row, content_hash="h", reviewer=reviewer, session="s", word=word, **more)


def labels(*decisions: Decision, **scales: tuple[int, ...]) -> list[Row]:
    rows: dict[Item, Row] = {(one.example_id, one.content_hash): dict(ROW) for one in decisions}
    return [
        {name: row[name] for name in row if name not in ("instruction", "teacher")}
        for row in labelled(decisions, rows, scales)
    ]


def test_accepted_rows_are_kept_and_rejected_ones_discarded() -> None:
    assert labels(said("ann", "accept")) == [{"response": "A bar.", "label": "keep"}]
    assert labels(said("ann", "reject", reason="wrong")) == [{"response": "A bar.", "label": "discard"}]


def test_an_edit_gives_both() -> None:
    found = labels(said("ann", "edit", edited={"response": "A rigid bar."}))
    assert found == [{"response": "A bar.", "label": "discard"}, {"response": "A rigid bar.", "label": "keep"}]


def test_most_decide_and_of_a_tie_nobody_knows() -> None:
    three = [said("ann", "accept"), said("ben", "reject", reason="wrong"), said("cy", "accept")]
    assert [one["label"] for one in labels(*three)] == ["keep"]
    assert labels(*three[:2]) == []


def test_preferences_are_labels_of_pairs() -> None:
    found = labels(said("ann", "prefer", preferred="rejected"), said("ben", "prefer", preferred="rejected"))
    assert found == [{"response": "A bar.", "preferred": "rejected"}]


def test_scores_need_every_criterion() -> None:
    scale = (1, 2, 3, 4, 5)
    two = [said("ann", "accept", criteria={"a": 4, "b": 2, "c": 9}), said("ben", "accept", criteria={"a": 2, "b": 5})]
    assert labels(*two, a=scale, b=scale)[0]["scores"] == {"a": 2, "b": 2}
    assert "scores" not in labels(*two, a=scale, b=scale, c=scale)[0]


def test_the_row_comes_with_what_judges_look_at() -> None:
    row: Row = {**ROW, "system": "Be brief.", "source": "manual"}
    (found,) = labelled([said("ann", "accept")], {("a", "h"): row}, {})
    assert found == {
        "instruction": "What is a lever?",
        "response": "A bar.",
        "system": "Be brief.",
        "teacher": "local/small",
        "label": "keep",
    }
    assert [*labelled([said("ann", "accept", row="unknown")], {("a", "h"): row}, {})] == []


def test_a_reason_that_errs_is_seen() -> None:
    right = [said("ann", "reject", f"r{row}", reason="wrong", refused="filters/too_short") for row in range(9)]
    wrong = [said("ann", "accept", f"w{row}", refused="filters/toxic") for row in range(3)]
    tied = [
        said("ann", "accept", "t", refused="filters/toxic"),
        said("ben", "edit", "t", edited={"response": "x"}, refused="filters/toxic"),
    ]
    found = worth([*right, *wrong, *tied, said("ann", "accept", "kept")], {"filters/toxic": 40})
    assert [(one["reason"], one["reviewed"], one["precision"]) for one in found] == [
        ("filters/toxic", 4, 0.0),
        ("filters/too_short", 9, 1.0),
    ]
    assert (found[0]["rejected"], found[0]["undecided"], found[0]["wrongly_rejected"]) == (40, 1, 3)
    assert found[1]["precision_low"] == 0.7009
