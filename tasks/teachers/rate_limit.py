"""How fast a model is asked, and when it is given up: one pace per model and address, shared by all stages of a process.

Requests in flight follow additive increase and multiplicative decrease (Chiu and Jain, 1989): a rejection halves the
window, at most once per round trip, and holds everybody back for the time the server asks for; a window's worth of
answers widens it by a sixteenth of the limit, so that the full rate is back about thirteen round trips after a storm.
Everything here runs on the teachers' event loop, so it needs no locks.
"""

import asyncio
import time
from collections import deque
from typing import Final

from tasks.core.errors import InstructoryError, TeacherDown
from tasks.teachers.protocol import Patience, TeacherSettings
from tasks.teachers.provider import Fault

MANY_FAILING: Final = 10
"""So many different requests in a row without one answer are not the requests' own fault."""

MANY_FAILING_SHARE: Final = 0.05
"""Of a model that is known to answer, a larger crowd is needed: this share of all that a stage asks, which is also what its gate
lets fail. Else a build of which only hopeless requests are left would call the teacher down, again and again."""

FIRST_ROUNDS: Final = 3
"""A model that has never answered and cannot be reached is given up after this many rounds: the address is wrong."""


class RateLimiter:
    """Who may send now."""

    def __init__(self, name: str) -> None:
        self.name = name
        """Provider, model and address, for messages."""
        self.in_flight = 0
        self.window = 0.0
        self._limit = 0
        self._patience = Patience()
        self._waiting: deque[tuple[asyncio.Future[None], int]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._paused_until = self._next_request = self._next_tokens = 0.0
        self._seconds_per_request = self._seconds_per_token = 0.0
        self._level = 0.0
        self._cut_at = self._round_at = 0.0
        self._rounds = 0
        self._unanswered: set[str] = set()
        self._ever_answered = False
        self._asked, self._known = 0, False
        self._down: InstructoryError | None = None

    def configure(self, settings: TeacherSettings, limit: int) -> None:
        """Takes over limits; the latest settings hold. Gives a teacher that was down another chance."""
        if self._limit != limit:
            self.window, self._limit = float(limit), limit
        self._patience = settings.patience
        self._seconds_per_request = 60 / settings.requests_per_minute if settings.requests_per_minute else 0.0
        self._seconds_per_token = 60 / settings.tokens_per_minute if settings.tokens_per_minute else 0.0
        if not self.in_flight:
            self._paused_until = 0.0 if self._down else self._paused_until
            self._down, self._rounds = None, 0
            self._unanswered.clear()

    def expect(self, requests: int, known: bool) -> None:
        """A stage asks so many different requests; `known`: some of them this model has answered before."""
        self._asked, self._known = requests, known

    async def enter(self, tokens: int) -> float:
        """Waits for leave to send a request of about `tokens`; returns the time of the leave. Raises TeacherDown."""
        if self._down:
            raise self._down
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((turn, tokens))
        self._admit()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.leave()
            raise
        return time.monotonic()

    def leave(self) -> None:
        """The request is over, however it ended."""
        self.in_flight -= 1
        self._admit()

    def used(self, estimated: int, tokens: int) -> None:
        """Corrects the tokens counted at the start by those that were really used."""
        self._next_tokens -= (estimated - tokens) * self._seconds_per_token

    def answered(self, started: float) -> None:
        """A usable answer came to a request that was sent at `started`."""
        self._ever_answered = True
        self._rounds = 0
        self._unanswered.clear()
        if started >= self._cut_at:
            self._level = max(0.0, self._level - 1 / self.window)
            self.window = min(self._limit, self.window + max(1.0, self._limit / 16) / self.window)
            self._admit()

    def faulted(self, fault: Fault, started: float, request: str) -> None:
        """A request that was sent at `started` brought none."""
        wait = min(fault.retry_after or 0.0, self._patience.longest_retry_after_seconds)
        if fault.kind == "busy":
            self._slow_down(started, wait)
        elif fault.kind in ("away", "trouble", "garbage"):
            self._suspect(fault, started, wait, request)

    def own_fault(self) -> bool:
        """Whether a request that keeps failing fails alone, so that the others are worth asking."""
        answers = self._ever_answered or self._known
        return len(self._unanswered) < (
            max(MANY_FAILING, MANY_FAILING_SHARE * self._asked) if answers else MANY_FAILING
        )

    def _slow_down(self, started: float, wait: float) -> None:
        now = time.monotonic()
        if started >= self._cut_at:
            self.window = max(1.0, self.window / 2)
            wait = max(wait, self._backoff(self._level))
            self._level = min(self._level + 1, 16)
            self._cut_at = now
        self._paused_until = max(self._paused_until, now + wait)

    def _suspect(self, fault: Fault, started: float, wait: float, request: str) -> None:
        now = time.monotonic()
        self._unanswered.add(request)
        if started < self._round_at:
            return
        self._round_at = now
        self._rounds += 1
        if fault.kind == "away":
            self.window = max(1.0, self.window / 2)
        if fault.kind == "away" or self._rounds > 1:
            self._paused_until = max(self._paused_until, now + max(wait, self._backoff(self._rounds - 1)))
        rounds = self._patience.rounds
        if fault.kind == "away" and not self._ever_answered:
            rounds = min(rounds, FIRST_ROUNDS)
        if self._rounds >= rounds and (fault.kind == "away" or not self.own_fault()):
            self._give_up(fault)

    def _give_up(self, fault: Fault) -> None:
        self._down = TeacherDown(
            f"the teacher is down: {self.name} gave no answer in {self._rounds} rounds of asking ({fault.detail}); "
            "what was received is kept, run again when it answers"
        )
        while self._waiting:
            turn, _ = self._waiting.popleft()
            if not turn.done():
                turn.set_exception(self._down)

    def _backoff(self, level: float) -> float:
        return min(self._patience.backoff_seconds * 2.0 ** int(level), self._patience.longest_backoff_seconds)

    def _admit(self) -> None:
        """Lets in as many as the window, the pause and the limits per minute allow; comes back when time is what is missing."""
        while self._waiting and self.in_flight < int(self.window):
            now = time.monotonic()
            free_at = max(self._paused_until, self._next_request, self._next_tokens)
            if free_at > now:
                if self._timer is None:
                    self._timer = asyncio.get_running_loop().call_later(free_at - now, self._wake)
                return
            turn, tokens = self._waiting.popleft()
            if turn.done():
                continue
            self._next_request = max(now, self._next_request) + self._seconds_per_request
            self._next_tokens = max(now, self._next_tokens) + tokens * self._seconds_per_token
            self.in_flight += 1
            turn.set_result(None)

    def _wake(self) -> None:
        self._timer = None
        self._admit()


_paces: dict[tuple[str, str, str], RateLimiter] = {}


def rate_limiter_of(settings: TeacherSettings, model: str, address: str, limit: int) -> RateLimiter:
    """The pace of a model at an address, with room for `limit` requests in flight."""
    key = (settings.provider, model, address)
    pace = _paces.setdefault(key, RateLimiter(f"{settings.provider}/{model}" + (f" at {address}" if address else "")))
    pace.configure(settings, limit)
    return pace
