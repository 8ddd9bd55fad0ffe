"""A server that means ill: whatever it sends costs one row, never the build, and bounded memory."""

import gzip
import json
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tasks.core.errors import BadInput
from tasks.core.outcome import Tools
from tasks.teachers import Completion, Failure, Message, damage, export, open_teacher, summary
from tasks.teachers.answers import assess
from tasks.teachers.provider import Answer, Call
from tests.servers.models import ModelServer, Reply
from tests.servers.wire import Seen
from tests.teachers.asked import FAST, error, question, questions, settings_for, texts
from tests.teachers.conftest import Ask

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
DEEP = "[" * 100_000
NUMBERS = (
    "1e999",
    "-1",
    "-1e999",
    "9" * 30,
    "9" * 5000,
    "0.5",
    "true",
    '"many"',
    "[]",
    "{}",
    "9223372036854775807",
    "null",
)
FINISHES = (
    "{}",
    '{"type":"stop"}',
    "[1]",
    '"\\ud800"',
    "0",
    "true",
    "null",
    '"stop"',
    '"length"',
    '"' + "x" * 10_000 + '"',
)
CONTENTS = (
    '"fine"', "null", "7", "true", "{}", "[]", '[{"type":"text","text":{}}]', '[[[["x"]]]]', '"\\ud800\\u0000"', DEEP,
    '"\\"' + DEEP + '"', '{"type":"text","text":[1,{"text":[]}]}', '"{\\"n\\": 1e999}"', '"{\\"n\\": ' + "9" * 30 + '}"',
    json.dumps('{"n":' * 50_000),
    json.dumps("<think>" * 50_000), json.dumps("```" * 50_000), json.dumps("{" * 200_000), json.dumps('{"a' * 100_000),
)  # fmt: skip
TYPES = (
    "application/json",
    "application/json; charset=zlib_codec",
    "text/plain; charset=utf-16",
    "text/event-stream",
    "a/b; charset=\xff",
    "",
)
FIELDS = ("choices", "message", "content", "error", "type", "text", "usage", "delta", "code", "id")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
)


def body_of(content: str, finish: str, count: str) -> str:
    """One body that both vendors' readers take for theirs."""
    usage = f'{{"prompt_tokens":{count},"completion_tokens":{count},"input_tokens":{count},"output_tokens":{count}}}'
    choice = f'{{"message":{{"content":{content},"reasoning_content":{content},"tool_calls":{content}}},"finish_reason":{finish}}}'
    return f'{{"choices":[{choice}],"content":{content},"stop_reason":{finish},"usage":{usage}}}'


SHAPED = st.builds(body_of, st.sampled_from(CONTENTS), st.sampled_from(FINISHES), st.sampled_from(NUMBERS))
BODIES = SHAPED.map(str.encode) | JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=50)
REPLIES = st.builds(
    lambda body, kind, status, encoding, after: Reply(
        body=body, content_type=kind, status=status, headers={"content-encoding": encoding, "set-cookie": "a=b"}, retry_after=after
    ),
    BODIES | SHAPED.map(lambda text: f"event: x\ndata: {text}\n\ndata: [DONE]\n\n".encode()),
    st.sampled_from(TYPES),
    st.sampled_from([200, 200, 200, 200, 201, 204, 206, 299, 400, 418, 422, 500, 599, 999]),
    st.sampled_from(["", "", "identity", "gzip", "deflate", "br", "gzip, gzip", "\xff"]),
    st.sampled_from([None, "0", "-1", "nan", "inf", "Thu, 99 Foo 0000 99:99:99 GMT", "9" * 400]),
)  # fmt: skip


@pytest.fixture(scope="module")
def hostile() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.mark.parametrize("batch", [False, True], ids=["one by one", "batch"])
@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(replies=st.lists(REPLIES, min_size=1, max_size=3), with_schema=st.booleans())
@example(replies=[Reply(body=body_of('"fine"', '"stop"', number)) for number in NUMBERS[:4]], with_schema=False)
@example(replies=[Reply(body=DEEP), Reply(body=body_of(json.dumps(DEEP), '"stop"', "1"))], with_schema=True)
@example(replies=[Reply(body=body_of('"fine"', finish, "1")) for finish in FINISHES[:4]], with_schema=True)
@example(
    replies=[Reply(status=500, body=body_of("1", "1", "1"), content_type="a/b; charset=zlib_codec")], with_schema=False
)
def test_whatever_a_server_sends_is_the_fault_of_one_row(
    hostile: ModelServer, provider: str, batch: bool, replies: list[Reply], with_schema: bool
) -> None:
    hostile._next.clear()
    hostile.forget()
    patience = FAST.model_copy(update={"attempts": 1, "longest_retry_after_seconds": 0.01})
    teacher_settings = settings_for(hostile, provider, patience=patience, usd_per_million_in=1, usd_per_million_out=1)
    asked = [question(f"q{i}", json_schema=SCHEMA if with_schema else None) for i in range(len(replies) + 2)]

    def reply(seen: Seen) -> Reply | str:
        first = next(turn["content"] for turn in seen.body["messages"] if turn["role"] == "user")
        number = int(first.rpartition("q")[2])
        return replies[number] if number < len(replies) else '{"n": 1}'

    hostile.reply = reply
    with TemporaryDirectory() as folder:
        tools = Tools("key", Path(folder) / "store")
        with open_teacher(teacher_settings.model_copy(update={"batch": batch}), tools) as teacher:
            answers = teacher.ask(asked)
        assert texts(answers[-2:]) == ['{"n": 1}'] * 2
        assert damage(tools.store_root) == []
        table, [figures] = export(tools.store_root), summary(tools.store_root)
        assert set(table["status"].to_pylist()) <= {"ok", "failed"}
        assert all(count is None or 0 <= count < 2**63 for count in table["tokens_out"].to_pylist())
        assert all(len(said or "") < 2000 for said in table["error"].to_pylist())
        assert figures.usd is not None
        for answer in answers:
            json.dumps(answer.model_dump(), ensure_ascii=False).encode()  # what no table could hold would raise here
        with open_teacher(teacher_settings, tools) as teacher:  # from the journal, or again
            assert texts(teacher.ask(asked)[-2:]) == ['{"n": 1}'] * 2


