"""The teacher that stages hold: requests in, completions and failures out, in order."""

import asyncio
from collections.abc import Coroutine, Sequence
from types import TracebackType
from typing import Any, Self

from tasks.core.errors import InstructoryError
from tasks.core.outcome import Tools
from tasks.core.redaction import Redactor
from tasks.teachers import journal, loop
from tasks.teachers.budget import meter_of
from tasks.teachers.dialogue import Dialogue, Got
from tasks.teachers.journal import Journal, Writer
from tasks.teachers.pace import pace_of
from tasks.teachers.prices import model_of, price_of
from tasks.teachers.protocol import Budget, Completion, Failure, Request, TeacherSettings
from tasks.teachers.provider import Provider
from tasks.teachers.sending import GaveUp, Sender, Stop
from tasks.teachers.vendors import address_of, key_of, provider_of, room_of

Outcomes = dict[str, Completion | Failure]


class Asking:
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
        dialogues = [Dialogue(self._settings.provider, request, self._settings) for request in requests]
        different = {dialogue.digest: dialogue for dialogue in dialogues}
        outcomes: Outcomes = {}
        shown = -1

        def tick() -> None:
            nonlocal shown
            if len(outcomes) != shown:
                shown = len(outcomes)
                self._tools.progress(shown, len(different))

        order = [dialogue.digest for dialogue in dialogues]
        loop.run(self._all(self._journal, different, outcomes), tick)
        return [outcomes[digest] for digest in order]

    async def _all(self, records: Journal, dialogues: dict[str, Dialogue], outcomes: Outcomes) -> None:
        """Fills in the outcome of every dialogue."""
        sender = await self._sender(records)
        found = {k: Got(answer, usd, True) for k, (answer, usd) in (await records.find(dialogues)).items()}
        sender.pace.expect(len(dialogues), known=bool(found))
        if self._settings.batch and self._settings.provider != "local":
            from tasks.teachers.batches import converse_in_batches

            await converse_in_batches(sender, dialogues, found, outcomes)
            return
        queue = iter(dialogues.items())

        async def work() -> None:
            for digest, dialogue in queue:
                outcome = outcomes[digest] = await self._converse(sender, dialogue, found.pop(digest, None))
                sender.tally.replayed += isinstance(outcome, Completion) and outcome.replayed

        await _together([work() for _ in range(min(room_of(self._settings), len(dialogues)))], sender.stop)

    async def _converse(self, sender: Sender, dialogue: Dialogue, found: Got | None) -> Completion | Failure:
        """Asks until the request has come to an end."""
        while True:
            if dialogue.begun:
                records = await sender.journal.find([dialogue.digest])
                found = next((Got(answer, usd, True) for answer, usd in records.values()), None)
            try:
                got = found or await sender.get(dialogue.digest, dialogue.call)
            except GaveUp as error:
                return dialogue.give_up(str(error))
            if (outcome := dialogue.hear(got)) is not None:
                return outcome

    async def _sender(self, records: Journal) -> Sender:
        settings = self._settings
        meter = await meter_of(self._tools.store_root, records)
        pace = pace_of(settings, model_of(settings), address_of(settings), room_of(settings))
        by = Writer(meter.build, settings.provider, model_of(settings))
        price = price_of(settings)
        return Sender(
            settings,
            by,
            self._budget,
            price,
            records,
            meter,
            pace,
            self._redactor,
            self._ready,
            Stop(),
            self._tools.meter,
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
            loop.run(provider.close())
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
