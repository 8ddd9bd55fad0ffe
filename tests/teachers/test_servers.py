"""Servers as they are out there: what they wrap a good answer in is taken off, what they lack is learnt from what they refuse."""

import json
from collections.abc import Callable
from itertools import combinations
from typing import Any, Final

import pytest

from tasks.core.errors import BadInput, BudgetReached
from tasks.core.outcome import Tools
from tasks.teachers import (
    Budget,
    Completion,
    Failure,
    Message,
    TeacherSettings,
    anthropic,
    export,
    open_teacher,
    openai,
)
from tasks.teachers.anthropic import AnthropicProvider
from tasks.teachers.dialect import Feature
from tasks.teachers.openai import OpenAIProvider
from tasks.teachers.provider import Call
from tests.servers.models import ModelServer, Reply
from tests.servers.wire import Seen
from tests.teachers.asked import error, question, questions, texts
from tests.teachers.conftest import Ask

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": False}
GOOD = '{"n": 3}'
USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "input_tokens": 10, "output_tokens": 5}


def chat(content: Any, finish: Any = "stop", **message: Any) -> str:
    """A chat completion."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content, **message}, "finish_reason": finish}
    return json.dumps({"id": "c", "choices": [choice], "usage": USAGE})


def message(*blocks: dict[str, Any], finish: Any = "end_turn") -> str:
    """A message in Anthropic's protocol."""
    return json.dumps({"type": "message", "content": list(blocks), "stop_reason": finish, "usage": USAGE})


def events(*data: dict[str, Any] | str) -> Reply:
    """An answer in pieces."""
    lines = [f"data: {one if isinstance(one, str) else json.dumps(one)}\n\n" for one in data]
    return Reply(body=": begun\n\n" + "".join(lines), content_type="text/event-stream; charset=utf-8")


def delta(finish: str | None = None, **change: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": change, "finish_reason": finish}]}


def block(index: int, **change: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": change}


TEXT = {"type": "text", "text": GOOD}
THOUGHT = {"type": "thinking", "thinking": "Is it 3?"}
CALL = {"id": "1", "type": "function", "function": {"name": "answer", "arguments": GOOD}}
OPENAI = {
    "a text part": chat([TEXT]),
    "two text parts": chat([{"type": "text", "text": GOOD[:4]}, {"type": "output_text", "text": GOOD[4:]}]),
    "a thinking part": chat([{"type": "thinking", "thinking": [{"type": "text", "text": "Is it 3?"}]}, TEXT]),
    "parts without a type": chat([{"text": GOOD}, "\n"]),
    "one part, no list": chat(TEXT),
    "reasoning beside it": chat(GOOD, reasoning_content="Is it 3?"),
    "reasoning in its own words": chat(GOOD, reasoning="Is it </think> or {\"n\": 4}?"),
    "STOP": chat(GOOD, "STOP"),
    "Eos_Token": chat(GOOD, "Eos_Token"),
    "FINISH_REASON_STOP": chat(GOOD, "FINISH_REASON_STOP"),
    "no finish word": chat(GOOD, None),
    "an empty finish word": chat(GOOD, ""),
    "an unknown finish word": chat(GOOD, "all good"),
    "a finish object": chat(GOOD, {"type": "stop"}),
    "cut off after the JSON": chat(GOOD, "length"),
    "a tool call": chat(None, "tool_calls", tool_calls=[CALL]),
    "a tool call that says stop": chat("", "stop", tool_calls=[CALL]),
    "a tool call with an object": chat(None, "tool_calls", tool_calls=[{"function": {"arguments": {"n": 3}}}]),
    "a function call": chat(None, "function_call", function_call={"name": "answer", "arguments": GOOD}),
    "a tool call and a sentence": chat("Here it is:", "tool_calls", tool_calls=[CALL]),
    "a BOM": "\ufeff" + chat(GOOD),
    "a stream": events(
        delta(role="assistant", content=""), delta(content=GOOD[:3]), delta(content=GOOD[3:]), delta("stop"), "[DONE]"
    ),
    "a stream of thoughts": events(
        delta(reasoning_content="Is it 3?"), delta("stop", content=GOOD), {"choices": [], "usage": USAGE}
    ),
    "a stream of a tool call": events(
        delta(tool_calls=[{"index": 0, "function": {"name": "a", "arguments": GOOD[:4]}}]),
        delta("tool_calls", tool_calls=[{"index": 0, "function": {"arguments": GOOD[4:]}}]),
    ),
}  # fmt: skip
ANTHROPIC = {
    "text blocks": message({"type": "text", "text": GOOD[:4]}, {"type": "text", "text": GOOD[4:]}),
    "a thinking block": message(THOUGHT, {"type": "redacted_thinking", "data": "…"}, TEXT),
    "content that is a text": json.dumps({"content": GOOD, "stop_reason": "end_turn"}),
    "END_TURN": message(TEXT, finish="END_TURN"),
    "no stop reason": message(TEXT, finish=None),
    "a tool use": message({"type": "tool_use", "name": "answer", "input": {"n": 3}}, finish="tool_use"),
    "cut off after the JSON": message(TEXT, finish="max_tokens"),
    "a stream with thoughts": events(
        {"type": "message_start", "message": {"content": [], "usage": {"input_tokens": 10}}},
        block(0, type="thinking_delta", thinking="Is it 3?"),
        block(1, type="text_delta", text=GOOD[:4]),
        block(1, type="text_delta", text=GOOD[4:]),
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 5}},
        {"type": "message_stop"},
    ),
}
WRAPPED = [("openai", name, reply) for name, reply in OPENAI.items()]
WRAPPED += [("anthropic", name, reply) for name, reply in ANTHROPIC.items()]


