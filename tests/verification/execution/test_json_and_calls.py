"""JSON responses against schemas, and tool calls against tools."""

import json
from typing import Any

import pytest

from tasks.verification.execution import json_documents, tool_calls
from tasks.verification.verifier import Verdict, VerifierContext
from tests.verification.conftest import Table

SCHEMA = '{"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}'
TOOLS = json.dumps(
    [{"name": "add", "parameters": {"type": "dict", "properties": {"a": {"type": "float"}}, "required": ["a"]}}]
)


def json_verdict(rows: Table, context: VerifierContext, **row: Any) -> Verdict | None:
    return json_documents.compute(rows(row), json_documents.JsonDocuments(), context).rows.get(0)


def call_verdict(rows: Table, context: VerifierContext, calls: Any, **row: Any) -> Verdict | None:
    row = {"expects": "tool_call", "response": json.dumps(calls), "tools": TOOLS} | row
    return tool_calls.compute(rows(row), tool_calls.ToolCalls(), context).rows.get(0)


@pytest.mark.parametrize(
    ("response", "word", "reason"),
    [
        ('{"n": 1}', "pass", ""),
        ('```json\n{"n": 1}\n```', "pass", ""),
        ('{"n": "1"}', "fail", "schema_violated"),
        ("{}", "fail", "schema_violated"),
        ('{"n": 1, "n": 2}', "fail", "not_json"),
        ('{"n": NaN}', "fail", "not_json"),
        ('Here it is: {"n": 1}', "fail", "not_json"),
        ("[" * 100_000, "fail", "not_json"),
        ("[" * 200 + "]" * 200, "fail", "not_json"),
    ],
)
def test_json_is_parsed_strictly_and_compared_with_the_schema(
    rows: Table, context: VerifierContext, response: str, word: str, reason: str
) -> None:
    found = json_verdict(rows, context, instruction="Answer in JSON.", response=response, reference=SCHEMA)
    assert found is not None
    assert (found.word, found.reason) == (word, reason)


def test_rows_that_do_not_ask_for_json_get_no_verdict(rows: Table, context: VerifierContext) -> None:
    assert json_verdict(rows, context, instruction="What is a JSON file?") is None


def test_a_schema_with_a_dangerous_pattern_or_an_outside_reference_decides_nothing(
    rows: Table, context: VerifierContext
) -> None:
    for part in ({"pattern": "(a+)+$"}, {"$ref": "http://localhost:1/x.json"}):
        schema = json.dumps({"type": "object", "properties": {"a": part}})
        found = json_verdict(rows, context, response='{"a": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"}', reference=schema)
        assert found is not None
        assert found.word == "unsure"


@pytest.mark.parametrize(
    ("calls", "word", "reason"),
    [
        ([{"name": "add", "arguments": {"a": 1}}], "pass", ""),
        ([{"name": "add", "arguments": {"a": 1}}, {"name": "add", "arguments": {"a": 2.5}}], "pass", ""),
        ([{"name": "sub", "arguments": {"a": 1}}], "fail", "unknown_tool"),
        ([{"name": "add", "arguments": {}}], "fail", "wrong_arguments"),
        ([{"name": "add", "arguments": {"a": "1"}}], "fail", "wrong_arguments"),
        ([{"name": "add", "arguments": {"a": 1, "b": 2}}], "fail", "wrong_arguments"),
        ([{"name": "add", "arguments": '{"a": '}], "fail", "wrong_arguments"),
    ],
)
def test_calls_are_compared_with_their_tools(
    rows: Table, context: VerifierContext, calls: Any, word: str, reason: str
) -> None:
    found = call_verdict(rows, context, calls)
    assert found is not None
    assert (found.word, found.reason) == (word, reason)


def test_results_answer_their_calls_once_in_any_order(rows: Table, context: VerifierContext) -> None:
    calls = json.dumps([{"id": str(n), "name": "add", "arguments": {"a": n}} for n in range(2)])
    asking = {"role": "assistant", "tool_calls": calls}
    for ids, word in ((("1", "0"), "pass"), (("0", "0"), "fail"), (("7",), "fail")):
        history = [asking, *({"role": "tool", "content": "x", "tool_call_id": one} for one in ids)]
        found = call_verdict(rows, context, [], history=history, response="done", expects=None)
        assert found is not None
        assert found.word == word


def test_calls_without_tools_are_not_judged_right(rows: Table, context: VerifierContext) -> None:
    found = call_verdict(rows, context, [{"name": "add", "arguments": {}}], tools=None)
    assert found is not None
    assert found.word == "unsure"
