"""From what a model said to what a stage may use."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tasks.core.outcome import Tools
from tasks.teachers import Completion, Failure, TeacherSettings, open_teacher, reasoning
from tasks.teachers.structured import parse
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


def test_reasoning_is_told_apart_before_json_is_read(model_server: ModelServer, ask: Ask) -> None:
    thoughts = 'Is it {"title": "Emma", "score": 3}?'
    model_server.reply = lambda _seen: f"<think>{thoughts}</think>\n```json\n{json.dumps(GOOD)}\n```"
    for _ in range(2):  # the second time from the journal
        [answer] = ask([question("q", json_schema=SCHEMA)])
        assert isinstance(answer, Completion)
        assert (answer.data, answer.reasoning) == (GOOD, thoughts)


@pytest.mark.parametrize(
    ("said", "thoughts", "answer"),
    [
        ("<think>hm</think>Yes.", "hm", "Yes."),
        ("<reasoning>\nlong\n</reasoning>\n\nYes.", "long", "Yes."),
        ("<THINK>a</THINK><think>b</think>c", "a\n\nb", "c"),
        ("[THINK]hm[/THINK]Yes.", "hm", "Yes."),
        ("◁think▷hm◁/think▷Yes.", "hm", "Yes."),
        (
            "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Yes.<|return|>",
            "hm",
            "Yes.",
        ),
        ("<think>never closed", "never closed", ""),
        ("hm, the prompt opened it</think>Yes.", "hm, the prompt opened it", "Yes."),
        ("hm.\n</think>\n\nYes.", "hm.", "Yes."),
        ("</think>\n\nYes.", "", "Yes."),
    ],
)
def test_reasoning_is_a_block_at_the_beginning(said: str, thoughts: str, answer: str) -> None:
    assert reasoning.split(said) == (thoughts, answer)


@pytest.mark.parametrize(
    "said",
    [
        "Yes.<think>and on and on",
        "b<think>c</think>d",
        "Use the <b>think</b> tag",
        "if a < b: print(a)",
        "A model opens its steps with <think> and ends them with\n</think>\nwhich clients strip.",
        "You write </think> at the end of the reasoning.",
        "Close it with `</think>` and go on.",
        "```xml\nsteps\n</think>\nanswer\n```",
        '{"text": "first\\n</think>\\nthen"}',
        '{"text": "first </think>\nthen"}',
    ],
)
def test_an_answer_may_speak_of_reasoning(said: str) -> None:
    assert reasoning.split(said) == ("", said)


@settings(deadline=None)
@given(st.text(), st.text().filter(lambda text: "<" not in text and "[" not in text and "◁" not in text))
def test_nothing_but_reasoning_is_ever_taken_away(thoughts: str, text: str) -> None:
    assert reasoning.split(f"<think>{thoughts.replace('<', '')}</think>{text}")[1] == text.strip()
    assert reasoning.split(text) == ("", text.strip())


@settings(deadline=None)
@given(st.text(alphabet="abc </think>ing").filter(str.strip), st.text(alphabet="abc"))
def test_reasoning_that_came_beside_an_answer_is_told_apart_again(thoughts: str, text: str) -> None:
    found = reasoning.split(reasoning.joined(thoughts, text))
    assert found == (thoughts.strip(), text) or "</ think>" in found[0]


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)
    )
)
def test_json_is_read_as_it_was_written(value: object) -> None:
    assert parse(json.dumps(value), {}) == (value, "")
    assert parse("```json\n" + json.dumps(value, indent=1) + "\n```", {}) == (value, "")


WRITTEN = json.dumps(GOOD)


@pytest.mark.parametrize(
    "said",
    [
        f"Here is the JSON you asked for:\n\n```json\n{WRITTEN}\n```\n\nLet me know if you need more.",
        f"```json {WRITTEN}```",
        f"```{WRITTEN}```",
        f"Sure! {WRITTEN} I hope this helps {{as a template}}.",
        f"<answer>{WRITTEN}</answer>",
        f"[1] as in the passage, {{see}} above: {WRITTEN}",
        WRITTEN[:-1] + ",}",
        "Of course:\n" + WRITTEN.replace(", ", ",\n ")[:-1] + " ,\n }",
        f"{WRITTEN}}}",
        f"\ufeff{WRITTEN}",
        json.dumps(WRITTEN),
        json.dumps([GOOD]),
        json.dumps({"answer": GOOD}),
        f"{WRITTEN}\n{WRITTEN}",
        f'First I thought of {{"title": "Emma"}}, but it needs a score: {WRITTEN}',
    ],
)
def test_json_is_taken_wherever_it_stands(model_server: ModelServer, said: str, ask: Ask) -> None:
    model_server.reply = lambda _seen: said
    [answer] = ask([question("q", json_schema=SCHEMA)])
    assert isinstance(answer, Completion), answer
    assert answer.data == GOOD
    assert model_server.requests == 1


@pytest.mark.parametrize(
    "said",
    [
        f'{WRITTEN} or rather {{"title": "Emma", "score": 5}}',  # which of the two?
        '{"title": "Emma", "score": 1e999}',
        '{"title": "Emma", "score": 4',
        "[" * 100_000,
        '{"title":' * 100_000,
    ],
)
def test_what_is_not_one_whole_json_value_is_refused(said: str) -> None:
    _, wrong = parse(said, SCHEMA)
    assert wrong
    assert "\n" not in wrong


def test_a_part_of_what_was_cut_off_is_not_the_answer() -> None:
    loose = {"type": "object"}
    value, wrong = parse('{"items": [{"a": 1}, {"b": 2}, {"c', loose, whole=False)
    assert value is None
    assert wrong.startswith("not JSON")
    assert parse('Here: {"a": 1} and so', loose, whole=False) == ({"a": 1}, "")


def test_half_a_character_in_json_is_replaced() -> None:
    assert parse('{"title": "\\ud800 \\ud83d\\ude00", "score": 1}', SCHEMA) == ({"title": "? 😀", "score": 1}, "")


@settings(deadline=None)
@given(st.lists(st.sampled_from(['{"', "[", "}", "]", ",", '"', "\\", "a", " ", "\n", ":", "1"])).map("".join))
def test_a_comma_too_many_is_all_that_is_mended(text: str) -> None:
    """What Python's own reader takes is read as it stands."""
    try:
        value = json.loads(text)
    except ValueError:
        return
    assert parse(text, {}) == (value, "")


@settings(deadline=None)
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


def _closed(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


@pytest.mark.parametrize(
    "value", [{"n": n} for n in (1, 2.0, 2.5, True, 7, -1, None, "1", [1])] + [{}, {"n": 1, "m": 1}, [1], 1]
)
@pytest.mark.parametrize(
    "schema",
    [
        _closed(n={"type": "integer", "minimum": 0, "maximum": 5}),
        _closed(n={"type": "number", "maximum": 2.5}),
        _closed(n={"type": "boolean"}),
        _closed(n={"type": "string", "enum": ["1"]}),
        _closed(n={"type": "string", "minLength": 2}),
        _closed(n={"type": "array", "items": {"type": "integer"}, "maxItems": 0}),
        _closed(n={"type": "array", "items": {"type": "string"}}),
        {"type": "object", "properties": {"n": {"type": "integer"}}, "additionalProperties": {"type": "string"}},
        {"type": ["object", "array"], "required": ["n"]},
    ],
)
def test_a_value_is_taken_exactly_where_the_schema_accepts_it(schema: dict[str, Any], value: Any) -> None:
    found, wrong = parse(json.dumps(value), schema)
    assert bool(wrong) != Draft202012Validator(schema).is_valid(value)
    assert wrong or found == value
