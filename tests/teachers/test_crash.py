"""kill -9 in the middle of asking: the rerun asks for what was in flight, and for nothing that was received."""

import json
import signal
import time

import pytest

from tasks.core.errors import BudgetReached
from tasks.core.outcome import Tools
from tasks.teachers import Budget, TeacherSettings, begin_build, export, open_teacher
from tests.servers.models import ModelServer
from tests.teachers.asked import questions, settings_for, texts
from tests.teachers.asker import asker

COUNT = 300


@pytest.mark.parametrize(("provider", "moment"), [("openai", 40), ("anthropic", 200)])
def test_a_rerun_after_kill_9_repeats_only_what_was_in_flight(
    model_server: ModelServer, provider: str, tools: Tools, moment: int
) -> None:
    model_server.reply = lambda seen: seen.prompt.upper()
    model_server.delay = 0.02
    settings = settings_for(model_server, provider, concurrency=16)
    with asker(settings, tools.store_root, COUNT) as process:
        deadline = time.monotonic() + 60
        while model_server.requests < moment:
            assert time.monotonic() < deadline
            assert process.poll() is None, "it was over before it was killed"
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
    time.sleep(0.05)
    journalled = export(tools.store_root)["status"].to_pylist().count("ok")
    assert model_server.requests - journalled <= settings.concurrency
    with asker(settings, tools.store_root, COUNT) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.read())
    assert said == [f"QUESTION {i}" for i in range(COUNT)]
    assert model_server.repeats <= settings.concurrency
    assert model_server.requests == journalled + (COUNT - journalled) + model_server.repeats
    statuses = export(tools.store_root)["status"].to_pylist()
    assert statuses.count("ok") == COUNT
    assert statuses.count("sent") <= settings.concurrency
    budget_counts_what_those_processes_paid(settings, tools)


def budget_counts_what_those_processes_paid(settings: TeacherSettings, tools: Tools) -> None:
    begin_build(tools.store_root, "killed@1")
    with open_teacher(settings, tools, Budget(requests=COUNT + 5)) as teacher:
        assert len(texts(teacher.ask(questions(COUNT + 5)))) == COUNT + 5
        with pytest.raises(BudgetReached, match=f"{COUNT + 5} requests"):
            teacher.ask(questions(COUNT + 6))


def test_two_processes_share_a_journal(model_server: ModelServer, tools: Tools) -> None:
    settings = settings_for(model_server, "openai", concurrency=16)
    processes = [asker(settings, tools.store_root, COUNT) for _ in range(2)]
    said = [process.communicate()[0] for process in processes]
    assert said[0] == said[1]
    assert [process.returncode for process in processes] == [0, 0]
    assert set(export(tools.store_root)["status"].to_pylist()) == {"ok"}
