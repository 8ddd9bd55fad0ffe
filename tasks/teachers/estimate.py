"""What asking would cost, before anything is sent."""

from collections.abc import Iterable
from dataclasses import dataclass

from tasks.teachers.exchange import call_of, digest_of
from tasks.teachers.prices import price_of
from tasks.teachers.protocol import Request, TeacherSettings
from tasks.teachers.provider import tokens_at_most


@dataclass(frozen=True)
class Estimate:
    """What asking would cost; `usd` is None if the price is not known. Tokens out are the most the requests allow."""

    requests: int
    tokens_in: int
    tokens_out: int
    usd: float | None


def estimate(settings: TeacherSettings, requests: Iterable[Request]) -> Estimate:
    """What these requests would cost at most, equal ones asked once."""
    calls = [call_of(request, settings) for request in requests]
    different = {digest_of(settings.provider, "", call): call for call in calls}
    tokens_in = sum(map(tokens_at_most, different.values()))
    tokens_out = sum(call.max_tokens for call in different.values())
    price = price_of(settings)
    return Estimate(len(different), tokens_in, tokens_out, price.of(tokens_in, tokens_out) if price else None)
