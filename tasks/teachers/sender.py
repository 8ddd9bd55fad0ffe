"""One call to a model, from the journal or over the wire: reserved, paced, journalled, tried again where that helps."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from tasks.core.errors import BadInput, InstructoryError
from tasks.core.outcome import Usage
from tasks.core.redaction import Redactor
from tasks.teachers.budget import BudgetMeter, Reservation
from tasks.teachers.exchange import Received
from tasks.teachers.journal import Journal, Writer
from tasks.teachers.prices import Price
from tasks.teachers.protocol import Budget, TeacherSettings
from tasks.teachers.provider import Answer, Call, Fault, Provider, sendable, tokens_at_most
from tasks.teachers.rate_limit import RateLimiter

T = TypeVar("T")

_asked: Final[dict[tuple[Path, str], asyncio.Future[Received | None]]] = {}
"""Calls on their way in this process; who wants the same answer waits for it."""


class GaveUp(Exception):
    """This call will bring no answer; others may."""


@dataclass
class Stop:
    """Why no more may be sent. What is in flight is still received; tasks that only wait are cancelled."""

    why: InstructoryError | None = None
    waiting: set[asyncio.Task[None]] = field(default_factory=set)

    def now(self, why: InstructoryError) -> None:
        """Stops; the first reason stays."""
        self.why = self.why or why
        for task in self.waiting - {asyncio.current_task()}:
            task.cancel()


@dataclass
class Sender:
    """What a call needs on its way out and back."""

    settings: TeacherSettings
    by: Writer
    budget: Budget
    price: Price | None
    journal: Journal
    meter: BudgetMeter
    rate_limiter: RateLimiter
    redactor: Redactor
    provider: Callable[[], Awaitable[Provider]]
    stop: Stop
    usage: Usage
    """The stage contract's count of what was sent, replayed and spent."""

    async def get(self, digest: str, call: Call) -> Received:
        """The answer to a call that is not in the journal; raises GaveUp or what stops the build."""
        key = self.journal.path, digest
        while (asked := _asked.get(key)) is not None:
            if (got := await asyncio.shield(asked)) is not None:
                return Received(got.answer, got.usd, replayed=True)
        ours = _asked[key] = asyncio.get_running_loop().create_future()
        got = None
        try:
            got = await self._ask(digest, call)
            return got
        finally:
            del _asked[key]
            ours.set_result(got)

    async def _ask(self, digest: str, call: Call) -> Received:
        faults = attempt = 0
        while True:
            attempt += 1
            fault = await self._try(digest, call, attempt)
            if isinstance(fault, Received):
                return fault
            if fault.kind == "stop":
                raise BadInput(f"{self.by.provider}/{self.by.model}: {fault.detail}; what was received is kept")
            if fault.kind == "refused":
                raise GaveUp(fault.detail)
            if fault.kind in ("trouble", "garbage"):
                faults += 1
                if faults >= self.settings.patience.attempts and self.rate_limiter.own_fault():
                    raise GaveUp(f"{fault.detail} ({faults} attempts)")
                await self._wait(asyncio.sleep(self._backoff(faults)))

    async def _try(self, digest: str, call: Call, attempt: int) -> Received | Fault:
        """One attempt: an answer that is safely in the journal, or the fault."""
        if self.stop.why:
            raise self.stop.why
        reservation, provider = self.reservation(call), await self._wait(self.provider())
        started = await self._wait(self.rate_limiter.enter(reservation.tokens))
        try:
            await self._wait(self.meter.reserve(self.budget, reservation))
            used: tuple[int | None, float | None] = None, None
            try:
                sent = self.journal.sent(self.by, digest, attempt)
                self.usage.requests += 1
                try:
                    answer = self.complete(await provider.send(call))
                except Fault as fault:
                    fault.detail = self.redactor.error(fault.detail)
                    used = (reservation.tokens, reservation.usd) if fault.maybe_paid else used
                    self.journal.failed(sent, fault.detail, used[1])
                    self.rate_limiter.faulted(fault, started, digest)
                    return fault
                tokens, usd = used = self._used(answer, reservation)
                await self.journal.answered(sent, answer, usd)
                self.rate_limiter.answered(started)
                self.rate_limiter.used(reservation.tokens, tokens)
                return Received(answer, usd, replayed=False)
            finally:
                self.settle(reservation, *used)
        finally:
            self.rate_limiter.leave()

    def _used(self, answer: Answer, reservation: Reservation) -> tuple[int, float | None]:
        """Tokens and money an answer took; the most it can have taken where the server does not tell."""
        if not answer.tokens_in and not answer.tokens_out:
            return reservation.tokens, reservation.usd
        usd = self.price.of(answer.tokens_in, answer.tokens_out) if self.price else None
        return answer.tokens_in + answer.tokens_out, usd

    def settle(self, reservation: Reservation | None, tokens: int | None, usd: float | None) -> None:
        """Gives a claim back and counts what was used; tokens None: nothing."""
        self.meter.settle(reservation, tokens, usd)
        self.usage.tokens += tokens or 0
        self.usage.usd += usd or 0.0
        self.usage.unpriced += tokens is not None and usd is None

    def complete(self, answer: Answer) -> Answer:
        """The answer without secrets; raises Fault for one without a finish reason: it was cut off, however whole it looks."""
        text = sendable(self.redactor.exact(answer.text))
        if not answer.finish:
            fault = Fault.unusable("no finish reason, so perhaps cut off", text)
            fault.maybe_paid = True
            raise fault
        return Answer(text, answer.finish, answer.tokens_in, answer.tokens_out, answer.refused)

    def reservation(self, call: Call) -> Reservation:
        """What the call can cost at most."""
        tokens_in = tokens_at_most(call)
        usd = self.price.of(tokens_in, call.max_tokens) if self.price else None
        return Reservation(tokens_in + call.max_tokens, usd)

    def _backoff(self, level: int) -> float:
        patience = self.settings.patience
        return min(patience.backoff_seconds * 2.0 ** (level - 1), patience.longest_backoff_seconds)

    async def _wait(self, something: Awaitable[T]) -> T:
        """Waits with nothing in flight, so that a stop need not wait for us."""
        task = asyncio.current_task()
        assert task is not None
        self.stop.waiting.add(task)
        try:
            return await something
        finally:
            self.stop.waiting.discard(task)
