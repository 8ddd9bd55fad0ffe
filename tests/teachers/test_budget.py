"""A budget is never overrun, and what was received before it was reached is kept."""

from pathlib import Path

import pytest

from tasks.core.errors import BudgetReached
from tasks.core.outcome import Tools
from tasks.teachers import Budget, Completion, TeacherSettings, begin_build, estimate, open_teacher, summary, terms_of
from tasks.teachers.prices import model_of
from tests.servers.models import ModelServer, Reply
from tests.teachers.asked import question, questions, settings_for, texts

PRICES = {"usd_per_million_in": 100.0, "usd_per_million_out": 1000.0}


def ask_until_reached(settings: TeacherSettings, tools: Tools, budget: Budget, count: int = 100) -> str:
    with open_teacher(settings, tools, budget) as teacher, pytest.raises(BudgetReached) as caught:
        teacher.ask(questions(count))
    return str(caught.value)


def test_requests_stop_at_the_budget_and_go_on_with_a_larger_one(
    model_server: ModelServer, settings: TeacherSettings, tools: Tools
) -> None:
    begin_build(tools.store_root, "austen@1")
    said = ask_until_reached(settings, tools, Budget(requests=30))
    assert model_server.requests == 30
    assert "budget.requests is 30" in said
    assert "30 requests" in said
    assert "--set budget.requests=60" in said
    assert ask_until_reached(settings, tools, Budget(requests=30))
    assert model_server.requests == 30, "the same budget bought more"
    with open_teacher(settings, tools, Budget(requests=100)) as teacher:
        assert len(texts(teacher.ask(questions(100)))) == 100
    assert (model_server.requests, model_server.repeats) == (100, 0)


def test_a_new_build_has_a_new_budget_and_replays_are_free(model_server: ModelServer, tools: Tools) -> None:
    settings = settings_for(model_server, "openai")
    begin_build(tools.store_root, "austen@1")
    ask_until_reached(settings, tools, Budget(requests=10))
    begin_build(tools.store_root, "austen@2")
    with open_teacher(settings, tools, Budget(requests=5)) as teacher:
        teacher.ask(questions(10))
        teacher.ask(questions(15))
    assert model_server.requests == 15


def test_money_is_never_overspent_although_prices_are_known_only_afterwards(
    model_server: ModelServer, provider: str, tools: Tools
) -> None:
    model_server.delay = 0.005
    model_server.reply = lambda _seen: Reply(usage=(20, 90))
    settings = settings_for(model_server, provider, max_tokens=100, **PRICES)
    said = ask_until_reached(settings, tools, Budget(usd=2.0))
    [figures] = summary(tools.store_root)
    assert figures.usd is not None
    assert 1.8 < figures.usd <= 2.0
    assert figures.requests == model_server.requests == figures.answered
    assert f"{figures.usd:.4f} USD" in said


def test_tokens_have_a_budget_too(model_server: ModelServer, tools: Tools) -> None:
    model_server.reply = lambda _seen: Reply(usage=(10, 50))
    ask_until_reached(settings_for(model_server, "openai", max_tokens=50), tools, Budget(tokens=1000))
    [figures] = summary(tools.store_root)
    assert 800 < figures.tokens_in + figures.tokens_out <= 1000


def test_an_answer_that_was_cut_off_counts_at_the_most_it_can_have_cost(
    model_server: ModelServer, tools: Tools
) -> None:
    model_server.reply = lambda _seen: Reply(cut=10)
    settings = settings_for(model_server, "openai", max_tokens=1000, **PRICES)
    ask_until_reached(settings, tools, Budget(usd=2.5))
    assert model_server.requests == 2


def test_a_server_that_tells_no_usage_counts_at_the_most_it_can_have_cost(
    model_server: ModelServer, tools: Tools
) -> None:
    model_server.reply = lambda _seen: Reply(usage=None)
    settings = settings_for(model_server, "openai", max_tokens=1000, **PRICES)
    ask_until_reached(settings, tools, Budget(usd=2.5))
    assert model_server.requests == 2


