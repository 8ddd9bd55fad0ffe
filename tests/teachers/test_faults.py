"""What goes wrong on the way to a model, and that no wrong answer comes of it."""

import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tasks.core.errors import BadInput, TeacherDown
from tasks.core.outcome import Tools
from tasks.teachers import Failure, TeacherSettings, export, open_teacher
from tests.servers.models import ModelServer, Reply
from tests.servers.wire import Seen
from tests.teachers.asked import FAST, error, question, questions, settings_for, texts
from tests.teachers.conftest import Ask

HTML = "<html><body>" + "Please sign in to the hotel's network. " * 20

TRANSIENT = {
    "500": Reply(status=500),
    "529": Reply(status=529, error="overloaded_error"),
    "503 without JSON": Reply(status=503, body="upstream connect error"),
    "cut body": Reply(cut=20),
    "silent end": Reply(silent=True),
    "malformed JSON": Reply(body='{"choices": [{'),
    "HTML 200": Reply(body=HTML, content_type="text/html"),
    "empty body": Reply(body=""),
    "missing finish reason": Reply(finish=None),
    "not an answer": Reply(body='{"hello": "world"}'),
    "a list": Reply(body="[1, 2]"),
    "429": Reply(status=429, error="rate_limit_error"),
    "429, Retry-After 0": Reply(status=429, retry_after=0),
    "429, nonsense": Reply(status=429, retry_after="soon"),
}
GARBAGE = [
    "cut body", "silent end", "malformed JSON", "HTML 200", "empty body", "missing finish reason", "not an answer",
]  # fmt: skip


@pytest.mark.parametrize("reply", TRANSIENT.values(), ids=TRANSIENT.keys())
def test_what_passes_is_asked_again(model_server: ModelServer, reply: Reply, ask: Ask) -> None:
    model_server.script(*[reply] * 3)
    assert texts(ask(questions(10))) == ["An answer."] * 10
    assert model_server.requests == 13


@pytest.mark.parametrize("kind", ["500", *GARBAGE])
def test_one_request_that_always_fails_fails_alone(model_server: ModelServer, kind: str, ask: Ask) -> None:
    model_server.reply = lambda seen: TRANSIENT[kind] if seen.prompt == "question 3" else "fine"
    answers = ask(questions(10))
    assert [i for i, answer in enumerate(answers) if isinstance(answer, Failure)] == [3]
    assert model_server.requests == 9 + FAST.attempts
    assert error([answers[3]]).endswith(f"({FAST.attempts} attempts)")


@pytest.mark.parametrize("kind", ["500", "529", "503 without JSON", *GARBAGE])
def test_a_teacher_that_answers_nothing_is_down(model_server: ModelServer, tools: Tools, kind: str, ask: Ask) -> None:
    model_server.reply = lambda _seen: TRANSIENT[kind]
    with pytest.raises(TeacherDown, match="the teacher is down"):
        ask(questions(1000))
    assert model_server.requests < 500  # of 1,000 rows that would be asked three times and more
    assert set(export(tools.store_root)["status"].to_pylist()) == {"failed"}


@pytest.mark.parametrize("numbers", [range(0, 390, 30), range(387, 400)], ids=["here and there", "in the end"])
def test_requests_that_always_fail_are_not_taken_for_a_teacher_that_is_down(
    model_server: ModelServer, numbers: range, ask: Ask
) -> None:
    hopeless = {f"question {i}" for i in numbers}
    model_server.reply = lambda seen: TRANSIENT["empty body"] if seen.prompt in hopeless else "fine"
    for _ in range(2):  # the second time nothing but these is left to ask
        answers = ask(questions(400))
        assert sum(isinstance(answer, Failure) for answer in answers) == len(hopeless) > 10


def test_a_teacher_that_comes_back_is_asked_again(
    model_server: ModelServer, settings: TeacherSettings, tools: Tools
) -> None:
    model_server.reply = lambda _seen: Reply(status=529)
    with open_teacher(settings, tools) as teacher:
        with pytest.raises(TeacherDown):
            teacher.ask(questions(20))
        model_server.reply = lambda _seen: "back"
        assert texts(teacher.ask(questions(20))) == ["back"] * 20


def test_a_refused_connection_is_down_at_once(provider: str, tools: Tools) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = TeacherSettings(provider=provider, model="m", base_url=f"http://127.0.0.1:{port}/v1", patience=FAST)
    with open_teacher(settings, tools) as teacher, pytest.raises(TeacherDown, match=f"127.0.0.1:{port}.*unreachable"):
        teacher.ask(questions(100))


def test_the_first_200_characters_of_garbage_are_kept(model_server: ModelServer, ask: Ask) -> None:
    model_server.reply = lambda _seen: TRANSIENT["HTML 200"]
    said = error(ask([question("q")]))
    assert HTML[:200].strip() in said
    assert HTML[:220] not in said


@pytest.mark.parametrize("date", [False, True], ids=["seconds", "HTTP date"])
def test_retry_after_is_waited_for(model_server: ModelServer, date: bool, ask: Ask) -> None:
    moment = datetime.now(UTC) + timedelta(seconds=2)
    after = format_datetime(moment, usegmt=True) if date else 0.5
    model_server.script(Reply(status=429, retry_after=after))
    ask([question("q")])
    first, second = model_server.seen
    assert second.at - first.at >= (0.3 if date else 0.5), "asked again before the server allowed it"


