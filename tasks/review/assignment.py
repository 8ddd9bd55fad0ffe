"""Who reviews which row next.

A row wants one opinion, or two where it is reviewed twice; where two people differ, a third. People do not get the same row at
once: a row that was handed out is kept for its reviewer for a while. That memory may be lost without harm, because a decision
counts whether or not its row was handed out. All of it follows from the decisions; nothing here is stored.

Gold rows are for everybody: each person is given them among the others, whatever anybody else said of them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, Literal

from tasks.review.consensus import path
from tasks.review.decisions import Decision, next_origin, origin
from tasks.review.gold import GoldQueue
from tasks.review.params import Rule

LEASE_SECONDS: Final = 15 * 60.0
"""How long a row that was handed out is given to nobody else."""
About = Literal["row", "pair"]
NO_GOLD: Final = GoldQueue()


class Assignment:
    """The opinions on rows as they are now (`about` row), or on the two responses of rows (`about` pair), and who is asked next.
    Not safe for several threads at once: whoever shares one holds a lock.

    Only decisions about the `states` of the rows as they are now count (`origin_hash`); where `guideline` is given, only those made
    under it. `authors`: who wrote a row as it is; they are not asked about it. `rule`: when two people differ (`consensus`).
    `gold`: rows that are slipped in; they are no part of `order`, though they may be named there.
    """

    def __init__(
        self,
        about: About,
        order: Sequence[str],
        states: Mapping[str, str],
        twice: Collection[str] = (),
        authors: Mapping[str, Collection[str]] | None = None,
        guideline: str = "",
        rule: Rule = "majority",
        gold: GoldQueue = NO_GOLD,
    ) -> None:
        self.about, self.states, self.twice, self.guideline, self.rule = about, states, twice, guideline, rule
        self.authors = authors or {}
        self.gold, self._golden = gold, frozenset(gold.rows)
        self.order = tuple(one for one in dict.fromkeys(order) if one not in self._golden)
        self._queued = frozenset(self.order)
        self._given: dict[str, dict[str, list[Decision]]] = defaultdict(lambda: defaultdict(list))
        self._rows_of: dict[str, set[str]] = defaultdict(set)
        self._skipped: set[tuple[str, str, str]] = set()
        self._lent: dict[tuple[str, str], tuple[str, float, float]] = {}
        self._open = dict.fromkeys(self.order)
        self._differ: dict[str, None] = {}

    def record(self, decision: Decision) -> None:
        """Take in a decision, in the order of their times. One to undo is given to `forget` with what it takes back."""
        row = decision.example_id
        if self.states.get(row) != origin(decision):
            return
        if decision.word == "skip":
            self._skipped.add((decision.reviewer, decision.session, row))
        elif (decision.word == "prefer") != (self.about == "pair"):
            return
        elif not self.guideline or decision.guideline == self.guideline:
            self._given[row][decision.reviewer].append(decision)
            self._rows_of[decision.reviewer].add(row)
            self._update(row)
        self._lent.pop(self._loan(row, decision.reviewer), None)

    def forget(self, decision: Decision) -> None:
        """Take back a decision; an earlier one of the same person about the row holds again."""
        row = decision.example_id
        self._skipped.discard((decision.reviewer, decision.session, row))
        if given := self._given.get(row, {}).get(decision.reviewer):
            given[:] = [one for one in given if one.id != decision.id]
            if not given:
                del self._given[row][decision.reviewer]
                self._rows_of[decision.reviewer].discard(row)
            self._update(row)

    def opinions(self, row: str) -> list[Decision]:
        """The decision that holds of each person who decided about the row as it is."""
        return [given[-1] for given in self._given.get(row, {}).values()]

    def own(self, row: str, reviewer: str) -> Decision | None:
        """What holds of this person about the row."""
        given = self._given.get(row, {}).get(reviewer)
        return given[-1] if given else None

    def wants(self, row: str) -> int:
        """How many more people are to look at the row; of a gold row, none has to."""
        if row in self._golden:
            return 0
        opinions = self.opinions(row)
        needed = 2 if row in self.twice else 1
        return max(needed - len(opinions), 1 if len(opinions) == 2 and self._conflict(row, opinions) else 0)

    def lend(self, row: str, reviewer: str, now: float) -> None:
        """Keep a row for a person for a while. One that another has is left to that one."""
        loan = self._loan(row, reviewer)
        holder, since, until = self._lent.get(loan, ("", now, 0.0))
        if holder != reviewer and until > now:
            return
        self._lent[loan] = (reviewer, since if holder == reviewer and until > now else now, now + LEASE_SECONDS)

    def looked_at(self, row: str, reviewer: str, now: float) -> float:
        """Seconds since the row was handed to this person; 0 where that is not known."""
        holder, since, _ = self._lent.get(self._loan(row, reviewer), ("", 0.0, 0.0))
        return now - since if holder == reviewer else 0.0

    def next_for(self, reviewer: str, session: str, now: float) -> str | None:
        """The row that this person should look at now, lent to them: what they had before, then rows on which two people differ,
        then the queue, and before it a gold row where one is due. None if nothing is left for them."""
        if not (row := self._held(reviewer, session, now)):
            ways: Iterable[dict[str, None]] = (self._differ, self._open)
            row = next((one for rows in ways for one in rows if self._fits(one, reviewer, session, now)), None)
        if row is None:
            return None
        judged, due = self._gold_counts(reviewer, 1)
        if due > judged:
            row = next((one for one in self.gold.rows if self._fits(one, reviewer, session, now)), row)
        self.lend(row, reviewer, now)
        return row

    def gold_counts(self, reviewer: str) -> tuple[int, int]:
        """Gold rows that this person judged, and those that they will be given if they judge all that is left."""
        left = self.left(reviewer)
        judged, due = self._gold_counts(reviewer, left)
        return judged, max(0, due - judged) if left else 0

    def _gold_counts(self, reviewer: str, more: int) -> tuple[int, int]:
        """Gold rows that this person judged, and how many should be once they have judged so many more of the other rows."""
        judged = len(self._rows_of[reviewer] & self._golden)
        return judged, self.gold.due(reviewer, len(self._rows_of[reviewer]) - judged + more)

    def left(self, reviewer: str) -> int:
        """Rows of the queue that still want this person or, where another is asked first, somebody; gold rows are not counted."""
        own = self._rows_of[reviewer] | {row for row, authors in self.authors.items() if reviewer in authors}
        apart = self._differ.keys() - self._queued
        return len(self._open) - sum(row in self._open for row in own) + len(apart - own)

    @property
    def done(self) -> int:
        """Rows of the queue that want nobody any more."""
        return len(self.order) - len(self._open)

    @property
    def conflicts(self) -> list[str]:
        """Rows on which two people differ, and on which a third is to decide."""
        return list(self._differ)

    def _held(self, reviewer: str, session: str, now: float) -> str | None:
        held = (row for (row, _), (holder, _, until) in self._lent.items() if holder == reviewer and until > now)
        return next((row for row in held if self.wants(row) and self._fits(row, reviewer, session, now)), None)

    def _fits(self, row: str, reviewer: str, session: str, now: float) -> bool:
        if (
            row in self._rows_of[reviewer]
            or (reviewer, session, row) in self._skipped
            or reviewer in self.authors.get(row, ())
        ):
            return False
        holder, _, until = self._lent.get(self._loan(row, reviewer), ("", 0.0, 0.0))
        return holder == reviewer or until <= now

    def _loan(self, row: str, reviewer: str) -> tuple[str, str]:
        """Under which name a row is lent: several people may have a gold row before them at once."""
        return row, reviewer if row in self._golden else ""

    def _conflict(self, row: str, opinions: Sequence[Decision]) -> bool:
        state = row, self.states[row]
        return path({state: opinions}, state, self.rule)[0].fate == "conflict"

    def _update(self, row: str) -> None:
        wanted = self.wants(row)
        if not wanted or len(self.opinions(row)) < 2:
            self._differ.pop(row, None)
        else:
            self._differ[row] = None
        if not wanted:
            self._open.pop(row, None)
        elif row in self._queued:
            self._open[row] = None


def authors_of(decisions: Iterable[Decision], states: Mapping[str, str]) -> dict[str, set[str]]:
    """Whose edit made a row what it is now."""
    found: dict[str, set[str]] = defaultdict(set)
    for one in decisions:
        if one.word == "edit" and states.get(one.example_id) == next_origin(one):
            found[one.example_id].add(one.reviewer)
    return dict(found)


def outdated_edits(decisions: Iterable[Decision], states: Mapping[str, str]) -> list[str]:
    """Rows that were edited, and that have changed since by something else than decisions: the edit is not applied any more."""
    known: dict[str, set[str]] = defaultdict(set)
    for one in decisions:
        known[one.example_id] |= {origin(one), next_origin(one)}
    edited = {one.example_id for one in decisions if one.word == "edit"}
    return sorted(row for row in edited if row in states and states[row] not in known[row])
