"""What tokens cost that a vendor reads from its cache of prompts, or writes to it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.outcome import Tools
from tasks.teachers import Completion, Request, TeacherSettings, anthropic, open_teacher, openai
from tasks.teachers.prices import Price, price_of
from tasks.teachers.protocol import Message
from tests.servers.models import ModelServer
from tests.servers.wire import Reply

COUNT = st.one_of(st.integers(-5, 3000), st.sampled_from([None, "12", "x", 1.5, True, [], {}, 10**30]))
USAGE = st.dictionaries(
    st.sampled_from(["input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "prompt_tokens"]), COUNT
)


def paid(server: ModelServer, tools: Tools, provider: str, model: str, reply: Reply, **more: Any) -> float | None:
    server.reply = lambda _seen: reply
    address = server.openai_url if provider == "openai" else server.url
    settings = TeacherSettings.model_validate({"provider": provider, "model": model, "base_url": address, **more})
    with open_teacher(settings, tools) as teacher:
        [answer] = teacher.ask([Request(messages=(Message(role="user", content=f"{model} {reply.cached}"),))])
    assert isinstance(answer, Completion)
    assert answer.tokens_in == 1000
    assert tools.usage.usd == answer.cost_usd
    return answer.cost_usd


@pytest.mark.parametrize(
    ("provider", "model", "cached", "usd"),
    [
        ("openai", "gpt-5.4", (600, 0), 400 * 2.5 + 600 * 0.25 + 10 * 15),
        ("openai", "gpt-5.4", (0, 0), 1000 * 2.5 + 10 * 15),
        ("openai", "gpt-5.6-luna", (600, 0), 1000 * 0.2 + 10 * 1.2),  # its price for cached tokens is not known
        ("openai", "gpt-5.4", (5000, 0), 1000 * 2.5 + 10 * 15),  # more than there were: not believed
        ("anthropic", "claude-opus-5", (600, 300), 100 * 5 + 600 * 0.5 + 300 * 6.25 + 10 * 25),
        ("anthropic", "claude-haiku-5-5", (600, 300), 700 * 0.1 + 300 * 0.2 + 10 * 0.5),
    ],
)
def test_cached_tokens_cost_what_the_vendor_charges_for_them(
    model_server: ModelServer, tools: Tools, provider: str, model: str, cached: tuple[int, int], usd: float
) -> None:
    reply = Reply(usage=(1000, 10), cached=cached)
    assert paid(model_server, tools, provider, model, reply) == pytest.approx(usd / 1e6)


def test_prices_of_ones_own_and_batches_know_nothing_of_caches() -> None:
    own = TeacherSettings(provider="openai", model="gpt-5.4", usd_per_million_in=1, usd_per_million_out=2)
    assert price_of(own) == Price(1, 2)
    assert price_of(TeacherSettings(provider="openai", model="gpt-5.4", batch=True)) == Price(1.25, 7.5)


@given(usage=USAGE, cached=COUNT)
def test_whatever_a_server_counts_the_price_stays_between_nothing_and_the_most(
    usage: dict[str, Any], cached: Any
) -> None:
    said = usage | {"prompt_tokens_details": {"cached_tokens": cached}, "completion_tokens": 1, "output_tokens": 1}
    chat = openai.answer({"choices": [{"message": {"content": "A"}, "finish_reason": "stop"}], "usage": said})
    message = anthropic.answer({"content": [{"type": "text", "text": "A"}], "stop_reason": "end_turn", "usage": said})
    for answer in (chat, message):
        assert 0 <= answer.cached + answer.written <= answer.tokens_in
        for price in (Price(4, 8), Price(4, 8, cached=0.4, written=5)):
            usd = price.of(answer.tokens_in, answer.tokens_out, answer.cached, answer.written)
            most = Price(4, 8).of(answer.tokens_in, answer.tokens_out, written=answer.tokens_in)
            assert 0 <= usd <= most * (1 + 1e-9)