@pytest.mark.parametrize(("provider", "name", "reply"), WRAPPED, ids=[f"{p}: {name}" for p, name, _ in WRAPPED])
def test_a_good_answer_is_taken_at_once(model_server: ModelServer, ask: Ask, name: str, reply: str | Reply) -> None:
    model_server.reply = lambda _seen: reply if isinstance(reply, Reply) else Reply(body=reply)
    for _ in range(2):  # the second time from the journal
        [answer] = ask([question("q", json_schema=SCHEMA)])
        assert isinstance(answer, Completion), answer
        assert answer.data == {"n": 3}
        assert answer.reasoning.startswith("Is it ") == any(
            word in name for word in ("thought", "thinking", "reasoning")
        )
    assert model_server.requests == 1


Refuse = Callable[[dict[str, Any]], tuple[int, dict[str, Any]] | None]


def lacks(name: str, status: int, error: dict[str, Any]) -> Refuse:
    return lambda body: (status, error) if name in body else None


def no_system(words: str) -> Refuse:
    def refuse(body: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
        if "system" in body or body["messages"][0]["role"] == "system":
            return 400, {"error": {"message": words, "type": "BadRequestError", "code": 400}}
        return None

    return refuse


def streams_only(body: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
    if body.get("stream"):
        return None
    return 400, {"error": {"message": "This model only supports stream mode.", "code": "invalid_parameter_error"}}


def both(one: Refuse, other: Refuse) -> Refuse:
    return lambda body: one(body) or other(body)


DETAIL = {"detail": [{"loc": ["body", "response_format", "type"], "msg": "unexpected value; permitted: 'text'"}]}
LACKING: dict[str, Refuse] = {
    "temperature, by param": lacks(
        "temperature",
        400,
        {"error": {"message": "not with this model", "param": "temperature", "code": "unsupported_value"}},
    ),
    "temperature, in words": lacks("temperature", 400, {"error": {"message": "temperature is deprecated here"}}),
    "schema, by where": both(
        lacks("response_format", 422, DETAIL), lacks("output_config", 422, {"detail": "output_config?"})
    ),
    "schema, in words": both(
        lacks("response_format", 400, {"error": {"message": "json_schema is not supported here: unknown field"}}),
        lacks("output_config", 400, {"error": {"message": "output_config: Extra inputs are not permitted"}}),
    ),
    "schema, without a word": both(lacks("response_format", 400, {}), lacks("output_config", 400, {})),
    "system role": no_system("System role not supported"),
    "system role, in a template's words": no_system(
        "Conversation roles must alternate user/assistant/user/assistant/…"
    ),
    "system role, without a word": no_system("Bad Request"),
    "answers in one piece": streams_only,
    "system role and temperature": both(
        no_system("System role not supported"),
        lacks("temperature", 400, {"error": {"message": "x", "param": "temperature"}}),
    ),
}


@pytest.mark.parametrize("refuse", LACKING.values(), ids=LACKING.keys())
def test_what_a_server_lacks_is_learnt(
    model_server: ModelServer, settings: TeacherSettings, tools: Tools, refuse: Refuse
) -> None:
    def reply(seen: Seen) -> Reply | str:
        if (refused := refuse(seen.body)) is not None:
            return Reply(status=refused[0], body=json.dumps(refused[1]))
        assert "Be brief." in json.dumps(seen.body)
        return GOOD

    model_server.reply = reply
    asked = [question(f"q{i}", json_schema=SCHEMA, system="Be brief.") for i in range(30)]
    with open_teacher(settings.model_copy(update={"concurrency": 4}), tools) as teacher:
        first = model_server.requests
        assert texts(teacher.ask(asked)) == [GOOD] * 30
    assert model_server.requests - first <= 30 + 4 * 3
    assert export(tools.store_root).num_rows == model_server.requests, "something was sent outside the journal"
    assert model_server.repeats == 0, "the same body was sent again after it was refused"


LONG: Final = "Be brief. " * 400


@pytest.mark.parametrize("provider", ["anthropic"])
@pytest.mark.parametrize("accepted", [True, False])
def test_a_long_system_message_is_kept_by_the_vendor_where_its_server_can(
    model_server: ModelServer, ask: Ask, accepted: bool
) -> None:
    refused = Reply(status=400, body=json.dumps({"error": {"message": "system: Input should be a valid string"}}))
    model_server.reply = lambda seen: refused if isinstance(seen.body["system"], list) and not accepted else "fine"
    assert texts(ask([question("q", system=LONG), question("r", system="Be brief.")])) == ["fine"] * 2
    kept = [{"type": "text", "text": LONG, "cache_control": {"type": "ephemeral"}}]
    assert {json.dumps(seen.body["system"]) for seen in model_server.seen} == {
        json.dumps(system) for system in ("Be brief.", kept, *(() if accepted else (LONG,)))
    }


@pytest.mark.parametrize("provider", ["openai"])
def test_an_openai_model_that_names_its_limit_otherwise(model_server: ModelServer, ask: Ask) -> None:
    refuse = lacks(
        "max_tokens",
        400,
        {"error": {"message": "Use another.", "param": "max_tokens", "code": "unsupported_parameter"}},
    )
    model_server.reply = lambda seen: (
        Reply(status=400, body=json.dumps(refused[1])) if (refused := refuse(seen.body)) else "fine"
    )
    assert texts(ask(questions(3))) == ["fine"] * 3
    assert model_server.seen[-1].body["max_completion_tokens"] == 1024


REFUSALS = {
    "a size, in words": {"message": "'max_tokens' or 'max_completion_tokens' is too large: 1024."},
    "a size, by param": {"message": "max_tokens is too large", "param": "max_tokens", "code": None},
    "the text's temperature": {"message": "we cannot speak about the temperature of the system"},
    "the prompt": {"message": "prompt is too long", "param": "messages"},
    "no word": {"message": ""},
}


@pytest.mark.parametrize("said", REFUSALS.values(), ids=REFUSALS.keys())
def test_what_cannot_be_mended_ends_within_the_budget(
    model_server: ModelServer, settings: TeacherSettings, tools: Tools, said: dict[str, Any]
) -> None:
    model_server.reply = lambda _seen: Reply(status=400, body=json.dumps({"error": said}))
    with open_teacher(settings, tools, Budget(requests=20)) as teacher:
        answers = teacher.ask([question(f"q{i}", json_schema=SCHEMA, system="Be brief.") for i in range(3)])
    assert all(error([answer]).startswith(f"400: {said['message']}") for answer in answers)
    assert model_server.requests <= 3 * 6
    assert model_server.repeats == 0, "the same body was sent again"
    assert export(tools.store_root).num_rows == model_server.requests


def test_a_server_that_refuses_everything_is_asked_a_few_times(model_server: ModelServer, ask: Ask) -> None:
    model_server.reply = lambda _seen: Reply(status=400, message="max_tokens is too large")
    with pytest.raises(BadInput, match=r"refused each of the first 10 requests \(400: max_tokens is too large\)"):
        ask(questions(500))
    assert model_server.requests < 100, "of 500: those in flight while the first ten were refused"


def test_what_was_accepted_before_is_not_what_a_server_lacks(model_server: ModelServer, ask: Ask) -> None:
    model_server.script("first")
    model_server.reply = lambda _seen: Reply(
        status=400, body=json.dumps({"error": {"message": "x", "param": "temperature"}})
    )
    ask([question("accepted")])
    with_one_teacher = ask(questions(1))
    assert isinstance(with_one_teacher[0], Failure)
    assert model_server.requests <= 3


def test_a_larger_answer_that_is_refused_ends_the_request(model_server: ModelServer, ask: Ask) -> None:
    """The answer is cut off at 1,024 tokens, and the server allows no more."""

    def reply(seen: Seen) -> Reply:
        if seen.body["max_tokens"] > 1024:
            return Reply(status=400, message="max_tokens is too large: 2048")
        return Reply(text="and so on", finish="length")

    model_server.reply = reply
    answers = ask(questions(3))
    assert {error([answer]) for answer in answers} == {
        "length: cut off at 1024 tokens; asked for more: 400: max_tokens is too large: 2048"
    }
    assert model_server.requests == 6


def test_every_request_counts_in_the_budget(model_server: ModelServer, settings: TeacherSettings, tools: Tools) -> None:
    model_server.reply = lambda _seen: Reply(status=500)
    with open_teacher(settings, tools, Budget(requests=7)) as teacher, pytest.raises(BudgetReached):
        teacher.ask(questions(9))
    assert model_server.requests == 7
    with open_teacher(settings, tools, Budget(requests=7)) as teacher, pytest.raises(BudgetReached):
        teacher.ask(questions(9))
    assert model_server.requests == 7


@pytest.mark.parametrize("code", [429, "rate_limited"])
def test_an_error_with_status_200_is_an_error(model_server: ModelServer, ask: Ask, code: Any) -> None:
    model_server.script(Reply(body=json.dumps({"error": {"message": "Provider returned error", "code": code}})))
    assert texts(ask(questions(2))) == ["An answer."] * 2
    assert model_server.requests == 3


@pytest.mark.parametrize(
    ("made", "lacking"),
    [(OpenAIProvider, openai.LACKING), (AnthropicProvider, anthropic.LACKING)],
    ids=["openai", "anthropic"],
)
@pytest.mark.parametrize("system", ["", "Be brief.", LONG])
@pytest.mark.parametrize("schema", [None, SCHEMA])
def test_the_features_of_a_request_are_those_in_its_body(
    made: type[OpenAIProvider] | type[AnthropicProvider],
    lacking: dict[str, Feature],
    system: str,
    schema: dict[str, Any] | None,
) -> None:
    speaker = made("a-key", "http://127.0.0.1:9/v1", 1, 1.0)
    call = Call("m", system, (Message(role="user", content="q"),), 10, 0.5, schema)
    for number in range(len(lacking) + 1):
        for form in map(frozenset, combinations(lacking, number)):
            body = speaker.body(call, form)
            there = {name for name in lacking if name in body} | (set() if body.get("stream") else {"in_one_piece"})
            there |= {"system"} if body["messages"][0]["role"] == "system" else set()
            there |= {"cache_control"} if isinstance(body.get("system"), list) else set()
            assert speaker.features(call, form) == there
