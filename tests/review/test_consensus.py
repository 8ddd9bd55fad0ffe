"""What holds where several people decided about one row."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.errors import BadInput
from tasks.review.consensus import LEAVES, by_state, conflicts, leads_to, path, stale_guideline
from tasks.review.decisions import Decision, check, next_origin, standing
from tasks.review.params import Rule
from tests.review.test_decisions import made

STATE = ("1", "h")


def accept(who: str, at: int = 0, **more: object) -> Decision:
    return made(1, who, "accept", at, **more)


def edit(who: str, text: str, at: int = 0, **more: object) -> Decision:
    return made(1, who, "edit", at, edited={"response": text}, **more)


def reject(who: str, at: int = 0, **more: object) -> Decision:
    return made(1, who, "reject", at, reason="wrong", **more)


def fate(said: list[Decision], rule: Rule = "majority") -> str:
    return path(by_state(said), STATE, rule)[-1].fate


votes = st.lists(
    st.tuples(st.sampled_from(["ada", "bob", "cyd", "dot"]), st.sampled_from(["accept", "reject", "x", "y"])),
    max_size=8,
).map(
    lambda said: [
        accept(who, at) if word == "accept" else reject(who, at) if word == "reject" else edit(who, word, at)
        for at, (who, word) in enumerate(said)
    ]
)


@given(votes)
def test_the_rules_hold_for_any_decisions(said: list[Decision]) -> None:
    held = standing(said)
    assert standing(held) == held
    assert len({one.reviewer for one in held}) == len(held)
    counts = Counter(map(leads_to, held))
    for rule in ("majority", "unanimous"):
        assert path(by_state(said), STATE, rule)[0].fate == path(by_state(held[::-1]), STATE, rule)[0].fate
    first = path(by_state(said), STATE, "majority")[0]
    assert (first.fate == "rejected") == (2 * counts[LEAVES] > len(held))
    assert (STATE in conflicts(said)) == (first.fate == "conflict")
    if len(counts) > 1:
        assert fate(said, "unanimous") == "conflict"
    if len(counts) == 1:
        assert "conflict" not in {fate(said, "unanimous"), fate(said, "majority")}
    if held:
        assert fate(said, "latest") != "conflict"
    if first.by:
        assert counts[leads_to(first.by)] == max(
            counts[one] for one in counts if (one == LEAVES) == (first.fate == "rejected")
        )


def test_a_third_person_resolves_what_two_disagree_on() -> None:
    said = [accept("ada", 1), reject("bob", 2)]
    assert fate(said) == "conflict"
    assert fate([*said, accept("cyd", 3)]) == "accepted"
    assert fate([*said, reject("cyd", 3)]) == "rejected"
    two = [edit("ada", "x", 1), edit("bob", "y", 2)]
    assert fate(two) == "conflict"
    assert [step.fate for step in path(by_state([*two, edit("cyd", "y", 3)]), STATE, "majority")] == [
        "changed",
        "undecided",
    ]


def test_an_improved_text_stands_against_one_that_left_it() -> None:
    assert [step.fate for step in path(by_state([accept("ada"), edit("bob", "x")]), STATE, "majority")] == [
        "changed",
        "undecided",
    ]
    assert fate([accept("ada"), edit("bob", "x"), accept("cyd")]) == "accepted"


def test_nobody_accepts_or_rejects_their_own_edit() -> None:
    first = edit("ada", "x", 1)
    later = next_origin(first)
    assert fate([first, reject("ada", 2, origin_hash=later)]) == "undecided"
    assert fate([first, reject("bob", 2, origin_hash=later)]) == "rejected"
    again = edit("ada", "y", 2, origin_hash=later)
    assert path(by_state([first, again]), STATE, "majority")[-1].state[1] == next_origin(again)


def test_an_edit_back_to_the_first_text_is_a_new_state() -> None:
    there = edit("ada", "x", 1)
    back = edit("bob", "h", 2, origin_hash=next_origin(there))
    steps = path(by_state([there, back]), STATE, "majority")
    assert [step.fate for step in steps] == ["changed", "changed", "undecided"]
    assert len({step.state for step in steps}) == 3


def test_pairs_are_swapped_or_leave_or_stay() -> None:
    def prefer(who: str, what: str) -> Decision:
        return made(1, who, "prefer", preferred=what)

    assert fate([prefer("ada", "response")]) == "accepted"
    assert [step.fate for step in path(by_state([prefer("ada", "rejected")]), STATE, "majority")] == [
        "changed",
        "undecided",
    ]
    assert fate([prefer("ada", "tie")]) == "rejected"
    assert fate([prefer("ada", "response"), prefer("bob", "rejected")]) == "conflict"
    assert fate([prefer("ada", "response"), reject("bob")]) == "rejected"


def test_decisions_under_an_older_guideline_are_found() -> None:
    old, new = accept("ada", guideline="1"), accept("bob", guideline="2")
    assert stale_guideline([old, new, accept("cyd")], "2") == [old, accept("cyd")]


@pytest.mark.parametrize(
    "edited",
    [
        {"response": 5},
        {"response": "\ud800"},
        {"history": "text"},
        {"history": [{"role": "boss"}]},
        {"response": ["a"]},
    ],
)
def test_an_edit_that_is_no_text_is_refused(edited: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        check(made(1, word="edit", edited=edited))