UNITS = (
    '{"',
    '{"a":[',
    "[[1,",
    "```json\n",
    "<think>",
    "</think>",
    "<think></think>",
    '\\"',
    '"',
    ", }",
    ",   ",
    "{}",
    '{"n":1,',
    '{"n":1}\n',
    "but ",
)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("end", ["", "\\", "}"])
def test_answers_are_read_in_linear_time(unit: str, end: str) -> None:
    """200 kB in a second of processor time; where time grew with the square, each of these took minutes."""
    text = unit * (200_000 // len(unit)) + end
    call = Call("m", "", (Message(role="user", content="q"),), 100, 0.0, SCHEMA)
    began = time.process_time()
    for finish in ("stop", "length", None):
        assess(call, Answer(text, finish, 1, 1), frozenset())
    assert time.process_time() - began < 3


def gzipped_zeros(size: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join([*(packer.compress(bytes(2**20)) for _ in range(size // 2**20)), packer.flush()])


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("encoding", ["gzip", "deflate", ""])
def test_a_body_is_read_within_bounds(
    model_server: ModelServer, tools: Tools, provider: str, encoding: str, status: int
) -> None:
    """A bomb of 256 MB in 256 kB, and 20 MB as they are."""
    packed = {"gzip": gzipped_zeros(2**28), "deflate": zlib.compress(bytes(2**28)), "": b" " * (20 * 2**20)}[encoding]
    bomb = Reply(status=status, body=packed, headers={"content-encoding": encoding})
    model_server.reply = lambda seen: bomb if seen.prompt == "question 0" else "fine"
    before = peak_memory()
    with open_teacher(settings_for(model_server, provider), tools) as teacher:
        answers = teacher.ask(questions(4))
    said = error([answers[0]])
    assert said.startswith("too long: the answer has more than 16 MB" if status == 200 else "400: "), said
    assert len(said) < 2000
    assert texts(answers[1:]) == ["fine"] * 3
    assert peak_memory() - before < 150 * 2**20


def peak_memory() -> int:
    """Of this process since it began, in bytes."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_a_longer_answer_may_be_allowed(model_server: ModelServer, tools: Tools) -> None:
    model_server.reply = lambda _seen: Reply(text="long " * 2**18)
    for megabytes, kind in ((1, Failure), (2, Completion)):
        with open_teacher(settings_for(model_server, "openai", longest_answer_mb=megabytes), tools) as teacher:
            assert isinstance(teacher.ask([question("q")])[0], kind)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_packed_answer_is_read(model_server: ModelServer, ask: Ask, provider: str, encoding: str) -> None:
    packed = (gzip.compress if encoding == "gzip" else zlib.compress)(body_of('"fine"', '"stop"', "1").encode())
    model_server.reply = lambda _seen: Reply(body=packed, headers={"content-encoding": encoding})
    assert texts(ask([question("q")])) == ["fine"]


@contextmanager
def listening_elsewhere() -> Iterator[ModelServer]:
    """Another host, which must hear nothing from us: the same machine under another name and port."""
    with ModelServer() as other:
        yield other
        assert not other.paths, "another host was spoken to"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(model_server: ModelServer, ask: Ask, status: int) -> None:
    with listening_elsewhere() as other:
        target = f"{other.openai_url}/chat/completions?key=secret-in-the-address"
        model_server.reply = lambda _seen: Reply(status=status, headers={"location": target})
        with pytest.raises(
            BadInput, match=f"sends us on to {other.openai_url}/chat/completions, and no redirect"
        ) as caught:
            ask(questions(1))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "given",
    ["{other}/v1/messages/batches/batch-0/results", "//127.0.0.1:1/x", "http://u@127.0.0.1:{port}/", "http://[/", 7],
)
def test_the_key_goes_to_our_own_server_only(model_server: ModelServer, tools: Tools, given: Any) -> None:
    with listening_elsewhere() as other:
        model_server._batches.results_url = (
            str(given).format(other=other.url, port=model_server.port) if given != 7 else 7
        )
        with open_teacher(settings_for(model_server, "anthropic", batch=True), tools) as teacher:
            assert len(texts(teacher.ask(questions(3)))) == 3


def test_cookies_are_not_kept(model_server: ModelServer, ask: Ask) -> None:
    model_server.reply = lambda _seen: Reply(headers={"set-cookie": "follow=me; Path=/"})
    for text in ("a", "b"):
        ask([question(text)])
    assert not [seen for seen in model_server.seen if "cookie" in seen.headers]
