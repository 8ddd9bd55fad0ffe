"""Rows that mean ill: whatever their columns hold, a verifier gives a verdict or none, soon, and the other rows theirs."""

import json
import time
from typing import Any

import pytest

from tasks.verification.catalogue import BY_NAME
from tasks.verification.execution.json_schemas import schema_problem
from tasks.verification.verifier import VerifierContext
from tests.verification.conftest import Table

COMPUTED = ("substance", "constraints", "json", "tool_calls", "mathematics", "regular_expressions", "sql", "code")
DEEP, DIGITS = "[" * 100_000, "9" * 5000
LOOPS = [{"$ref": "#"}] * 4
NESTED = "[" * 40 + "1" + "]" * 40


def schema(**part: Any) -> str:
    return json.dumps(
        {"type": "object", "properties": {"a": part}} | ({"$defs": part["$defs"]} if "$defs" in part else {})
    )


JSON_TEXTS = (
    DEEP, '{"a":' * 100_000, "[" * 95 + "]" * 95, f'{{"a": {DIGITS}}}', f'{{"a": 1{"0" * 400}}}', '{"a": 1e999}',
    '{"a": "' + "a" * 100_000 + '"}', json.dumps({"a": [{"b": n} for n in range(30_000)]}), '{"a": "\\ud800"}',
    "{" + ",".join(f'"k{n}": 1' for n in range(50_000)) + ', "k49999": 1}', f'{{"a": {NESTED}}}', "{}", "null", "7",
)  # fmt: skip
SCHEMAS = (
    schema(type="number", multipleOf=0.3), schema(pattern=r"^\w*\w*\w*\w*\w*\w*-$"), schema(pattern="a?" * 100 + "b"),
    schema(uniqueItems=True), schema(enum=list(range(20_000))), schema(type="array", items={"$ref": "#/properties/a"}),
    json.dumps({"type": ["object", "array", "number"], "items": {"anyOf": LOOPS, "not": {}}, "properties": {"a": {"$ref": "#"}}}),
    json.dumps({"type": ["object", "array"], "$schema": "https://json-schema.org/draft/2020-12/schema", "properties": {"a": {
        "$schema": "http://json-schema.org/draft-07/schema#", "items": {"anyOf": LOOPS, "not": {}}}}}),
    json.dumps({"type": "object", "properties": {"a": {"multipleOf": 1e-320}}}),
    json.dumps({"type": "object", "properties": [], "items": 7}), DEEP,
)  # fmt: skip
TOOLS = (
    DEEP, "[1]", "{}", '[{"name": "f", "parameters": 1}]', json.dumps([{"name": "f", "parameters": DEEP}]), "[[[]]]", '"f"',
    json.dumps([{"name": "f", "parameters": json.loads(SCHEMAS[6])}]), json.dumps([{"name": "f", "parameters": {"type": DEEP}}]),
    json.dumps([{"name": ["f"], "parameters": {"a": {"type": "float", "multipleOf": 0.3}}}]), f'[{{"name": {DIGITS}}}]',
)  # fmt: skip
CALLS = (
    DEEP, "[1]", '{"name": {}}', '[{"name": "f"}]', json.dumps([{"name": "f", "arguments": {"a": 10**400}}]),
    json.dumps([{"name": "f", "arguments": DEEP}]), f'[{{"name": "f", "arguments": {NESTED}}}]',
    f'[{{"name": "f", "arguments": {{"a": {DIGITS}}}}}]',
)  # fmt: skip
ENDED = "import os\nos.write(1, b'%s')\nos.write(3, b'%s') if 0 else 0\nos._exit(0)\n"
PROGRAMS = tuple(
    f"```python\n{text}\n```"
    for text in (
        *(ENDED % (said, said) for said in ("[" * 90_000, "7", "null", "{}", '{"real": 7}', '{"tests_syntax": [1]}')),
        "(" * 5000, "x = " + "-" * 50_000 + "1", "x = " + "9" * 5000, "def f(): pass\n" * 20_000, "\x00", "a" * 200_000,
    )
)  # fmt: skip
NUMBERS = (
    "9" * 5000,
    "1" + "0" * 400 + " / 3",
    "9**9**9**9",
    "(" * 3000 + "1",
    "1e999",
    "\\frac" * 20_000,
    "-" * 50_000 + "1",
    "2^" * 5000 + "2",
)
SQL = (
    "SELECT " + "(" * 5000 + "1",
    "WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM a) SELECT count(*) FROM a",
    "SELECT randomblob(2000000000)",
)
PATTERNS = ("(a+)+$", "(" * 5000, "a" * 200_000, "(?:" * 200 + "a", "[" * 5000)


