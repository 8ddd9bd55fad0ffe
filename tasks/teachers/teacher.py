"""The teacher that stages hold: requests in, completions and failures out, in order."""

import asyncio
from collections.abc import Coroutine, Sequence
from types import TracebackType
from typing import Any, Self

from tasks.core.errors import InstructoryError
from tasks.core.outcome import Tools
from tasks.core.redaction import Redactor
from tasks.teachers import event_loop, journal
from tasks.teachers.asked_model import where
from tasks.teachers.budget import budget_meter_of
from tasks.teachers.exchange import Exchange, Received
from tasks.teachers.journal import Journal, Writer
from tasks.teachers.prices import model_of, price_of
from tasks.teachers.protocol import Budget, Completion, Failure, Request, TeacherSettings
from tasks.teachers.provider import Provider
from tasks.teachers.rate_limit import rate_limiter_of
from tasks.teachers.sender import CallFailed, Sender, Stop
from tasks.teachers.vendors import address_of, concurrency_of, key_of, provider_of

Outcomes = dict[str, Completion | Failure]


class JournalledTeacher:
    """A model with its journal, rate limit and budget. Use as a context manager; `ask` may be called from any thread."""

    def __init__(self, settings: TeacherSettings, tools: Tools, budget: Budget) -> None:
        self.name = f"{settings.provider}/{model_of(settings)}"
        self._settings, self._tools, self._budget = settings, tools, budget
        self._redactor = Redactor([key_of(settings)])
        self._provider: Provider | None = None
        self._provider_lock = asyncio.Lock()
        self._journal: Journal | None = None

    def ask(self, requests: Sequence[Request]) -> list[Completion | Failure]:
        """Answers in the order of the requests; equal requests are asked once. `tools.progress` is called meanwhile.

        Raises BudgetReached, TeacherDown, or BadInput where the vendor accepts none of our requests. What was received until
        then is in the journal; asking again sends only the rest.
        """
        if self._journal is None:
            self._journal = journal.opened(self._tools.store_root)
        settings = self._settings
        location = where(settings.provider, settings.base_url, settings.model_path)
        exchanges = [Exchange(location, request, settings) for request in requests]
        order = [exchange.digest for exchange in exchanges]
        different = {exchange.digest: exchange for exchange in exchanges}
        outcomes: Outcomes = {}
        shown = -1

        def show_progress() -> None:
            nonlocal shown
            if len(outcomes) != shown:
                shown = len(outcomes)
                self._tools.progress(shown, len(different))

        event_loop.run(self._ask_all(self._journal, different, outcomes), show_progress)
        return [outcomes[digest] for digest in order]

    async def _ask_all(self, records: Journal, exchanges: dict[str, Exchange], outcomes: Outcomes) -> None:
        """Add the outcome of every exchange to `outcomes`."""
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

        await _run_workers([work() for _ in range(min(concurrency_of(self._settings), len(exchanges)))], sender.stop)

    async def _finish(self, sender: Sender, exchange: Exchange, found: Received | None) -> Completion | Failure:
        """Make the calls of one request until it has its outcome."""
        while True:
            if exchange.has_answers:
                records = await sender.journal.find([exchange.digest])
                found = next((Received(answer, usd, True) for answer, usd in records.values()), None)
            try:
                received = found or await sender.get(exchange.digest, exchange.call)
            except CallFailed as error:
                return exchange.give_up(str(error))
            if (outcome := exchange.receive(received)) is not None:
                return outcome

    async def _sender(self, records: Journal) -> Sender:
        settings, model = self._settings, model_of(self._settings)
        meter = await budget_meter_of(self._tools.store_root, records)
        return Sender(
            settings=settings,
            by=Writer(meter.build, settings.provider, model),
            budget=self._budget,
            price=price_of(settings),
            journal=records,
            meter=meter,
            rate_limiter=rate_limiter_of(settings, model, address_of(settings), concurrency_of(settings)),
            redactor=self._redactor,
            provider=self._open_provider,
            stop=Stop(),
            usage=self._tools.usage,
        )

    async def _open_provider(self) -> Provider:
        """The provider, made when the first call is sent: a build that only replays imports no SDK and loads no model."""
        async with self._provider_lock:
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


async def _run_workers(work: list[Coroutine[Any, Any, None]], stop: Stop) -> None:
    """Run the workers to their end. An error in one stops them all, once the answers to what was sent have arrived."""

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