def test_rejections_count_as_requests_and_cost_nothing(model_server: ModelServer, tools: Tools) -> None:
    model_server.script(*[Reply(status=429)] * 5, Reply(status=500))
    settings = settings_for(model_server, "openai", **PRICES)
    with open_teacher(settings, tools, Budget(requests=16, tokens=10_000)) as teacher:
        assert len(texts(teacher.ask(questions(10)))) == 10
    assert model_server.requests == 16
    assert tools.usage.usd == pytest.approx(10 * (10 * 100 + 5 * 1000) / 1e6)


def test_several_stages_share_one_budget(model_server: ModelServer, tools: Tools) -> None:
    settings, budget = settings_for(model_server, "openai"), Budget(requests=25)
    for stage in range(2):
        with open_teacher(settings, tools, budget) as teacher:
            teacher.ask([question(f"stage {stage}, {i}") for i in range(10)])
    ask_until_reached(settings, tools, budget)
    assert model_server.requests == 25


def test_a_known_price_stands_on_every_answer(model_server: ModelServer, provider: str, tools: Tools) -> None:
    model = {"openai": "gpt-5.6-luna", "anthropic": "claude-haiku-5-5"}[provider]
    with open_teacher(settings_for(model_server, provider, model=model), tools) as teacher:
        [answer] = teacher.ask([question("q")])
    assert isinstance(answer, Completion)
    price_in, price_out = {"openai": (0.2, 1.2), "anthropic": (0.1, 0.5)}[provider]
    assert answer.cost_usd == pytest.approx((10 * price_in + 5 * price_out) / 1e6)


def test_an_estimate_counts_different_questions_once_and_sends_nothing(tmp_path: Path) -> None:
    settings = TeacherSettings(provider="openai", model="gpt-5.6-luna", max_tokens=100)
    found = estimate(settings, [question("x" * 300), question("x" * 300), question("y" * 300)])
    assert (found.requests, found.tokens_out) == (2, 200)
    assert 200 <= found.tokens_in <= 250
    assert found.usd == pytest.approx((found.tokens_in * 0.2 + 200 * 1.2) / 1e6)
    assert estimate(settings.model_copy(update={"model": "nobody-knows"}), [question("x")]).usd is None
    assert estimate(settings.model_copy(update={"provider": "local"}), [question("x")]).usd == 0
    half = estimate(settings.model_copy(update={"batch": True}), [question("x" * 300), question("y" * 300)])
    assert half.usd == pytest.approx(found.usd / 2 if found.usd else 0)


@pytest.mark.parametrize(
    ("provider", "model", "may"),
    [
        ("openai", "", "restricted"),
        ("anthropic", "", "restricted"),
        ("local", "", "yes"),
        ("openai", "mystery", "unknown"),
    ],
)
def test_whether_outputs_may_train_is_known_or_said_to_be_unknown(provider: str, model: str, may: str) -> None:
    settings = TeacherSettings(provider=provider, model=model)
    assert terms_of(provider, model_of(settings)).may_train == may


def test_the_stage_contract_hears_what_was_sent_replayed_and_spent(
    model_server: ModelServer, provider: str, tools: Tools
) -> None:
    model_server.script(Reply(status=500))
    for batch, sent, replayed in ((False, 6, 0), (False, 6, 5), (True, 8, 10)):
        with open_teacher(settings_for(model_server, provider, batch=batch, **PRICES), tools) as teacher:
            teacher.ask(questions(7 if batch else 5))
        assert (tools.usage.requests, tools.usage.replayed) == (sent, replayed)
    assert tools.usage.tokens == 7 * 15
    assert tools.usage.usd == pytest.approx((5 + 2 / 2) * (10 * 100 + 5 * 1000) / 1e6)
    assert tools.usage.unpriced == 0
