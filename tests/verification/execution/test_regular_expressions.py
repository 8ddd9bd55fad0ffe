"""Regular expressions tried on strings: what is found in a response, and each verdict with the strings that decide it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.outcome import Tools
from tasks.core.schema import VERIFIED, conform
from tasks.generation.from_topics.procedural import make
from tasks.generation.from_topics.procedural.params import Procedural
from tasks.generation.method import Inputs
from tasks.verification.execution import code, mathematics, regular_expressions
from tasks.verification.execution.regular_expressions import FoundPattern, RegularExpressions, find
from tasks.verification.verifier import Verdict, VerifierContext
from tests.verification.conftest import Table

pytestmark = pytest.mark.usefixtures("sandboxed")

TESTS = json.dumps({"matches": ["12-345", "99-000"], "rejects": ["12-34", "12-3456", "１２-345"]})


def judged(rows: Table, context: VerifierContext, response: str, tests: str = TESTS) -> Verdict | None:
    table = rows({"response": response, "tests": tests})
    return regular_expressions.compute(table, RegularExpressions(seconds=1), context).rows.get(0)


@pytest.mark.parametrize(
    ("response", "reason", "why"),
    [
        ("```\n^\\d{2}-\\d{3}$\n```\nIt matches `12-345`.", "", "matches 2 strings and rejects 3"),
        ("Use `\\d{2}-\\d{3}`.", "", "matches 2 strings"),
        ("\\d{2}-\\d{3}", "", "matches 2 strings"),
        ('```python\nimport re\nre.fullmatch(r"\\d{2}-\\d{3}", text)\n```', "", "matches 2 strings"),
        ("`/^\\d\\d-\\d\\d\\d$/i`", "", "matches 2 strings"),
        ("`\\d{2}-\\d{2,3}`", "wrong_pattern", "matches '12-34'"),
        ("`[0-8]{2}-\\d{3}`", "wrong_pattern", "does not match '99-000'"),
        ("`\\d{2}-(\\d{3}`", "pattern_does_not_compile", "unterminated subpattern"),
        ("`(\\d{2}-\\d{3}){5000000000}`", "pattern_does_not_compile", "too large"),
        ("I do not know.", "no_pattern", "no code block"),
    ],
)
def test_a_pattern_is_tried_on_its_strings(
    rows: Table, context: VerifierContext, response: str, reason: str, why: str
) -> None:
    verdict = judged(rows, context, response)
    assert verdict is not None
    assert (verdict.word, verdict.reason) == ("fail" if reason else "pass", reason), verdict
    assert why in verdict.why


def test_a_pattern_that_runs_for_ever_is_stopped_and_its_string_named(rows: Table, context: VerifierContext) -> None:
    hostile = json.dumps({"matches": ["aaa"], "rejects": ["a" * 50 + "!"]})
    verdict = judged(rows, context, "`(a+)+`", hostile)
    assert verdict is not None
    assert (verdict.word, verdict.reason) == ("fail", "pattern_too_slow")
    assert "after 1 s on 'aaa" in verdict.why


@pytest.mark.parametrize(
    ("tests", "word"),
    [
        ('{"matches": ["12-345"], "rejects": []}', "unsure"),
        ('{"matches": [], "rejects": []}', None),
        ('{"matches": [1]}', None),
        ('{"schema": "create table a(b)"}', None),
        ("assert f() == 1", None),
    ],
)
def test_strings_that_prove_nothing_and_other_tests(
    rows: Table, context: VerifierContext, tests: str, word: str | None
) -> None:
    verdict = judged(rows, context, "`\\d{2}-\\d{3}`", tests)
    assert (verdict.word if verdict else None) == word


def test_procedural_rows_pass_and_other_verifiers_leave_their_patterns_alone(
    tools: Tools, context: VerifierContext
) -> None:
    params = Procedural(rows=24, kinds=("regular_expressions",))
    table = conform(make(Inputs(), params, None, tools).kept, VERIFIED)
    found = regular_expressions.compute(table, RegularExpressions(), context)
    assert [verdict.word for verdict in found.rows.values()] == ["pass"] * 24, found.rows
    assert found.facts["patterns"] == 24
    assert not code.compute(table, code.Programs(), context).rows
    assert not mathematics.compute(table, mathematics.Mathematics(), context).rows


@settings(max_examples=200)
@given(st.text(st.characters(codec="utf-8", exclude_characters="`\n\r/ \t\x0b\x0c"), min_size=1, max_size=40))
def test_a_pattern_in_a_fence_or_span_is_found_as_it_stands(pattern: str) -> None:
    pattern = pattern.strip()
    if pattern and "\n" not in pattern and len(pattern.splitlines()) == 1:
        for response in (f"Here:\n```regex\n{pattern}\n```\nDone.", f"Use `{pattern}` here.", f"Use ``{pattern}``."):
            assert find(response) == FoundPattern(pattern, "")