def test_a_retry_after_beyond_the_limit_is_asked_after_the_limit(model_server: ModelServer, tools: Tools) -> None:
    patience = FAST.model_copy(update={"longest_retry_after_seconds": 0.05})
    model_server.script(Reply(status=429, retry_after=86400))
    with open_teacher(settings_for(model_server, "openai", patience=patience), tools) as teacher:
        assert texts(teacher.ask([question("q")])) == ["An answer."]


def test_the_pace_settles_at_what_the_server_can_take(model_server: ModelServer, tools: Tools) -> None:
    def small(_seen: Seen) -> Reply:
        return Reply(status=429, delay=0) if model_server.in_flight > 8 else Reply(delay=0.02)

    model_server.reply = small
    with open_teacher(settings_for(model_server, "openai", concurrency=64), tools) as teacher:
        assert len(texts(teacher.ask(questions(400)))) == 400
    assert model_server.requests <= 1.5 * 400


def test_a_slow_drip_is_cut_off_by_the_clock(model_server: ModelServer, provider: str, tools: Tools) -> None:
    model_server.reply = lambda seen: Reply(drip=0.2) if seen.prompt == "question 0" else "fine"
    with open_teacher(settings_for(model_server, provider, timeout_seconds=0.5), tools) as teacher:
        answers = teacher.ask(questions(4))
    assert error([answers[0]]).startswith("timeout: no complete answer within 0.5 s")
    assert texts(answers[1:]) == ["fine"] * 3


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(status=429, error="insufficient_quota", message="You exceeded your current quota"), "out of credit"),
        (Reply(status=400, error="invalid_request_error", message="Your credit balance is too low"), "out of credit"),
        (Reply(status=401, error="invalid_api_key"), "key is not accepted"),
        (Reply(status=404, error="model_not_found"), "no such model or address"),
    ],
)
def test_what_no_waiting_mends_stops_at_once(
    model_server: ModelServer, settings: TeacherSettings, tools: Tools, reply: Reply, said: str, ask: Ask
) -> None:
    model_server.script(*["early"] * 5)
    model_server.reply = lambda _seen: reply
    with pytest.raises(BadInput, match=said):
        ask(questions(200))
    assert model_server.requests <= 5 + 2 * settings.concurrency
    assert export(tools.store_root)["status"].to_pylist().count("ok") == 5


def test_a_request_the_vendor_refuses_fails_alone_and_once(model_server: ModelServer, ask: Ask) -> None:
    model_server.reply = lambda seen: (
        Reply(status=400, message="prompt is too long") if seen.prompt == "question 1" else "fine"
    )
    answers = ask(questions(3))
    assert error([answers[1]]) == "400: prompt is too long"
    assert model_server.requests == 3


def test_a_parameter_the_model_lacks_is_left_out(
    model_server: ModelServer, settings: TeacherSettings, ask: Ask
) -> None:
    def picky(seen: Seen) -> Reply | str:
        if "temperature" in seen.body:
            return Reply(status=400, error="invalid_request_error", message="temperature is deprecated for this model.")
        return "fine"

    model_server.reply = picky
    assert texts(ask(questions(30))) == ["fine"] * 30
    assert model_server.requests <= 30 + settings.concurrency


def test_structured_output_that_the_server_lacks_is_asked_for_in_words(model_server: ModelServer, ask: Ask) -> None:
    def plain(seen: Seen) -> Reply | dict[str, int]:
        lacking = {"response_format", "output_config"} & seen.body.keys()
        if lacking:
            return Reply(status=400, message=f"unknown parameter: {lacking.pop()}")
        assert '"n"' in seen.system
        return {"n": 3}

    model_server.reply = plain
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    [answer] = ask([question("q", json_schema=schema)])
    assert texts([answer]) == ['{"n": 3}']


def test_secrets_are_found_nowhere(
    model_server: ModelServer, settings: TeacherSettings, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = "sk-canary-4f9d1c2b7a"
    monkeypatch.setenv("OPENAI_API_KEY", canary)
    monkeypatch.setenv("ANTHROPIC_API_KEY", canary)
    model_server.script(Reply(status=500, message=f"key {canary} met an error"), f"your key is {canary}")
    model_server.script(
        *[Reply(status=401, message=f"Incorrect API key provided: {canary}, also sk-other-123456***")] * 9
    )
    with open_teacher(settings, tools) as teacher:
        assert texts(teacher.ask([question("tell")])) == ["your key is [secret]"]
        with pytest.raises(BadInput) as caught:
            teacher.ask(questions(3))
    assert canary not in str(caught.value)
    assert "sk-other" not in str(caught.value)
    assert caught.value.__cause__ is None
    files = [path for path in tools.store_root.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if canary.encode() in path.read_bytes()]
    sent = {seen.headers.get("authorization", "") + seen.headers.get("x-api-key", "") for seen in model_server.seen}
    assert all(canary in value for value in sent), "the key did not even arrive"
