"""What a build may spend, checked before every request; for requests in flight, the most that they can cost is reserved.

A build is what `begin_build` names: everything paid in one store under one name counts together, also across processes and
restarts, because the journal records it. A flow names it once at its start (dataset and the version being made); without a
name, the build is this process. Answers replayed from the journal are free. Every request that is sent counts as one, also if it
was rejected (429, a refused connection, an error of the server), which costs no tokens and no money. One that was cut off while
the model may have been writing is counted at the most that it can have cost.
"""

import asyncio
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from tasks.core.errors import BudgetReached
from tasks.teachers.journal import Journal, Spent
from tasks.teachers.protocol import Budget


@dataclass(frozen=True)
class Reservation:
    """The most that one request can cost."""

    tokens: int
    usd: float | None


@dataclass
class BudgetMeter:
    """What one build has spent and what it has reserved. Used on the teachers' event loop only."""

    build: str
    spent: Spent = field(default_factory=Spent)
    _reserved: Spent = field(default_factory=Spent)
    _freed: asyncio.Event = field(default_factory=asyncio.Event)

    async def reserve(self, budget: Budget, reservation: Reservation) -> None:
        """Reserve; waits while requests in flight may still turn out cheaper than reserved. Raises BudgetReached."""
        while (over := self._over(budget, reservation)) is not None:
            if not self._reserved.requests:
                limit = getattr(budget, over)
                spent = f"{self.spent.requests} requests, {self.spent.tokens} tokens, {self.spent.usd:.4f} USD"
                more = f"{limit * 2:g}" if limit else "…"
                raise BudgetReached(
                    f"the budget is reached: budget.{over} is {limit:g} and this build has spent {spent}; everything received is "
                    f"kept, continue with --set budget.{over}={more}"
                )
            self._freed.clear()
            await self._freed.wait()
        self._reserved.requests += 1
        self._reserved.tokens += reservation.tokens
        self._reserved.usd += reservation.usd or 0.0

    def fits(self, budget: Budget, reservation: Reservation) -> bool:
        """Whether the budget has room for a reservation now."""
        return self._over(budget, reservation) is None

    def release(self, reservation: Reservation | None, tokens: int | None, usd: float | None) -> None:
        """Release a reservation and count what was used; `tokens` None means that it was not sent."""
        if reservation is not None:
            self._reserved.requests -= 1
            self._reserved.tokens -= reservation.tokens
            self._reserved.usd = self._reserved.usd - (reservation.usd or 0.0) if self._reserved.requests else 0.0
        if tokens is not None:
            self.spent.requests += 1
            self.spent.tokens += tokens
            self.spent.usd += usd or 0.0
        self._freed.set()

    def _over(self, budget: Budget, reservation: Reservation) -> str | None:
        spent, held = self.spent, self._reserved
        if budget.requests is not None and spent.requests + held.requests + 1 > budget.requests:
            return "requests"
        if budget.tokens is not None and spent.tokens + held.tokens + reservation.tokens > budget.tokens:
            return "tokens"
        if budget.usd is not None and spent.usd + held.usd + (reservation.usd or 0.0) > budget.usd:
            return "usd"
        return None


_builds: dict[Path, str] = {}
_meters: dict[tuple[Path, str], BudgetMeter] = {}


def begin_build(store_root: Path, build: str = "") -> str:
    """Name the build that spending in this store counts for from now on; returns the name, a random one if none is given."""
    name = build or secrets.token_hex(8)
    _builds[store_root.resolve()] = name
    return name


async def budget_meter_of(store_root: Path, journal: Journal) -> BudgetMeter:
    """The meter of the current build of a store; it begins with what the build has spent according to the journal."""
    root = store_root.resolve()
    build = _builds.get(root) or begin_build(root)
    if (root, build) not in _meters:
        spent = await journal.spent(build)
        _meters.setdefault((root, build), BudgetMeter(build, spent))
    return _meters[root, build]