def attacks() -> list[dict[str, Any]]:
    answer = "Answer in JSON."
    found: list[dict[str, Any]] = []
    found += [{"instruction": answer, "response": text, "reference": SCHEMAS[0]} for text in JSON_TEXTS]
    found += [
        {"instruction": answer, "response": text, "reference": form} for text in JSON_TEXTS[6:12] for form in SCHEMAS
    ]
    found += [{"expects": "tool_call", "response": call, "tools": tools} for call in CALLS for tools in TOOLS]
    found += [{"response": text, "tests": "assert f() == 1"} for text in PROGRAMS]
    found += [
        {"response": "```python\ndef f(): return 1\n```", "tests": text} for text in (*JSON_TEXTS[:4], *PROGRAMS[:4])
    ]
    found += [
        {"instruction": "How many?", "response": f"It is {text}.", "reference": ref}
        for text in NUMBERS
        for ref in ("7", text)
    ]
    found += [{"instruction": f"Thanks{' ' * 20_000}x"}, {"instruction": f"what is it{' ' * 100_000}x"}]
    found += [{"response": text, "tests": "x"} for text in ("class " + "a" * 300_000, "pub fn " + "a" * 300_000)]
    database = json.dumps({"schema": "CREATE TABLE t(a)", "query": "SELECT 1"})
    found += [{"response": f"```sql\n{text}\n```", "tests": database, "reference": "SELECT 1"} for text in SQL]
    found += [
        {"response": f"`{text}`", "tests": json.dumps({"matches": ["a" * 30_000 + "b"], "rejects": ["b"]})}
        for text in PATTERNS
    ]
    found += [{"constraints": [text]} for text in ("count:" + DIGITS, "sections:-1", "json_keys:" + DEEP, ":" * 1000)]
    return found


GOOD = {"instruction": "Answer in JSON.", "response": '{"a": 1}', "reference": SCHEMAS[0]}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", COMPUTED)
def test_no_row_ends_a_verifier_or_keeps_it_busy(rows: Table, context: VerifierContext, name: str) -> None:
    verifier = BY_NAME[name]
    alone = verifier.compute(rows(GOOD), verifier.params(), context).rows.get(0)
    todo, began = [*attacks(), GOOD], time.process_time()
    found = verifier.compute(rows(*todo), verifier.params(), context).rows
    assert time.process_time() - began < 60
    assert found.get(len(todo) - 1) == alone
    for verdict in found.values():
        json.dumps(verdict.why, ensure_ascii=False).encode()
        assert len(verdict.why) < 2000


def test_a_schema_that_asks_for_little_is_followed_to_the_end() -> None:
    rows = {
        "type": "array",
        "uniqueItems": True,
        "items": {"type": "object", "properties": {"a": {"pattern": "^[a-z]+@[a-z]+$"}}},
    }
    value = [{"a": f"{chr(97 + n % 26) * (n // 26 + 1)}@b"} for n in range(300)]
    assert schema_problem(value, rows) is None
    assert "has non-unique elements" in (schema_problem([*value[:3], value[0]], rows) or "")
    assert "does not match" in (schema_problem([{"a": "1"}], rows) or "")
