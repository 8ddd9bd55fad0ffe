"""The teacher that stages hold: requests in, completions and failures out, in order."""

import asyncio
from collections.abc import Coroutine, Sequence
from types import TracebackType
from typing import Any, Self

from tasks.core.errors import InstructoryError
from tasks.core.outcome import Tools
from tasks.core.redaction import Redactor
from tasks.teachers import event_loop, journal
from tasks.teachers.budget import budget_meter_of
from tasks.teachers.exchange import Exchange, Received
from tasks.teachers.journal import Journal, Writer
from tasks.teachers.prices import model_of, price_of
from tasks.teachers.protocol import Budget, Completion, Failure, Request, TeacherSettings
from tasks.teachers.provider import Provider
from tasks.teachers.rate_limit import rate_limiter_of
from tasks.teachers.sender import GaveUp, Sender, Stop
from tasks.teachers.vendors import address_of, concurrency_of, key_of, provider_of

Outcomes = dict[str, Completion | Failure]


class JournalledTeacher:
    """A model with its journal, pace and budget. Use as a context manager; `ask` may be called from any thread."""

    def __init__(self, settings: TeacherSettings, tools: Tools, budget: Budget) -> None:
        self.name = f"{settings.provider}/{model_of(settings)}"
        self._settings, self._tools, self._budget = settings, tools, budget
        self._redactor = Redactor([key_of(settings)])
        self._provider: Provider | None = None
        self._making = asyncio.Lock()
        self._journal: Journal | None = None

    def ask(self, requests: Sequence[Request]) -> list[Completion | Failure]:
        """Answers in the order of the requests; equal requests are asked once. `tools.progress` is called meanwhile.

        Raises BudgetReached, TeacherDown, or BadInput where the vendor accepts nothing of ours; what was received until then
        is in the journal, and asking again asks only for the rest.
        """
        if self._journal is None:
            self._journal = journal.opened(self._tools.store_root)
        exchanges = [Exchange(self._settings.provider, request, self._settings) for request in requests]
        different = {exchange.digest: exchange for exchange in exchanges}
        outcomes: Outcomes = {}
        shown = -1

        def tick() -> None:
            nonlocal shown
            if len(outcomes) != shown:
                shown = len(outcomes)
                self._tools.progress(shown, len(different))

        order = [exchange.digest for exchange in exchanges]
        event_loop.run(self._all(self._journal, different, outcomes), tick)
        return [outcomes[digest] for digest in order]

    async def _all(self, records: Journal, exchanges: dict[str, Exchange], outcomes: Outcomes) -> None:
        """Fills in the outcome of every dialogue."""
        sender = await self._sender(records)
        found = {k: Received(answer, usd, True) for k, (answer, usd) in (await records.find(exchanges)).items()}
        sender.rate_limiter.expect(len(exchanges), known=bool(found))
        if self._settings.batch and self._settings.provider != "local":
            from tasks.teachers.batches import ask_in_batches

            await ask_in_batches(sender, exchanges, found, outcomes)
            return
        queue = iter(exchanges.items())

        async def work() -> None:
            for digest, exchange in queue:
                outcome = outcomes[digest] = await self._finish(sender, exchange, found.pop(digest, None))
                sender.usage.replayed += isinstance(outcome, Completion) and outcome.replayed

        await _together([work() for _ in range(min(concurrency_of(self._settings), len(exchanges)))], sender.stop)

    async def _finish(self, sender: Sender, exchange: Exchange, found: Received | None) -> Completion | Failure:
        """Asks until the request has come to an end."""
        while True:
            if exchange.has_answers:
                records = await sender.journal.find([exchange.digest])
                found = next((Received(answer, usd, True) for answer, usd in records.values()), None)
            try:
                got = found or await sender.get(exchange.digest, exchange.call)
            except GaveUp as error:
                return exchange.give_up(str(error))
            if (outcome := exchange.receive(got)) is not None:
                return outcome

    async def _sender(self, records: Journal) -> Sender:
        settings = self._settings
        meter = await budget_meter_of(self._tools.store_root, records)
        rate_limiter = rate_limiter_of(settings, model_of(settings), address_of(settings), concurrency_of(settings))
        by = Writer(meter.build, settings.provider, model_of(settings))
        price = price_of(settings)
        return Sender(
            settings,
            by,
            self._budget,
            price,
            records,
            meter,
            rate_limiter,
            self._redactor,
            self._ready,
            Stop(),
            self._tools.usage,
        )

    async def _ready(self) -> Provider:
        """The provider, made when the first call goes out: a build that only replays imports no SDK and loads no model."""
        async with self._making:
            if self._provider is None:
                self._provider = await asyncio.to_thread(provider_of, self._settings)
            return self._provider

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._provider is not None:
            provider, self._provider = self._provider, None
            event_loop.run(provider.close())
        if self._journal is not None:
            records, self._journal = self._journal, None
            journal.released(records)


async def _together(work: list[Coroutine[Any, Any, None]], stop: Stop) -> None:
    """Runs the workers to their end. What stops one stops all, once what is in flight has been received."""

    async def guarded(one: Coroutine[Any, Any, None]) -> None:
        try:
            await one
        except InstructoryError as error:
            stop.now(error)
        except asyncio.CancelledError:
            if stop.why is None:
                raise

    tasks = [asyncio.create_task(guarded(one)) for one in work]
    try:
        await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
    if stop.why is not None:
        raise stop.why
