"""Both vendors' batch modes: nothing handed in twice, nothing lost, only what failed again."""

import signal
import time
from pathlib import Path

import pytest

from tasks.core.errors import BadInput, BudgetReached
from tasks.core.outcome import Tools
from tasks.teachers import Budget, Completion, TeacherSettings, export, open_teacher
from tests.servers.models import ModelServer, Reply
from tests.teachers.asked import error, question, questions, settings_for, texts
from tests.teachers.asker import asker
from tests.teachers.conftest import Ask


@pytest.fixture
def settings(model_server: ModelServer, provider: str) -> TeacherSettings:
    return settings_for(model_server, provider, batch=True)


def submissions(server: ModelServer) -> int:
    return server.paths["POST /v1/batches"] + server.paths["POST /v1/messages/batches"]


def test_a_batch_answers_like_single_requests(
    model_server: ModelServer, settings: TeacherSettings, tools: Tools, ask: Ask
) -> None:
    model_server.reply = lambda seen: seen.prompt.upper()
    assert texts(ask([*questions(20), question("question 3")])) == [
        *(f"QUESTION {i}" for i in range(20)),
        "QUESTION 3",
    ]
    assert (submissions(model_server), model_server.requests) == (1, 20)
    with open_teacher(settings.model_copy(update={"batch": False}), tools) as teacher:
        texts(teacher.ask(questions(20)))
    assert model_server.requests == 20, "what a batch answered was asked again"


def test_only_what_failed_is_handed_in_again(model_server: ModelServer, ask: Ask) -> None:
    model_server.script("0", Reply(status=500), "2", Reply(text="cut", finish="length"), "4", Reply(finish=None))
    model_server.reply = lambda seen: f"second time: {seen.prompt}"
    said = texts(ask(questions(6)))
    assert said[0::2] == ["0", "2", "4"]
    assert said[1::2] == [f"second time: question {i}" for i in (1, 3, 5)]
    assert (submissions(model_server), model_server.requests) == (2, 9)


def test_expired_requests_are_handed_in_again(model_server: ModelServer, ask: Ask) -> None:
    model_server._batches.expire = lambda prompt: prompt == "question 1" and submissions(model_server) == 1
    assert len(texts(ask(questions(3)))) == 3
    assert (submissions(model_server), model_server.requests) == (2, 4)


def test_a_request_that_always_fails_fails_alone(
    model_server: ModelServer, settings: TeacherSettings, ask: Ask
) -> None:
    model_server.reply = lambda seen: Reply(status=500, message="oh") if seen.prompt == "question 1" else "fine"
    answers = ask(questions(3))
    assert error([answers[1]]).startswith("500: oh")
    assert submissions(model_server) == settings.patience.attempts


def test_a_budget_lets_through_what_it_can_pay(
    model_server: ModelServer, settings: TeacherSettings, tools: Tools
) -> None:
    with open_teacher(settings, tools, Budget(requests=7)) as teacher, pytest.raises(BudgetReached):
        teacher.ask(questions(10))
    assert model_server.requests == 7
    with open_teacher(settings, tools, Budget(requests=10)) as teacher:
        texts(teacher.ask(questions(10)))
    assert (model_server.requests, model_server.repeats) == (10, 0)


@pytest.mark.parametrize("provider", ["openai"])
def test_an_unknown_batch_is_handed_in_anew(
    model_server: ModelServer, settings: TeacherSettings, tools: Tools, ask: Ask
) -> None:
    model_server.batch_polls = 10**6
    killed_while_waiting(model_server, settings, tools.store_root)
    model_server._batches.batches.clear()
    model_server.batch_polls = 1
    texts(ask(questions(12)))
    assert model_server.requests == 12


def test_a_build_killed_while_waiting_finds_its_batch_again(
    model_server: ModelServer, settings: TeacherSettings, tools: Tools, ask: Ask
) -> None:
    model_server.batch_polls = 10**6
    killed_while_waiting(model_server, settings, tools.store_root)
    assert (submissions(model_server), model_server.requests) == (1, 0)
    model_server.batch_polls = 1
    answers = ask([*questions(12), question("one more")])
    assert len(texts(answers)) == 13
    assert (model_server.requests, model_server.repeats, submissions(model_server)) == (13, 0, 2)
    assert all(isinstance(answer, Completion) and not answer.replayed for answer in answers)
    assert set(export(tools.store_root)["batch"].to_pylist()) == {"batch-0", "batch-1"}


def killed_while_waiting(server: ModelServer, settings: TeacherSettings, store: Path) -> None:
    """A process asks twelve questions in a batch, and is killed at its third look at it."""
    with asker(settings, store, 12) as process:
        deadline = time.monotonic() + 60
        while max((batch.polls for batch in server._batches.batches.values()), default=0) < 3:
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)


def test_a_batch_the_vendor_refuses_is_bad_input(
    model_server: ModelServer, settings: TeacherSettings, tools: Tools
) -> None:
    with (
        open_teacher(settings.model_copy(update={"base_url": settings.base_url + "/nowhere"}), tools) as teacher,
        pytest.raises(BadInput, match="no such model or address"),
    ):
        teacher.ask(questions(2))
