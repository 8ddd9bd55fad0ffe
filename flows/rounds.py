"""A build in rounds: its methods make rows until the filters and verifiers have kept as many as the recipe's target says.

A round makes rows by the entries of the first one, with other seeds and further samples of the teacher's answers, under stages of
their own (`taxonomy-round-2`). Its instructions are compared with those of earlier rounds before they are answered. Review,
cleaning, filters and verifiers then run on the rows of all rounds: what a model said of a row is in the journal already.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from flows.recipe import Recipe
from tasks.core.errors import BudgetReached
from tasks.pipeline.build import Build, current
from tasks.stages import target
from tasks.store.snapshot import Snapshot
from tasks.target.stage import BuildRounds, Ending, RoundAccount


@dataclass(frozen=True)
class MadeRows:
    """What one round made."""

    asked: Snapshot
    """The rows that its pool kept: what later rounds are not to ask again."""
    rows: Sequence[Snapshot]
    """Its rows with responses, in tables."""


Make = Callable[[int, Sequence[Snapshot], Snapshot | None], MadeRows | None]
"""The rows of a round, by its number from 1, what earlier rounds asked and what is kept of them; None for a round without rows."""
Keep = Callable[[Sequence[Snapshot]], Snapshot]
"""What the filters and verifiers keep of rows."""


def until_target(recipe: Recipe, make: Make, keep: Keep) -> Snapshot:
    """The rows kept of one round, or of as many as the recipe's target takes. Raises what the stages raise; only a budget that is
    spent in a later round ends the rounds."""
    if recipe.target is None:
        made = make(1, (), None)
        assert made is not None
        return keep(made.rows)
    course = _Course(current())
    ended: Ending = "rounds"
    for number in range(1, recipe.target.rounds + 1):
        try:
            ended = course.round(number, make, keep)
        except BudgetReached:
            if number == 1:
                raise
            ended = "budget"
        if ended != "rounds":
            break
        if course.kept >= recipe.target.rows:
            ended = "reached"
            break
    rounds = BuildRounds(accounts=tuple(course.accounts), ended=ended)
    return target(keep(course.rows), recipe.target, rounds)


@dataclass
class _Course:
    """The rounds so far."""

    build: Build
    rows: list[Snapshot] = field(default_factory=list)
    asked: list[Snapshot] = field(default_factory=list)
    accounts: list[RoundAccount] = field(default_factory=list)
    kept: int = 0
    _kept_rows: Snapshot | None = None
    _lost: Counter[str] = field(default_factory=Counter)
    _failed: int = 0

    def __post_init__(self) -> None:
        self._first = len(self.build.done)

    def round(self, number: int, make: Make, keep: Keep) -> Ending:
        """Make the rows of a round and see what is kept of all; why to end here, or `rounds`."""
        made = make(number, self.asked, self._kept_rows)
        if made is None:
            self._account(self.kept)
            return "nothing_new"
        self.build.going_on = True
        try:
            self._kept_rows = keep([*self.rows, *made.rows])
        finally:
            self.build.going_on = False
        self.rows += made.rows
        self.asked.append(made.asked)
        added = self._account(self._kept_rows.rows)
        return "rounds" if added > 0 or number == 1 else "nothing_new"

    def _account(self, kept: int) -> int:
        """Add the account of a round after which so many rows are kept; by how many there are more."""
        manifests = [done.manifest for done in self.build.done[self._first :]]
        lost = sum((Counter(one.reasons) for one in manifests), Counter[str]())
        lost.pop("no_instruction", None)  # of passages, not of rows
        failed = sum(one.ledger.failed for one in manifests)
        new, added = lost - self._lost, kept - self.kept
        self.accounts.append(
            RoundAccount(
                made=added + lost.total() - self._lost.total() + failed - self._failed,
                kept=added,
                rejected=dict(sorted(new.items())),
                failed=failed - self._failed,
            )
        )
        self.kept, self._lost, self._failed = kept, lost, failed
        return added
