"""How fast a model is asked, and when it counts as down: one limiter per model and address, shared by all stages of a process.

Requests in flight follow additive increase and multiplicative decrease (Chiu and Jain, 1989): a rejection halves the
window, at most once per round trip, and pauses all sending for the time the server asks for; a window's worth of
answers widens it by a sixteenth of the limit, so that the full rate is back about thirteen round trips later.
Everything here runs on the teachers' event loop, so it needs no locks.
"""

import asyncio
import time
from collections import deque
from typing import Final

from tasks.core.errors import BadInput, InstructoryError, TeacherDown
from tasks.teachers.protocol import Patience, TeacherSettings
from tasks.teachers.provider import Fault

MANY_FAILING: Final = 10
"""Where so many different requests in a row get no answer, the fault is not in the requests."""

MANY_FAILING_SHARE: Final = 0.05
"""For a model that is known to answer, the number is at least this share of the requests of a stage, which is also the share that
its gate lets fail. Otherwise a build with only hopeless requests left would take the teacher for down, again and again."""

FIRST_ROUNDS: Final = 3
"""A model that has never answered and cannot be reached counts as down after this many rounds: the address is wrong."""


class RateLimiter:
    """Lets requests be sent, one after another, as fast as the model takes them."""

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
        self._refused: set[str] = set()
        self._ever_answered = False
        self._asked, self._known = 0, False
        self._down: InstructoryError | None = None

    def configure(self, settings: TeacherSettings, limit: int) -> None:
        """Set the limits; the latest settings hold. A teacher that was down is tried again."""
        if self._limit != limit:
            self.window, self._limit = float(limit), limit
        self._patience = settings.patience
        self._seconds_per_request = 60 / settings.requests_per_minute if settings.requests_per_minute else 0.0
        self._seconds_per_token = 60 / settings.tokens_per_minute if settings.tokens_per_minute else 0.0
        if not self.in_flight:
            self._paused_until = 0.0 if self._down else self._paused_until
            self._down, self._rounds = None, 0
            self._unanswered.clear()
            self._refused.clear()

    def expect(self, requests: int, known: bool) -> None:
        """A stage is about to send so many different requests; `known`: the model has answered some of them before."""
        self._asked, self._known = requests, known

    async def acquire(self, tokens: int) -> float:
        """Wait until a request of about `tokens` may be sent; returns the time (monotonic). Raises TeacherDown."""
        if self._down:
            raise self._down
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((turn, tokens))
        self._admit()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.release()
            raise
        return time.monotonic()

    def release(self) -> None:
        """A request has ended, with an answer or without."""
        self.in_flight -= 1
        self._admit()

    def correct_tokens(self, estimated: int, tokens: int) -> None:
        """Replace the tokens estimated for a request by those that it used."""
        self._next_tokens -= (estimated - tokens) * self._seconds_per_token

    def answered(self, started: float) -> None:
        """A request that was sent at `started` got a usable answer."""
        self._ever_answered = True
        self._rounds = 0
        self._unanswered.clear()
        if started >= self._cut_at:
            self._level = max(0.0, self._level - 1 / self.window)
            self.window = min(self._limit, self.window + max(1.0, self._limit / 16) / self.window)
            self._admit()

    def failed(self, fault: Fault, started: float, request: str) -> None:
        """A request that was sent at `started` got no usable answer."""
        wait = min(fault.retry_after or 0.0, self._patience.longest_retry_after_seconds)
        if fault.kind == "busy":
            now = time.monotonic()
            if started >= self._cut_at:
                self.window = max(1.0, self.window / 2)
                wait = max(wait, self._backoff(self._level))
                self._level = min(self._level + 1, 16)
                self._cut_at = now
            self._paused_until = max(self._paused_until, now + wait)
        elif fault.kind in ("away", "trouble", "garbage"):
            self._count_failure(fault, started, wait, request)

    def refused(self, detail: str, request: str) -> None:
        """A request was refused for good. Raises BadInput where nothing else has ever come of the first requests."""
        self._refused.add(request)
        if len(self._refused) >= MANY_FAILING and not (self._ever_answered or self._known):
            raise BadInput(
                f"{self.name} refused each of the first {len(self._refused)} requests ({detail}); correct what the recipe asks "
                "of it"
            )

    def fails_alone(self) -> bool:
        """Whether few requests fail, so that one which keeps failing is at fault itself and the others are worth sending."""
        answers = self._ever_answered or self._known
        return len(self._unanswered) < (
            max(MANY_FAILING, MANY_FAILING_SHARE * self._asked) if answers else MANY_FAILING
        )

    def _count_failure(self, fault: Fault, started: float, wait: float, request: str) -> None:
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
        if self._rounds >= rounds and (fault.kind == "away" or not self.fails_alone()):
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
        """Let as many requests go as window, pause and limits per minute allow; sets a timer if time must pass first."""
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


_limiters: dict[tuple[str, str, str], RateLimiter] = {}


def rate_limiter_of(settings: TeacherSettings, model: str, address: str, limit: int) -> RateLimiter:
    """The limiter of a model at an address, with at most `limit` requests in flight."""
    key = (settings.provider, model, address)
    limiter = _limiters.setdefault(
        key, RateLimiter(f"{settings.provider}/{model}" + (f" at {address}" if address else ""))
    )
    limiter.configure(settings, limit)
    return limiter
