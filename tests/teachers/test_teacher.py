"""Asking and replaying: order, identity, threads, both protocols."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tasks.core.errors import BadInput
from tasks.core.outcome import Tools
from tasks.core.params import canonical_json
from tasks.teachers import Budget, Completion, Failure, Message, Request, TeacherSettings, check, open_teacher, summary
from tasks.teachers.prices import model_of
from tests.servers.models import ModelServer, Reply
from tests.teachers.asked import question, questions, settings_for, texts
from tests.teachers.conftest import Ask


def test_answers_come_in_the_order_of_the_questions(
    model_server: ModelServer, settings: TeacherSettings, tools: Tools
) -> None:
    model_server.reply = lambda seen: Reply(text=seen.prompt.upper(), delay=0.001 * (hash(seen.prompt) % 7))
    with open_teacher(settings, tools) as teacher:
        assert teacher.name == f"{settings.provider}/m"
        assert texts(teacher.ask(questions(40))) == [f"QUESTION {i}" for i in range(40)]


def test_a_request_arrives_as_it_was_asked(model_server: ModelServer, ask: Ask) -> None:
    turns = (
        Message(role="user", content="one"),
        Message(role="assistant", content="two"),
        Message(role="user", content="three"),
    )
    [answer] = ask([Request(messages=turns, system="Be brief.", max_tokens=77, temperature=0.25)])
    [seen] = model_server.seen
    assert (seen.system, seen.prompt) == ("Be brief.", "three")
    assert [m["content"] for m in seen.body["messages"] if m["role"] != "system"] == ["one", "two", "three"]
    assert (seen.body["max_tokens"], seen.body["temperature"], seen.body["model"]) == (77, 0.25, "m")
    assert isinstance(answer, Completion)
    assert (answer.tokens_in, answer.tokens_out, answer.finish != "", answer.replayed) == (10, 5, True, False)
    assert answer.cost_usd is None, "nobody knows the price of m"


def test_equal_questions_are_asked_once(model_server: ModelServer, ask: Ask) -> None:
    answers = ask([question("same"), question("other"), question("same"), question("same", sample=1)])
    assert model_server.requests == 3
    assert len({answer.request_hash for answer in answers}) == 3
    assert answers[0] == answers[2]


def test_a_replay_sends_nothing(model_server: ModelServer, ask: Ask) -> None:
    model_server.reply = lambda seen: f"{seen.prompt}, answered {model_server.requests}"
    first = ask(questions(30))
    again = ask(questions(30))
    assert model_server.requests == 30
    assert texts(again) == texts(first)
    assert all(isinstance(answer, Completion) and answer.replayed for answer in again)


@pytest.mark.parametrize(
    ("change", "sent"),
    [
        ({"concurrency": 2}, 0),
        ({"timeout_seconds": 5.0}, 0),
        ({"temperature": 0.1}, 1),
        ({"max_tokens": 9}, 1),
        ({"model": "n"}, 1),
        ({"base_url": "http://localhost:{port}/v1"}, 1),
        ({"base_url": "http://127.0.0.1:{port}/v1/"}, 0),
    ],
)
def test_only_what_can_change_the_answer_asks_again(
    model_server: ModelServer, tools: Tools, change: dict[str, object], sent: int
) -> None:
    change = {
        name: str(value).format(port=model_server.port) if name == "base_url" else value
        for name, value in change.items()
    }
    with open_teacher(settings_for(model_server, "openai"), tools) as teacher:
        teacher.ask([question("q")])
    with open_teacher(settings_for(model_server, "openai", **change), tools) as teacher:
        teacher.ask([question("q")])
    assert model_server.requests == 1 + sent


def test_a_stages_key_holds_which_model_is_asked_and_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def key(**settings: object) -> str:
        return canonical_json(TeacherSettings(**settings))

    plain = key(provider="openai")
    assert plain == key(provider="openai", model=model_of(TeacherSettings(provider="openai"))), "the default has a name"
    assert plain != key(provider="openai", base_url="http://localhost:8000/v1")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:8000/v1")
    assert key(provider="openai") == key(provider="openai", base_url="http://localhost:8000/v1/") != plain
    one, other, moved = (tmp_path / name for name in ("m.gguf", "other/m.gguf", "moved/m.gguf"))
    for path, content in ((one, b"GGUF1"), (other, b"GGUF2"), (moved, b"GGUF1")):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    keys = [key(provider="local", model_path=str(path)) for path in (one, other, moved)]
    assert keys[0] == keys[2] != keys[1]
    one.write_bytes(b"GGUF3")
    assert key(provider="local", model_path=str(one)) != keys[0]


def test_stages_in_several_threads_share_one_answer(model_server: ModelServer, tools: Tools) -> None:
    model_server.delay = 0.05
    settings = settings_for(model_server, "openai")
    heard: list[str] = []

    def stage() -> None:
        with open_teacher(settings, tools) as teacher:
            heard.extend(texts(teacher.ask(questions(5))))

    threads = [threading.Thread(target=stage) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(heard) == 20
    assert model_server.requests == 5
    assert model_server.most_in_flight <= settings.concurrency


def test_what_another_stage_has_received_meanwhile_is_not_asked_again(model_server: ModelServer, tools: Tools) -> None:
    """The second stage reads the journal before the answer is there, and comes to the question when it is."""
    settings = settings_for(model_server, "openai", concurrency=1)
    model_server.reply = lambda seen: Reply(text=seen.prompt, delay=1 if seen.prompt == "same" else 0.01)

    def stage(*asked: str) -> list[Completion | Failure]:
        with open_teacher(settings, tools) as teacher:
            return teacher.ask([question(one) for one in asked])

    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(stage, "same")
        while not model_server.requests:
            time.sleep(0.01)
        assert texts(stage("other", "same")) == ["other", "same"]
    assert texts(first.result()) == ["same"]
    assert model_server.requests == 2


def test_a_failure_in_flight_is_that_of_all_who_wait_and_is_not_kept(model_server: ModelServer, ask: Ask) -> None:
    model_server.reply = lambda _: Reply(status=400, text="no such thing", delay=0.5)
    with ThreadPoolExecutor(3) as threads:
        found = list(threads.map(ask, [[question("same")]] * 3))
    assert [type(one) for [one] in found] == [Failure] * 3
    assert model_server.requests == 1
    model_server.reply = lambda _: "An answer."
    assert texts(ask([question("same")])) == ["An answer."]


def test_asking_works_inside_a_running_loop(model_server: ModelServer, ask: Ask) -> None:
    async def inside() -> list[str]:
        return texts(ask(questions(3)))

    assert len(asyncio.run(inside())) == 3


def test_concurrency_is_the_most_in_flight(model_server: ModelServer, settings: TeacherSettings, ask: Ask) -> None:
    first = settings.concurrency  # these are held until the last of them has surely come, also on a busy machine
    model_server.reply = lambda seen: Reply(text=seen.prompt, delay=2 if model_server.requests <= first else 0.01)
    ask(questions(60))
    assert model_server.most_in_flight == settings.concurrency


def test_progress_ends_at_the_number_of_different_questions(model_server: ModelServer, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    tools = Tools("key", tmp_path, progress=lambda done, total: told.append((done, total)))
    with open_teacher(settings_for(model_server, "openai"), tools) as teacher:
        teacher.ask([*questions(4), question("question 1")])
    assert told[-1] == (4, 4)


def test_no_questions_no_answers(ask: Ask) -> None:
    assert ask([]) == []


def test_text_that_utf8_cannot_carry_is_replaced(
    model_server: ModelServer, settings: TeacherSettings, tools: Tools
) -> None:
    model_server.reply = lambda seen: seen.prompt + " \ud800 \x00 done"
    with open_teacher(settings, tools) as teacher:
        assert texts(teacher.ask([question("lone \udc00 surrogate")])) == ["lone ? surrogate ? \x00 done"]
        assert texts(teacher.ask([question("lone \udc00 surrogate")])) == ["lone ? surrogate ? \x00 done"]


@pytest.mark.parametrize("variable", ["OPENAI_API_KEY", "ANTHROPIC_API_KEY"])
def test_a_missing_key_is_named_before_any_work(monkeypatch: pytest.MonkeyPatch, tools: Tools, variable: str) -> None:
    monkeypatch.delenv(variable, raising=False)
    settings = TeacherSettings(provider="openai" if variable.startswith("OPEN") else "anthropic")
    with pytest.raises(BadInput, match=variable):
        open_teacher(settings, tools)
    assert not tools.store_root.exists()


def test_no_provider_is_bad_input(tools: Tools) -> None:
    with pytest.raises(BadInput, match=r"teacher\.provider"):
        open_teacher(TeacherSettings(), tools)


def test_a_budget_in_money_needs_a_price(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
    unknown = TeacherSettings(provider="openai", model="nobody-knows")
    with pytest.raises(BadInput, match="price of nobody-knows is not known"):
        check(unknown, Budget(usd=1))
    check(unknown, Budget(requests=1))
    check(TeacherSettings(provider="openai"), Budget(usd=1))
    priced = TeacherSettings(provider="openai", model="nobody-knows", usd_per_million_in=1, usd_per_million_out=2)
    check(priced, Budget(usd=1))


def test_a_local_model_file_must_be_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no file"):
        check(TeacherSettings(provider="local", model_path=str(tmp_path / "none.gguf")))
    (tmp_path / "text.gguf").write_text("hello")
    with pytest.raises(BadInput, match="not a GGUF file"):
        check(TeacherSettings(provider="local", model_path=str(tmp_path / "text.gguf")))


def test_limits_per_minute_space_requests(model_server: ModelServer, tools: Tools) -> None:
    began = time.monotonic()  # and not the first request's time, which may have been long on its way
    with open_teacher(settings_for(model_server, "openai", requests_per_minute=1200), tools) as teacher:
        teacher.ask(questions(6))
    assert max(seen.at for seen in model_server.seen) - began >= 5 * 0.05


def test_the_summary_counts_what_was_sent(model_server: ModelServer, tools: Tools) -> None:
    model_server.script(Reply(status=500))
    settings = settings_for(model_server, "openai", usd_per_million_in=1.0, usd_per_million_out=2.0)
    with open_teacher(settings, tools) as teacher:
        teacher.ask(questions(3))
    [figures] = summary(tools.store_root)
    assert (figures.provider, figures.model) == ("openai", "m")
    assert (figures.requests, figures.answered, figures.repeats) == (4, 3, 1)
    assert (figures.tokens_in, figures.tokens_out) == (30, 15)
    assert figures.usd == pytest.approx(3 * (10 + 2 * 5) / 1e6)
    assert figures.p50_seconds is not None
    assert figures.p95_seconds is not None
    assert figures.p50_seconds <= figures.p95_seconds
