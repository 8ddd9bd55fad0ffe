"""Who is asked about which row: everybody's turn comes, nobody's twice, and all of it follows from the decisions."""

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tasks.review.assignment import LEASE_SECONDS, Assignment, authors_of, outdated_edits
from tasks.review.decisions import Decision, next_origin
from tasks.review.gold import GoldQueue

STATES = {str(row): f"state-{row}" for row in range(6)}


def made(row: int, who: str, word: str = "accept", **more: Any) -> Decision:
    return Decision(
        example_id=str(row), content_hash="c", origin_hash=more.pop("origin_hash", f"state-{row}"), reviewer=who, session="s",
        word=word, **more,
    )  # fmt: skip


def queue_of(twice: set[str] | None = None, **more: Any) -> Assignment:
    return Assignment("row", list(STATES), STATES, twice or set(), **more)


@given(
    twice=st.sets(st.sampled_from(sorted(STATES))),
    steps=st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["accept", "reject", "skip", "undo"])), max_size=60
    ),
)
def test_people_who_take_what_they_are_given_finish_every_row_and_see_none_twice(
    twice: set[str], steps: list[tuple[str, str]]
) -> None:
    queue = queue_of(twice)
    given_to: dict[str, list[Decision]] = {who: [] for who in "abcxyz"}
    later = [(who, "accept") for _ in range(12) for who in "xyz"]  # who skipped nothing
    for who, word in [*steps, *later]:
        if word == "undo":
            if given_to[who]:
                queue.forget(given_to[who].pop())
            continue
        row = queue.next_for(who, "s", 0.0)
        if row is None:
            continue
        assert row not in [one.example_id for one in given_to[who]], "nobody is asked twice"
        holders = [other for other in "abcxyz" if other != who and queue.looked_at(row, other, 1.0)]
        assert not holders, "nobody gets a row that another has before them"
        reason = {"reason": "wrong"} if word == "reject" else {}
        decision = made(int(row), who, word, **reason)
        queue.record(decision)
        if word != "skip":
            given_to[who].append(decision)
    assert queue.done == len(STATES)
    for row in STATES:
        opinions = queue.opinions(row)
        assert len(opinions) >= (2 if row in twice else 1)
        assert len(opinions) != 2 or opinions[0].word == opinions[1].word, "where two differ, a third was asked"


def test_a_row_that_was_handed_out_is_given_to_nobody_else_for_a_while_and_a_decision_counts_anyway() -> None:
    queue = queue_of()
    assert queue.next_for("a", "s", 0.0) == "0"
    assert queue.next_for("a", "s", 1.0) == "0", "the same one again, until it is decided"
    assert queue.next_for("b", "s", 1.0) == "1"
    assert queue.next_for("c", "s", LEASE_SECONDS + 2) == "0"
    queue.record(made(0, "a"))
    assert [one.reviewer for one in queue.opinions("0")] == ["a"]


def test_two_who_differ_send_the_row_to_a_third_before_all_others() -> None:
    queue = queue_of({"3"})
    queue.record(made(3, "a"))
    queue.record(made(3, "b", "reject", reason="wrong"))
    assert queue.conflicts == ["3"]
    assert queue.next_for("c", "s", 0.0) == "3"
    assert "3" not in {queue.next_for(who, "s", 0.0) for who in "ab"}
    queue.record(made(3, "c"))
    assert queue.conflicts == []


def test_a_decision_about_an_earlier_state_of_the_row_does_not_count_and_an_edit_of_it_comes_back() -> None:
    old = made(2, "a", "edit", edited={"response": "better"}, origin_hash="state-of-yesterday")
    queue = queue_of()
    queue.record(old)
    assert queue.opinions("2") == []
    assert outdated_edits([old], STATES) == ["2"]
    assert outdated_edits([old], STATES | {"2": next_origin(old)}) == [], "the edit was applied"


def test_nobody_is_asked_about_their_own_edit() -> None:
    edit = made(0, "a", "edit", edited={"response": "better"})
    states = STATES | {"0": next_origin(edit)}
    assert authors_of([edit], states) == {"0": {"a"}}
    queue = Assignment("row", ["0"], states, authors=authors_of([edit], states))
    assert queue.next_for("a", "s", 0.0) is None
    assert queue.left("a") == 0
    assert queue.next_for("b", "s", 0.0) == "0"


def test_decisions_under_another_guideline_do_not_count_where_that_is_asked_for() -> None:
    queue = queue_of(guideline="today's")
    queue.record(made(0, "a", guideline="yesterday's"))
    queue.record(made(1, "a", guideline="today's"))
    assert (queue.done, queue.next_for("a", "s", 0.0)) == (1, "0")


def test_taking_back_lets_the_decision_before_hold_again() -> None:
    queue = queue_of()
    first, second = made(0, "a"), made(0, "a", "reject", reason="wrong")
    queue.record(first)
    queue.record(second)
    queue.forget(second)
    assert queue.own("0", "a") == first
    queue.forget(first)
    assert queue.own("0", "a") is None
    assert queue.done == 0


def test_everybody_is_given_gold_rows_in_the_share_that_was_asked_for_and_cannot_tell_them_by_any_figure() -> None:
    rows = [str(row) for row in range(460)]
    states = {row: f"state-{row}" for row in rows}
    queue = Assignment("row", rows, states, gold=GoldQueue.of(rows[400:], 0.1, "s"))
    places: dict[str, list[int]] = {"a": [], "b": []}
    seen: dict[str, list[str]] = {"a": [], "b": []}
    for turn in range(300):
        who = "ab"[turn % 2]
        left = queue.left(who) + queue.gold_counts(who)[1]
        row = queue.next_for(who, "s", 0.0) or ""
        assert queue.next_for(who, "s", 1.0) == row, "the same one again, until it is decided"
        assert queue.looked_at(row, who, 9.0) == 9.0
        queue.record(made(int(row), who))
        assert left - queue.left(who) - queue.gold_counts(who)[1] in (1, 2), (
            "one less, or a gold row that is not needed now"
        )
        seen[who].append(row)
        places[who] += [turn // 2] if int(row) >= 400 else []
    assert all(len(set(given)) == 150 for given in seen.values()), "nobody is asked twice"
    assert not {*seen["a"]} & {*seen["b"]} - {*rows[400:]}, "only gold rows go to both"
    assert [len(found) for found in places.values()] == [15, 15]
    gaps = {later - before for found in places.values() for before, later in pairwise(found)}
    assert len(gaps) > 5, "nobody can count"
    assert places["a"] != places["b"]
    assert (queue.conflicts, len(queue.order)) == ([], 400)
