"""From what a model said to what a stage may use."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.outcome import Tools
from tasks.teachers import Completion, Failure, TeacherSettings, open_teacher
from tasks.teachers.answers import parse, strip_reasoning
from tests.servers.models import ModelServer, Reply
from tests.teachers.asked import error, question, texts
from tests.teachers.conftest import Ask

SCHEMA = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "score": {"type": "integer", "minimum": 1}},
    "required": ["title", "score"],
    "additionalProperties": False,
}
GOOD = {"title": "Emma", "score": 4}


def test_an_answer_cut_off_gets_one_chance_with_more_room(
    model_server: ModelServer, settings: TeacherSettings, tools: Tools
) -> None:
    model_server.script(Reply(text="It is a truth univ", finish="length"), "It is a truth.")
    with open_teacher(settings, tools) as teacher:
        [answer] = teacher.ask([question("q", max_tokens=50)])
        again = teacher.ask([question("q", max_tokens=50)])
    assert texts([answer]) == texts(again) == ["It is a truth."]
    assert [seen.body["max_tokens"] for seen in model_server.seen] == [50, 100]
    assert isinstance(answer, Completion)
    assert (answer.tokens_in, answer.tokens_out) == (20, 10), "both calls were paid"


def test_an_answer_cut_off_twice_is_a_failure_and_is_not_paid_again(model_server: ModelServer, ask: Ask) -> None:
    model_server.reply = lambda _seen: Reply(text="and so on and", finish="length")
    for _ in range(2):
        assert error(ask([question("q", max_tokens=50)])) == "length: cut off at 100 tokens"
    assert model_server.requests == 2


@pytest.mark.parametrize(
    "said", ['{"title": "Emma"', '{"title": "Emma", "score": 0}', "Emma, 4", '{"title": "E", "score": NaN}']
)
def test_malformed_json_is_fed_back_once_with_the_error(model_server: ModelServer, said: str, ask: Ask) -> None:
    model_server.script(said, GOOD)
    [answer] = ask([question("q", json_schema=SCHEMA)])
    assert isinstance(answer, Completion)
    assert answer.data == GOOD
    first, second = model_server.seen
    assert first.prompt == "q"
    turns = [(m["role"], m["content"]) for m in second.body["messages"]]
    assert turns[:2] == [("user", "q"), ("assistant", said)]
    assert turns[2][1].startswith("That was not accepted (")


def test_json_malformed_twice_is_a_failure(model_server: ModelServer, ask: Ask) -> None:
    model_server.reply = lambda _seen: {"title": "Emma", "score": 0}
    said = error(ask([question("q", json_schema=SCHEMA)]))
    assert said.startswith("malformed: $.score: 0 is less than the minimum of 1")
    assert model_server.requests == 2


def test_the_schema_travels_in_the_vendors_own_field(
    model_server: ModelServer, settings: TeacherSettings, ask: Ask
) -> None:
    model_server.reply = lambda _seen: GOOD
    ask([question("q", json_schema=SCHEMA)])
    body = model_server.seen[0].body
    if settings.provider == "openai":
        assert body["response_format"]["json_schema"] == {"name": "answer", "schema": SCHEMA, "strict": True}
    else:
        sent = body["output_config"]["format"]["schema"]
        assert set(sent["properties"]) == set(SCHEMA["properties"])
        assert (
            "minimum" not in sent["properties"]["score"]
        )  # the vendor refuses bounds: they stand in words, and we check
        assert "minimum" in sent["properties"]["score"]["description"]


def test_reasoning_is_stripped_before_json_is_read(model_server: ModelServer, ask: Ask) -> None:
    model_server.reply = lambda _seen: "<think>Is it {4}?</think>\n```json\n" + json.dumps(GOOD) + "\n```"
    [answer] = ask([question("q", json_schema=SCHEMA)])
    assert isinstance(answer, Completion)
    assert answer.data == GOOD


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("<think>hm</think>Yes.", "Yes."), ("<reasoning>\nlong\n</reasoning>\n\nYes.", "Yes."),
        ("hm, the prompt opened it</think>Yes.", "Yes."), ("<think>never closed", ""),
        ("Yes.<think>and on and on", "Yes."), ("Use the <b>think</b> tag", "Use the <b>think</b> tag"),
        ("if a < b: print(a)", "if a < b: print(a)"), ("<THINK>a</THINK>b<think>c</think>d", "bd"),
    ],
)  # fmt: skip
def test_reasoning_blocks(said: str, left: str) -> None:
    assert strip_reasoning(said) == left


@given(st.text(), st.text().filter(lambda text: "<" not in text))
def test_nothing_but_reasoning_is_ever_stripped(reasoning: str, text: str) -> None:
    assert strip_reasoning(f"<think>{reasoning.replace('<', '')}</think>{text}") == text.strip()
    assert strip_reasoning(text) == text.strip()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)
    )
)
def test_json_is_read_as_it_was_written(value: object) -> None:
    assert parse(json.dumps(value), {}) == (value, "")
    assert parse("```json\n" + json.dumps(value, indent=1) + "\n```", {}) == (value, "")


@given(st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    _, wrong = parse(text, SCHEMA)
    assert "\n" not in wrong


@pytest.mark.parametrize(
    "said",
    [
        "I'm sorry, but I can't help with that.", "I’m sorry, but I can’t assist with that request.",
        "I cannot provide instructions for this.", "As an AI language model, I cannot create such content.",
        "Sorry, I won't write that.", "Unfortunately, I am not able to fulfil this.",
    ],
)  # fmt: skip
def test_refusals_are_recognised(model_server: ModelServer, said: str, ask: Ask) -> None:
    model_server.reply = lambda _seen: said
    [answer] = ask([question("q")])
    assert isinstance(answer, Failure)
    assert answer.refused
    assert answer.error.startswith("refusal: ")
    assert model_server.requests == 1


@pytest.mark.parametrize(
    "said",
    [
        "I cannot answer this from the passages.",
        "Sorry sight! The heroine says: I cannot help loving him.",
        "He said: I can't help it.",
        "I can help with that.",
    ],
)
def test_what_is_no_refusal_is_not_taken_for_one(model_server: ModelServer, said: str, ask: Ask) -> None:
    model_server.reply = lambda _seen: said
    assert texts(ask([question("q")])) == [said]


def test_the_vendors_own_word_for_a_refusal(model_server: ModelServer, ask: Ask) -> None:
    model_server.reply = lambda _seen: Reply(text="", finish="content_filter")
    [answer] = ask([question("q")])
    assert isinstance(answer, Failure)
    assert answer.refused


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(text="  \n"), "empty: "),
        (Reply(text="<think>nothing else</think>"), "empty: nothing but reasoning"),
        (Reply(finish="tool_calls"), "finish: the answer ended with 'tool_calls'"),
    ],
)
def test_answers_that_cannot_be_used(model_server: ModelServer, reply: Reply, said: str, ask: Ask) -> None:
    model_server.reply = lambda _seen: reply
    assert error(ask([question("q")])).startswith(said)
