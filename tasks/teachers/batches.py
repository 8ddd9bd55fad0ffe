"""The vendors' batch modes: half the price, answers within a day.

A batch's id is in the journal before its state is asked for the first time, so a build that is killed while waiting finds its
batches again and goes on waiting instead of paying twice. Only requests that came back without an answer, or need a second call
(a larger `max_tokens`, a correction), go into the next batch.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeVar

from tasks.core.errors import BadInput, TeacherDown
from tasks.teachers.budget import Reservation
from tasks.teachers.exchange import Exchange, Received
from tasks.teachers.protocol import Completion, Failure
from tasks.teachers.provider import Answer, Call, Fault, Provider
from tasks.teachers.sender import Sender

T = TypeVar("T")

EXPIRED: Final = Fault("trouble", "expired: the batch ended before this request's turn")


async def ask_in_batches(
    sender: Sender,
    exchanges: dict[str, Exchange],
    found: dict[str, Received],
    outcomes: dict[str, Completion | Failure],
) -> None:
    """Add the outcome of every exchange to `outcomes`, batch after batch. Raises as `ask` does."""
    waiting, faults = dict(exchanges), Counter[str]()
    while waiting:
        found |= await _journalled(sender, [d.digest for d in waiting.values() if d.digest not in found])
        needed = {}
        for digest, exchange in list(waiting.items()):
            outcome: Completion | Failure | None = None
            while outcome is None and (received := found.pop(exchange.digest, None)) is not None:
                outcome = exchange.receive(received)
            if outcome is None:
                needed[exchange.digest] = exchange
                continue
            outcomes[digest] = outcome
            sender.usage.replayed += isinstance(outcome, Completion) and outcome.replayed
            del waiting[digest]
        for call, error in (await _round(sender, {k: d.call for k, d in needed.items()}, found)).items():
            faults[call] += 1
            if error.kind == "refused" or faults[call] >= sender.settings.patience.attempts:
                exchange = needed[call]
                outcomes[exchange.request_hash] = exchange.give_up(error.detail)
                del waiting[exchange.request_hash]


async def _round(sender: Sender, calls: dict[str, Call], found: dict[str, Received]) -> dict[str, Fault]:
    """Add the answers of one batch to `found`: of an open batch that has a call which is needed, or else of a new one.

    Returns the faults of the calls that came back without an answer, by their hash.
    """
    if not calls:
        return {}
    provider = await sender.provider()
    for batch, held in (await sender.journal.open_batches(sender.by)).items():
        if calls.keys() & set(held):
            return await _collect(sender, provider, batch, {digest: calls.get(digest) for digest in held}, {}, found)
    some, reservations = await _within_budget(sender, calls, provider.batch_size)
    try:
        batch = await _with_retries(sender, lambda: _submit(provider, some))
        await sender.journal.submitted(sender.by, batch, list(some))
        return await _collect(sender, provider, batch, dict(some), reservations, found)
    finally:
        for reservation in reservations.values():
            sender.count(reservation, None, None)


async def _submit(provider: Provider, calls: dict[str, Call]) -> str:
    try:
        return await provider.submit(calls)
    except Fault as fault:
        if fault.maybe_paid:  # asking again might pay for the same batch twice
            raise TeacherDown(
                f"a batch was handed in, but the vendor's reply was lost ({fault.detail}); look at the vendor's list of "
                "batches before you run again, which would hand it in once more"
            ) from None
        raise


async def _ended(provider: Provider, batch: str) -> bool:
    try:
        return await provider.ended(batch)
    except Fault as fault:
        if fault.status == 404:
            raise Fault("unknown", f"the vendor knows no batch {batch}") from None
        raise


async def _within_budget(
    sender: Sender, calls: dict[str, Call], most: int
) -> tuple[dict[str, Call], dict[str, Reservation]]:
    """As many of the calls as fit into the budget and one batch, and their reservations. BudgetReached if none fits."""
    reservations: dict[str, Reservation] = {}
    for digest, call in list(calls.items())[:most]:
        reservation = sender.reservation_for(call)
        if reservations and not sender.meter.fits(sender.budget, reservation):
            break
        await sender.meter.reserve(sender.budget, reservation)
        reservations[digest] = reservation
    return {digest: calls[digest] for digest in reservations}, reservations


async def _collect(
    sender: Sender,
    provider: Provider,
    batch: str,
    held: Mapping[str, Call | None],
    reservations: dict[str, Reservation],
    found: dict[str, Received],
) -> dict[str, Fault]:
    """Wait for a batch, journal its answers, and return its faults; a call that is missing from the results has expired."""
    try:
        while not await _with_retries(sender, lambda: _ended(provider, batch)):
            await asyncio.sleep(sender.settings.patience.poll_seconds)
        results = await _with_retries(sender, lambda: provider.fetch(batch))
    except Fault as fault:
        await sender.journal.close_batch(batch, "lost")
        if fault.kind == "void":
            raise BadInput(f"{sender.by.provider}/{sender.by.model}: {sender.redactor.error(fault.detail)}") from None
        return {}
    known, form = await _journalled(sender, list(held)), provider.dialect.form
    faults: dict[str, Fault] = {}
    for digest, call in held.items():
        if digest in known:
            continue
        result = _checked(sender, results.get(digest, EXPIRED), call)
        if isinstance(result, Fault) and call and _can_be_mended(provider, result, provider.features(call, form)):
            result = Fault("trouble", result.detail)
        sent = sender.journal.sent(sender.by, digest, 1, batch)
        sender.usage.requests += 1
        if isinstance(result, Fault):
            faults[digest] = result
            sender.journal.failed(sent, result.detail)
            sender.count(reservations.pop(digest, None), 0, 0.0)
            continue
        usd = sender.cost(result)
        found[digest] = Received(result, usd, replayed=False)
        sender.journal.received(sent, result, usd)
        sender.count(reservations.pop(digest, None), result.tokens_in + result.tokens_out, usd)
    await sender.journal.close_batch(batch, "fetched")
    return faults


def _can_be_mended(provider: Provider, fault: Fault, used: set[str]) -> bool:
    """Whether the next batch will ask in another form, without what the server refused of the features used."""
    return fault.kind == "refused" and provider.dialect.adopt(fault.parameter, fault.detail, used)


def _checked(sender: Sender, result: Answer | Fault, call: Call | None) -> Answer | Fault:
    try:
        if isinstance(result, Fault):
            raise result
        return sender.complete(result, call)
    except Fault as fault:
        return Fault(fault.kind, sender.redactor.error(fault.detail), parameter=fault.parameter)


async def _journalled(sender: Sender, hashes: list[str]) -> dict[str, Received]:
    rows = await sender.journal.find(hashes)
    return {digest: Received(answer, usd, replayed=True) for digest, (answer, usd) in rows.items()}


async def _with_retries(sender: Sender, ask: Callable[[], Awaitable[T]]) -> T:
    """The result of `ask`, which is repeated while the vendor is busy or away.

    Raises TeacherDown, BadInput for errors that stay, and Fault for a batch that is unknown or void.
    """
    patience, level = sender.settings.patience, 0
    while True:
        try:
            return await ask()
        except Fault as fault:
            if fault.kind in ("void", "unknown"):
                raise
            detail = f"{sender.by.provider}/{sender.by.model}: {sender.redactor.error(fault.detail)}"
            if fault.kind in ("stop", "refused"):
                raise BadInput(detail) from None
            level += fault.kind != "busy"
            if level >= patience.rounds:
                raise TeacherDown(
                    f"the teacher is down: {detail}; what was received is kept, run again later"
                ) from None
            wait = max(
                min(fault.retry_after or 0, patience.longest_retry_after_seconds), patience.backoff_seconds * 2**level
            )
        await asyncio.sleep(wait)
