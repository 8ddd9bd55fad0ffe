"""One call to a model: reserved in the budget, sent within the rate limit, journalled, tried again where that helps."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, TypeVar

from tasks.core.errors import BadInput, InstructoryError
from tasks.core.outcome import Usage
from tasks.core.redaction import Redactor
from tasks.teachers.budget import BudgetMeter, Reservation
from tasks.teachers.dialect import Form
from tasks.teachers.exchange import Received
from tasks.teachers.journal import Journal, Writer
from tasks.teachers.prices import Price
from tasks.teachers.protocol import Budget, TeacherSettings
from tasks.teachers.provider import Answer, Call, Fault, Provider, sendable, tokens_at_most
from tasks.teachers.rate_limit import RateLimiter

T = TypeVar("T")


class CallFailed(Exception):
    """A call that will bring no answer; other calls may."""


_in_flight: Final[dict[tuple[Path, str], asyncio.Future[Received | CallFailed | None]]] = {}
"""Calls of this process that have no answer yet; another request for the same answer waits for it. None: it was stopped."""


@dataclass
class Stop:
    """Whether sending has stopped, and why. Answers to what was sent are still received; tasks that only wait are cancelled."""

    why: InstructoryError | None = None
    waiting: set[asyncio.Task[None]] = field(default_factory=set)

    def now(self, why: InstructoryError) -> None:
        """Stop sending; if it is stopped already, the first reason stays."""
        self.why = self.why or why
        for task in self.waiting - {asyncio.current_task()}:
            task.cancel()


@dataclass
class Sender:
    """Makes calls for one teacher, with everything that they need."""

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
    """What the stage contract counts: requests sent and replayed, tokens and money."""

    async def get(self, digest: str, call: Call) -> Received:
        """The answer to a call that was not in the journal when it was last read. Raises CallFailed, or the error that stops the
        build. A request that waits for an equal one in flight gets its answer or its failure; where that one was stopped, it
        makes the call itself."""
        key = self.journal.path, digest
        while (pending := _in_flight.get(key)) is not None:
            got = await asyncio.shield(pending)
            if isinstance(got, CallFailed):
                raise CallFailed(str(got))
            if got is not None:
                return Received(got.answer, got.usd, replayed=True)
        ours = _in_flight[key] = asyncio.get_running_loop().create_future()
        result: Received | CallFailed | None = None
        try:
            result = await self._answered_meanwhile(digest) or await self._ask(digest, call)
        except CallFailed as error:
            result = error
            raise
        else:
            return result
        finally:
            del _in_flight[key]
            ours.set_result(result)

    async def _answered_meanwhile(self, digest: str) -> Received | None:
        """What an equal request has received since the journal was read for this one."""
        if not self.journal.may_have_answered(digest):
            return None
        return next((Received(*found, True) for found in (await self.journal.find([digest])).values()), None)

    async def _ask(self, digest: str, call: Call) -> Received:
        patience, faults, attempt = self.settings.patience, 0, 0
        provider = await self._wait(self.provider())
        form, refused = provider.dialect.form, list[tuple[Form, str]]()
        while True:
            attempt += 1
            fault = await self._try(digest, call, form, attempt)
            if isinstance(fault, Received):
                provider.dialect.answered(form, provider.features(call, form))
                return fault
            if fault.kind == "stop":
                raise BadInput(f"{self.by.provider}/{self.by.model}: {fault.detail}; what was received is kept")
            if fault.kind == "refused":
                refused.append((form, fault.detail))
                another = provider.dialect.next_form(refused, fault.parameter, provider.features(call, form))
                if another is None:
                    self.rate_limiter.refused(refused[0][1], digest)
                    raise CallFailed(refused[0][1])
                form = another
            if fault.kind in ("trouble", "garbage"):
                faults += 1
                if faults >= patience.attempts and self.rate_limiter.fails_alone():
                    raise CallFailed(f"{fault.detail} ({faults} attempts)")
                backoff = min(patience.backoff_seconds * 2.0 ** (faults - 1), patience.longest_backoff_seconds)
                await self._wait(asyncio.sleep(backoff))

    async def _try(self, digest: str, call: Call, form: Form, attempt: int) -> Received | Fault:
        """One attempt: an answer, which is then in the journal on the disk, or the fault."""
        if self.stop.why:
            raise self.stop.why
        reservation, provider = self.reservation_for(call), await self._wait(self.provider())
        started = await self._wait(self.rate_limiter.acquire(reservation.tokens))
        try:
            await self._wait(self.meter.reserve(self.budget, reservation))
            used: tuple[int | None, float | None] = 0, 0.0
            try:
                sent = self.journal.sent(self.by, digest, attempt)
                self.usage.requests += 1
                try:
                    answer = self.complete(await provider.send(call, form), call)
                except Fault as fault:
                    fault.detail = self.redactor.error(fault.detail)
                    used = (reservation.tokens, reservation.usd) if fault.maybe_paid else used
                    self.journal.failed(sent, fault.detail, used[1])
                    self.rate_limiter.failed(fault, started, digest)
                    return fault
                tokens, usd = used = self._used(answer, reservation)
                await self.journal.answered(sent, answer, usd)
                self.rate_limiter.answered(started)
                self.rate_limiter.correct_tokens(reservation.tokens, tokens)
                return Received(answer, usd, replayed=False)
            finally:
                self.count(reservation, *used)
        finally:
            self.rate_limiter.release()

    def _used(self, answer: Answer, reservation: Reservation) -> tuple[int, float | None]:
        """Tokens and money that an answer took; where the server does not say, the most that was reserved."""
        if not answer.tokens_in and not answer.tokens_out:
            return reservation.tokens, reservation.usd
        return answer.tokens_in + answer.tokens_out, self.cost(answer)

    def cost(self, answer: Answer) -> float | None:
        """USD for an answer whose tokens are known; None if the price is not."""
        if self.price is None:
            return None
        return self.price.of(answer.tokens_in, answer.tokens_out, answer.cached, answer.written)

    def count(self, reservation: Reservation | None, tokens: int | None, usd: float | None) -> None:
        """Release a reservation and count what was used; `tokens` None means that nothing was sent."""
        self.meter.release(reservation, tokens, usd)
        self.usage.tokens += tokens or 0
        self.usage.usd += usd or 0.0
        self.usage.unpriced += tokens is not None and usd is None

    def complete(self, answer: Answer, call: Call | None) -> Answer:
        """The answer with secrets masked. Raises Fault for one that may be cut off: without a finish reason, and not asked for as
        JSON, which shows whether it is whole."""
        text = sendable(self.redactor.exact(answer.text))
        if not answer.finish and (call is None or call.json_schema is None):
            fault = Fault.unusable("no finish reason, so perhaps cut off", text)
            fault.maybe_paid = True
            raise fault
        alternatives = tuple((sendable(self.redactor.exact(token)), value) for token, value in answer.alternatives)
        return replace(answer, text=text, alternatives=alternatives if call is None or call.choices else ())

    def reservation_for(self, call: Call) -> Reservation:
        """The most that the call can cost."""
        tokens_in = tokens_at_most(call)
        usd = self.price.of(tokens_in, call.max_tokens) if self.price else None
        return Reservation(tokens_in + call.max_tokens, usd)

    async def _wait(self, something: Awaitable[T]) -> T:
        """Await something that is no call in flight, so that a stop cancels it instead of waiting for it."""
        task = asyncio.current_task()
        assert task is not None
        self.stop.waiting.add(task)
        try:
            return await something
        finally:
            self.stop.waiting.discard(task)
