"""One dataset under review: what was decided about its rows, and who is asked next.

Everything that several requests share lies here, behind one lock. A decision is on disk before any of it changes.
"""

import hashlib
import secrets
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from threading import RLock
from typing import Any, Final

from flows.review.auth import Sitting
from flows.review.edit_trial import EditTrial
from flows.review.queues import QueueSettings, chosen, gold_rows
from flows.review.rows import RowsUnderReview
from tasks.core.errors import BadInput
from tasks.review import guidelines, queue
from tasks.review.assignment import NO_GOLD, About, Assignment, authors_of, outdated_edits
from tasks.review.decisions import Decision, Decisions
from tasks.review.params import Rule
from tasks.review.refusals import RefusedRow, unanswered
from tasks.store.manifest import Release
from tasks.store.store import Store

LONGEST_LOOK: Final = 30 * 60.0
"""Seconds: a row that lay open longer was not looked at all the time."""


@dataclass(frozen=True)
class Progress:
    """How far the queue is, and one person with it; gold rows count as others do, so that figures do not tell them apart."""

    queued: int
    done: int
    left: int
    """For this person."""
    an_hour: float | None
    """Rows that this person decides in an hour of looking at rows; None before the third."""


class ReviewedDataset(RowsUnderReview):
    """The rows of a release or draft and the decisions about them. Safe for any number of threads."""

    def __init__(self, store: Store, release: Release, settings: QueueSettings) -> None:
        super().__init__(store, release, settings.by == "rejected", settings.reason)
        self.settings = settings
        self.trial = EditTrial(self)
        self.guideline = guidelines.of(release.recipe)
        self.rule: Rule = (release.recipe.get("review") or {}).get("consensus", "majority")
        self.decisions = Decisions(store, self.name)
        self._lock = RLock()
        self._sessions: set[str] = set()
        self._elsewhere: dict[str, int] = {}
        self.gold = gold_rows(self, settings)
        self._chosen = chosen(self, settings, self.gold.rows)
        texts = zip(self.ids, self.rows.column("rejected").to_pylist(), strict=True)
        self._pairs = [one for one, text in texts if text] if settings.by != "rejected" else []
        self._load()

    # decisions

    def decide(self, sitting: Sitting, row_id: str, word: Any, once: str, rule: str = "", **more: Any) -> Decision:
        """Save a decision; when this returns, it is on disk. The same form sent twice (`once` and all it says) is one decision. Its
        id begins with `rule`, where one for many rows made it."""
        if word in ("accept", "reject") and self.wrote(sitting.reviewer, row_id):
            raise BadInput("you wrote this row as it is; somebody else says whether it is good. Nothing was saved")
        with self._lock:
            seconds = self._assignment(word).looked_at(row_id, sitting.reviewer, time.monotonic())
        said = f"{once}\0{row_id}\0{word}\0{sorted(more.items(), key=str)}"
        name = hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        refusal = self.refusals.get(row_id)
        decision = Decision(
            id=f"{rule}-{name}" if rule else name, origin_hash=self.states[row_id],
            example_id=row_id, content_hash=self.rows.column("content_hash")[self.at[row_id]].as_py(),
            reviewer=sitting.reviewer, session=sitting.session,
            word=word, guideline=self.guideline.sha256, seconds=round(min(seconds, LONGEST_LOOK), 1),
            refused=refusal.name if refusal else "", **more,
        )  # fmt: skip
        with self._lock:
            if decision.id in self._known:
                return self._known[decision.id]
            self._sessions.add(f"{sitting.reviewer}.{sitting.session}.jsonl")
        self.decisions.add(decision)
        with self._lock:
            self._take(decision)
        return decision

    def undo(self, sitting: Sitting, decision_id: str) -> Decision:
        """Take back one of this person's decisions; it is returned. BadInput if it is not theirs, or was taken back before."""
        with self._lock:
            decision = self._known.get(decision_id)
            if decision is None or decision.reviewer != sitting.reviewer or decision_id in self._undone:
                raise BadInput("there is no such decision of yours to take back")
            self._sessions.add(f"{sitting.reviewer}.{sitting.session}.jsonl")
        undoing = Decision(
            id=secrets.token_hex(8), example_id=decision.example_id, content_hash=decision.content_hash,
            origin_hash=decision.origin_hash, word="undo",
            reviewer=sitting.reviewer, session=sitting.session, undoes=decision_id,
        )  # fmt: skip
        self.decisions.add(undoing)
        with self._lock:
            self._take(undoing)
        return decision

    def own(self, reviewer: str) -> list[Decision]:
        """What this person decided and did not take back, latest last."""
        with self._lock:
            return [one for one in self._by_reviewer[reviewer] if one.id not in self._undone]

    def own_opinion(self, row_id: str, reviewer: str) -> Decision | None:
        """What holds of this person about the row as it is."""
        with self._lock:
            return self._rows.own(row_id, reviewer)

    def refused_edits(self, reviewer: str) -> list[RefusedRow]:
        """Edits of this person that the latest build refused, and that they did not look at again since."""
        return unanswered(self.edits_refused, self.own(reviewer))

    def is_blind(self, row_id: str, reviewer: str) -> bool:
        """Whether this person does not see yet why the row was refused: most reasons are judged before they are known."""
        refusal = self.refusals.get(row_id)
        if refusal is None or self.settings.by != "rejected" or refusal.needs_the_reason:
            return False
        return self.own_opinion(row_id, reviewer) is None

    def wrote(self, reviewer: str, row_id: str) -> bool:
        """Whether the row is what this person's edit made it."""
        return reviewer in self.authors.get(row_id, ())

    @property
    def conflicts(self) -> list[str]:
        """Rows on which two people differ."""
        with self._lock:
            return self._rows.conflicts

    @property
    def has_pairs(self) -> bool:
        """Whether there are rows with two answers."""
        return bool(self._pairs)

    def next_for(self, sitting: Sitting, about: About) -> str | None:
        """The row that this person looks at next; None if nothing is left for them."""
        with self._lock:
            assignment = self._rows if about == "row" else self._comparisons
            return assignment.next_for(sitting.reviewer, sitting.session, time.monotonic())

    def opened(self, sitting: Sitting, row_id: str, about: About) -> None:
        """A person has a row before them that they chose themselves."""
        with self._lock:
            (self._rows if about == "row" else self._comparisons).lend(row_id, sitting.reviewer, time.monotonic())

    def progress(self, sitting: Sitting, about: About = "row") -> Progress:
        """How far the queue is, and this person with it."""
        with self._lock:
            assignment = self._rows if about == "row" else self._comparisons
            own = [one for one in self.own(sitting.reviewer) if one.session == sitting.session]
            timed = [one.seconds for one in own if one.seconds > 0 and (one.word == "prefer") == (about == "pair")]
            an_hour = 3600 * len(timed) / sum(timed) if len(timed) >= 3 else None
            left = assignment.left(sitting.reviewer)
            judged, coming = assignment.gold_counts(sitting.reviewer)
            queued, done = len(assignment.order) + judged + coming, assignment.done + judged
            return Progress(queued, done, left + coming, an_hour)

    def team(self) -> dict[str, Counter[str]]:
        """How many decisions of each kind hold of each person."""
        with self._lock:
            counted = {name: Counter[str](one.word for one in self.own(name)) for name in sorted(self._by_reviewer)}
            return {name: words for name, words in counted.items() if words}

    def refresh(self) -> None:
        """Take in what others wrote since: an import, or another server."""
        found = {one.path.name: one.size for one in self.decisions.backend.files(self.decisions.folder)}
        with self._lock:
            if {name: size for name, size in found.items() if name not in self._sessions} != self._elsewhere:
                self._load()

    def _assignment(self, word: str) -> Assignment:
        return self._comparisons if word == "prefer" else self._rows

    def _load(self) -> None:
        """Everything that follows from the decisions on disk."""
        found = {one.path.name: one.size for one in self.decisions.backend.files(self.decisions.folder)}
        self._elsewhere = {name: size for name, size in found.items() if name not in self._sessions}
        decisions = self.decisions.all()
        settings = self.settings
        self.authors = authors_of(decisions, self.states)
        order = [*outdated_edits(decisions, self.states), *self._chosen]
        guideline = self.guideline.sha256 if settings.since_guideline else ""
        orders: dict[About, list[str]] = {"row": order, "pair": self._pairs}
        self._rows, self._comparisons = (
            Assignment(
                about,
                rows,
                self.states,
                queue.doubled(rows, settings.double, settings.seed),
                self.authors,
                guideline,
                self.rule,
                self.gold if about == "row" else NO_GOLD,
            )
            for about, rows in orders.items()
        )
        self._known: dict[str, Decision] = {}
        self._undone: set[str] = set()
        self._by_reviewer: dict[str, list[Decision]] = defaultdict(list)
        for one in decisions:
            self._take(one)

    def _take(self, decision: Decision) -> None:
        if decision.id in self._known:
            return
        self._known[decision.id] = decision
        if decision.word != "undo":
            self._by_reviewer[decision.reviewer].append(decision)
            self._rows.record(decision)
            self._comparisons.record(decision)
        elif (undone := self._known.get(decision.undoes)) and undone.reviewer == decision.reviewer:
            self._undone.add(undone.id)
            self._rows.forget(undone)
            self._comparisons.forget(undone)
