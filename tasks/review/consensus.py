"""What holds where several people decided about one row: pure functions over decisions.

A row is in a state (`decisions.origin`): the content that it came with, or that content after an edit. Decisions are about one
state; an edit that holds leads to the next, about which others may decide. So a row's path is computed from decisions alone.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from tasks.review.decisions import Decision, next_origin, origin, standing
from tasks.review.params import Rule

State = tuple[str, str]
"""A row, and the state that it is in: example_id and origin."""
Votes = Mapping[State, Sequence[Decision]]

STAYS: Final = ""
"""Where a decision leads that leaves the text as it is."""
LEAVES: Final = "out"
"""Where a decision leads that takes the row out of the dataset."""


@dataclass(frozen=True)
class StateReview:
    """What was decided about one state of a row."""

    state: State
    decisions: tuple[Decision, ...]
    """All that stand, those that did not prevail too."""
    fate: Literal["undecided", "accepted", "changed", "rejected", "conflict"]
    by: Decision | None = None
    """The last of those that prevailed: the one that is applied."""


def by_state(decisions: Iterable[Decision]) -> dict[State, list[Decision]]:
    """Standing decisions by what they are about, in the order of their times, without those that do not count: nobody accepts or
    rejects what they wrote themselves."""
    found: dict[State, list[Decision]] = defaultdict(list)
    authors: dict[State, set[str]] = defaultdict(set)
    held = standing(list(decisions))
    for one in held:
        if one.word == "edit":
            authors[one.example_id, next_origin(one)].add(one.reviewer)
    for one in held:
        state = one.example_id, origin(one)
        if one.word == "edit" or one.reviewer not in authors[state]:
            found[state].append(one)
    return dict(found)


def path(votes: Votes, state: State, rule: Rule) -> list[StateReview]:
    """The states of a row from `state` on, each with what was decided about it; the last one is the row's present state."""
    steps = [_step(votes, state, rule)]
    while steps[-1].fate == "changed" and steps[-1].by:
        steps.append(_step(votes, (state[0], next_origin(steps[-1].by)), rule))
    return steps


def conflicts(decisions: Iterable[Decision], rule: Rule = "majority") -> dict[State, list[Decision]]:
    """The states whose reviewers disagree, with what they said: a further person decides. States that a row is no longer in may be
    among them."""
    votes = by_state(decisions)
    return {state: said for state, said in votes.items() if _step(votes, state, rule).fate == "conflict"}


def stale_guideline(decisions: Iterable[Decision], sha256: str) -> list[Decision]:
    """The standing decisions that were made under another guideline than this one, or under none."""
    return [one for one in standing(list(decisions)) if one.guideline != sha256]


def leads_to(one: Decision) -> str:
    """Decisions that lead to the same agree. A pair whose responses are equally good teaches nothing, so it leaves."""
    if one.word == "reject" or one.preferred == "tie":
        return LEAVES
    return next_origin(one) if one.word == "edit" or one.preferred == "rejected" else STAYS


def _step(votes: Votes, state: State, rule: Rule) -> StateReview:
    """About the row first; only where it stays as it is, which of its two responses is better counts."""
    said = tuple(votes.get(state, ()))
    for about in ("row", "pair"):
        heard = [one for one in said if (one.word == "prefer") == (about == "pair")]
        winner = _prevailing(heard, rule)
        if heard and winner is None:
            return StateReview(state, said, "conflict")
        if winner and leads_to(winner) != STAYS:
            return StateReview(state, said, "rejected" if leads_to(winner) == LEAVES else "changed", winner)
    accepted = next((one for one in reversed(said) if leads_to(one) == STAYS), None)
    return StateReview(state, said, "accepted" if accepted else "undecided", accepted)


def _prevailing(said: Sequence[Decision], rule: Rule) -> Decision | None:
    """The last of the decisions that prevail; None where there is none, or no agreement.

    By majority, those who would keep the row stand against those who would not, and then one text against another. Where one
    person left a text as it was and another improved it, the improved one holds: it is shown to others again.
    """
    if rule == "latest" or not said:
        return said[-1] if said else None
    counts = Counter(map(leads_to, said))
    best = {LEAVES} if 2 * counts[LEAVES] > len(said) else {one for one in counts if one != LEAVES}
    if 2 * counts[LEAVES] == len(said) or (rule == "unanimous" and len(counts) > 1):
        return None
    most = max(counts[one] for one in best)
    texts = {one for one in best if counts[one] == most}
    texts = texts - {STAYS} if len(texts) > 1 and said[0].word != "prefer" else texts
    return next(one for one in reversed(said) if leads_to(one) in texts) if len(texts) == 1 else None
