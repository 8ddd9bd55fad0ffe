"""Test cases from a model's lines, and which solutions and cases to believe."""

import json
import subprocess
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.generation.from_topics.code.agreement import best
from tasks.generation.from_topics.code.cases import Case, cases, javascript_tests, python_tests, signature
from tasks.verification.execution import sandbox


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("def f(a: int, b=2) -> list[int]:", "def f(a: int, b=2) -> list[int]"),
        ("`def f(a)`", "def f(a)"),
        ("f(a: str) -> int", "def f(a: str) -> int"),
        ("def f():", None),
        ("f", None),
        ("def f(a): return 1", None),
        ("def f(a):\n    pass\ndef g(b)", None),
        ("class F(a)", None),
        (f"def f(a={'-' * 500}1)", None),
    ],
)
def test_a_signature_is_a_line_that_declares_a_function_with_arguments(text: str, line: str | None) -> None:
    found = signature(text)
    assert (found.line if found else None) == line


@pytest.mark.parametrize(
    ("line", "case"),
    [
        ("assert f([1, 2], 'a') == {'x': 1}", Case("[1, 2], 'a'", "{'x': 1}")),
        ("f(1) == 2", Case("1", "2")),
        ("assert f(1) is None", Case("1", "None")),
        ("assert f(1)", Case("1", "True")),
        ("assert not f(1), 'why'", Case("1", "False")),
        ("assert f(-1.5) == (1, 2)  # note", Case("-1.5", "(1, 2)")),
        ("assert g(1) == 2", None),
        ("assert f() == 2", None),
        ("assert f(x=1) == 2", None),
        ("assert f(g(1)) == 2", None),
        ("assert f(1) == open('x')", None),
        ("assert f(1) < 2", None),
        ("assert f(1) == f(2)", None),
        ("import os", None),
        ("assert f(1) == 2; import os", None),
        ("assert f(" + "[" * 500 + "]" * 500 + ") == 2", None),
    ],
)
def test_a_case_is_an_assertion_on_literal_values(line: str, case: Case | None) -> None:
    assert cases([line], "f") == ([case] if case else [])


def test_of_two_cases_with_the_same_arguments_the_first_counts() -> None:
    assert cases(["assert f(1) == 2\nassert f( 1 ) == 3", "assert f(2) is True"], "f") == [
        Case("1", "2"),
        Case("2", "True"),
    ]
    assert python_tests([Case("1", "2"), Case("2", "True")], "f") == "assert f(1) == 2\nassert f(2) is True"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@given(VALUES)
def test_values_are_written_in_javascript_as_json_has_them(value: Any) -> None:
    program, count = javascript_tests([Case("1", repr(value))], "f")
    if count:
        assert json.loads(program.split("f(1), ", 1)[1].removesuffix(");")) == value
    else:
        assert "__proto__" in repr(value)


def test_values_that_javascript_lacks_are_left_out() -> None:
    lacking = [Case("1", text) for text in ("{1, 2}", "b'x'", "10**3", "1j", "{1: 2}", str(2**53))]
    assert javascript_tests(lacking, "f") == ("const assert = require('node:assert');", 0)


@pytest.mark.skipif(not sandbox.available("javascript"), reason="node is not installed")
def test_the_tests_in_javascript_pass_where_those_in_python_do() -> None:
    program, count = javascript_tests([Case("[1, 2], 'é\\n'", "{'a': [None, True]}")], "f")
    right = "function f(a, b) { return a.length === 2 && b === 'é\\n' ? {a: [null, true]} : 0; }"
    assert count == 1
    assert subprocess.run(["node", "-e", f"{right}\n{program}"], check=False).returncode == 0
    assert subprocess.run(["node", "-e", f"{right}\n{program.replace('true', '1')}"], capture_output=True).returncode


@given(st.lists(st.text("PF", min_size=3, max_size=3) | st.just(""), max_size=5))
def test_the_group_that_is_believed_scores_best(marks: list[str]) -> None:
    found = best(marks, 3)
    passed = {number: {at for at, mark in enumerate(letters) if mark == "P"} for number, letters in enumerate(marks)}
    groups = {
        (tuple(one for one in passed if len(marks[one]) == 3 and passed[one] == set(some)), some)
        for some in (tuple(at for at in range(3) if chosen[at]) for chosen in product((0, 1), repeat=3))
        if some
    }
    real = [group for group in groups if group[0]]
    if any(len(some) == 3 for _, some in real):
        assert len(found.cases) == 3
    elif real:
        assert len(found.solutions) * len(found.cases) == max(len(ones) * len(some) for ones, some in real)
    assert bool(found.solutions) == bool(real)
    assert all(passed[one] == set(found.cases) for one in found.solutions)


def test_a_solution_that_passes_every_case_goes_before_a_majority_that_does_not() -> None:
    assert best(["PPF", "PPF", "PPP"], 3) == ((2,), (0, 1, 2))
