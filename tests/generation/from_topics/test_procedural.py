"""Procedural problems are right: each kind is recomputed here in another way than it was made."""

import ast
import json
import re
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise, takewhile
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.outcome import Tools
from tasks.generation.from_topics.procedural import KINDS, make
from tasks.generation.from_topics.procedural.params import Procedural
from tasks.generation.from_topics.procedural.problem import SolvedProblem, written
from tasks.generation.method import Inputs

LEVELS = st.sampled_from(["easy", "medium", "hard"])
SEEDS = st.integers(0, 10**9)


def drawn(kind: str, seed: int, level: str) -> SolvedProblem:
    return KINDS[kind](Random(seed), level)


def computed(text: str, **names: int) -> Fraction:
    """The value of an expression, with Python's grammar and exact numbers."""

    def value(node: ast.expr) -> Fraction:
        match node:
            case ast.Constant():
                return Fraction(str(node.value))
            case ast.Name():
                return Fraction(names[node.id])
            case ast.UnaryOp():
                return -value(node.operand)
            case ast.BinOp():
                left, right = value(node.left), value(node.right)
                return {ast.Add: left + right, ast.Sub: left - right, ast.Mult: left * right}.get(type(node.op)) or (
                    left / right if isinstance(node.op, ast.Div) else Fraction(0)
                )
        raise AssertionError(ast.dump(node))

    text = text.replace("×", "*").replace("÷", "/").replace("−", "-")
    text = re.sub(r"([a-z])²", r"\1*\1", text)
    return value(ast.parse(re.sub(r"(\d)([a-z])", r"\1*\2", text), mode="eval").body)


@settings(max_examples=200)
@given(SEEDS, LEVELS)
def test_every_line_of_arithmetic_holds(seed: int, level: str) -> None:
    problem = drawn("arithmetic", seed, level)
    for line in (*problem.steps, problem.answer):
        left, right = line.rsplit(" = ", 1)
        assert computed(left) == computed(right), line
    assert problem.answer.split(" = ")[0] in problem.instruction
    assert problem.answer.endswith(f" = {problem.reference}")


def sides_of(line: str) -> tuple[str, str]:
    """The two sides of the equation in a sentence: the words around its sign that are terms."""
    left, right = (side.split() for side in line.rstrip(".").split(" = "))
    is_term = re.compile(r"[+-]|-?\d*[a-z]?²?").fullmatch
    return " ".join(reversed([*takewhile(is_term, reversed(left))])), " ".join(takewhile(is_term, right))


@settings(max_examples=200)
@given(SEEDS, LEVELS)
def test_solutions_satisfy_their_equations(seed: int, level: str) -> None:
    problem = drawn("equations", seed, level)
    equations = [line for line in problem.instruction.splitlines() if "=" in line]
    assert equations
    solutions = re.findall(r"([a-z]) = (-?\d+)", problem.answer)
    candidates = [{name: int(value) for name, value in solutions}]
    if "system" not in problem.instruction:  # each solution alone
        candidates = [{name: int(value)} for name, value in solutions]
    for equation in equations:
        left, right = sides_of(equation)
        for names in candidates:
            assert computed(left, **names) == computed(right, **names), (equation, names)


@settings(max_examples=200)
@given(SEEDS, LEVELS)
def test_every_stated_calculation_holds(seed: int, level: str) -> None:
    for kind in ("percentages", "units", "tables"):
        for line in drawn(kind, seed, level).steps:
            for part, result in re.findall(
                r"((?:[-\d.(][\d. ()/×÷+−-]*) [×÷+−] [\d. ()/×÷+−-]*\d\)?) = (-?[\d./]+\d|\d)", line
            ):
                assert computed(part.replace("°F", "")) == computed(result), line


@settings(max_examples=200)
@given(SEEDS, LEVELS)
def test_sequences_follow_one_rule(seed: int, level: str) -> None:
    problem = drawn("sequences", seed, level)
    given_terms = [int(n) for n in re.findall(r"-?\d+", problem.instruction)]
    terms = given_terms + [int(n) for n in problem.reference.split(", ")]
    steps = [b - a for a, b in pairwise(terms)]
    if level == "medium":
        assert len({Fraction(b, a) for a, b in pairwise(terms)}) == 1
    else:
        seconds = {b - a for a, b in pairwise(steps)}
        assert len(seconds) == 1
        assert (seconds == {0}) == (level == "easy")


FACTORS: dict[str, float] = {
    "millimetres": 1e-3, "centimetres": 1e-2, "metres": 1, "kilometres": 1e3, "milligrams": 1e-6, "grams": 1e-3,
    "kilograms": 1, "tonnes": 1e3, "seconds": 1, "minutes": 60, "hours": 3600, "days": 86400, "millilitres": 1e-3,
    "centilitres": 1e-2, "litres": 1, "cubic metres": 1e3, "inches": 0.0254, "feet": 12 * 0.0254, "yards": 36 * 0.0254,
    "miles": 63360 * 0.0254, "pounds": 0.45359237, "ounces": 0.45359237 / 16,
}  # fmt: skip


@settings(max_examples=200)
@given(SEEDS, LEVELS)
def test_both_sides_of_a_conversion_are_equal(seed: int, level: str) -> None:
    problem = drawn("units", seed, level)
    sides = re.fullmatch(r"([\d.]+) ([a-z ]+) = ([\d.]+) ([a-z ]+)", problem.answer)
    if sides:
        left, right = float(sides[1]) * FACTORS[sides[2]], float(sides[3]) * FACTORS[sides[4]]
        assert left == pytest.approx(right, rel=1e-9)
        assert sides[2] in problem.instruction
        assert sides[4] in problem.instruction


def day(text: str) -> datetime:
    return datetime.strptime(text, "%d %B %Y")


@settings(max_examples=300)
@given(SEEDS, LEVELS)
def test_dates_are_as_the_calendar_says(seed: int, level: str) -> None:
    problem = drawn("dates", seed, level)
    asked, dates = problem.instruction, re.findall(r"\d+ [A-Z][a-z]+ \d{4}", problem.instruction)
    number = re.search(r"(\d+) days", asked)
    if "leap" in asked or "366" in asked:
        year = int(re.findall(r"\d{4}", asked)[0])
        assert problem.reference == ("yes" if (datetime(year, 3, 1) - timedelta(days=1)).day == 29 else "no")
    elif found := re.search(r"at (\d\d:\d\d) and takes (\d+) h (\d+) min", asked):
        end = datetime.strptime(found[1], "%H:%M") + timedelta(hours=int(found[2]), minutes=int(found[3]))
        assert problem.reference == f"{end:%H:%M}"
        assert problem.answer.endswith("the next day.") == (end.day == 2)
    elif asked.startswith("How many days"):
        assert problem.reference == f"{(day(dates[1]) - day(dates[0])).days} days"
    elif asked.startswith("Which date"):
        assert number
        assert day(problem.reference) == day(dates[0]) + timedelta(days=int(number[1]))
    else:
        ahead = int(number[1]) if number else 0
        assert problem.reference == f"{day(dates[0]) + timedelta(days=ahead):%A}"
        named = re.findall(r"on is (\w+day)\.", " ".join(problem.steps))
        known = re.findall(r"\d+ \w+ \d{4}(?= falls on that)", " ".join(problem.steps))
        assert all(f"{day(one):%A}" == name for one, name in zip(known, named, strict=True))


@settings(max_examples=200)
@given(SEEDS, LEVELS)
def test_answers_to_tables_can_be_read_off_them(seed: int, level: str) -> None:
    problem = drawn("tables", seed, level)
    asked = problem.instruction.splitlines()[0]
    table = {name: int(value) for name, value in re.findall(r"\| (\w+) \| (\d+) \|", problem.instruction)}
    mean = Fraction(sum(table.values()), len(table))
    expected: Any
    if "average number" in asked:
        expected = written(Fraction(round(mean * 100 + Fraction(1, 10**6)), 100))
    elif "than the average" in asked:
        expected = ", ".join(name for name, value in table.items() if value > mean)
    elif "total" in asked:
        expected = str(sum(table.values()))
    elif limit := re.search(r"more than (\d+)", asked):
        expected = str(sum(value > int(limit[1]) for value in table.values()))
    elif name := re.search(r"give for (\w+)", asked):
        expected = str(table[name[1]])
    else:
        expected = (max if "the most" in asked else min)(table, key=lambda one: table[one])
    assert problem.reference == expected


@settings(max_examples=200)
@given(SEEDS, LEVELS)
def test_patterns_match_what_they_shall_and_nothing_else(seed: int, level: str) -> None:
    problem = drawn("regular_expressions", seed, level)
    tests = json.loads(problem.tests)
    pattern = re.compile(problem.reference, re.ASCII)
    assert tests["matches"]
    assert tests["rejects"]
    assert all(pattern.fullmatch(text) for text in tests["matches"])
    assert not any(pattern.fullmatch(text) for text in tests["rejects"])


@pytest.fixture
def tools(tmp_path: Any) -> Tools:
    return Tools("key", tmp_path)


def test_as_many_rows_as_asked_for_all_different_and_the_same_again(tools: Tools) -> None:
    outcome = make(Inputs(), Procedural(rows=800), None, tools)
    rows = outcome.kept.to_pylist()
    assert len({row["instruction"] for row in rows}) == len({row["example_id"] for row in rows}) == 800
    assert outcome.facts["kinds"] == dict.fromkeys(KINDS, 100)
    assert {row["difficulty"] for row in rows} == {"easy", "medium", "hard"}
    assert make(Inputs(), Procedural(rows=800), None, tools).kept.equals(outcome.kept)
    assert not make(Inputs(), Procedural(rows=800, seed=2), None, tools).kept.equals(outcome.kept)


def test_more_rows_keep_the_ids_of_those_before(tools: Tools) -> None:
    few = make(Inputs(), Procedural(rows=80), None, tools).kept["example_id"].to_pylist()
    many = make(Inputs(), Procedural(rows=160), None, tools).kept["example_id"].to_pylist()
    assert set(few) <= set(many)


def test_a_kind_that_is_used_up_says_so(tools: Tools) -> None:
    outcome = make(Inputs(), Procedural(rows=5000, kinds=("sequences",), levels=("medium",)), None, tools)
    assert outcome.kept.num_rows < 121
    assert outcome.facts["used_up"] == ["sequences"]
    assert "no more different problems of: sequences" in outcome.facts["warnings"][0]


@pytest.mark.parametrize(("steps", "apart", "before"), [("response", 0, 1), ("reasoning", 1, 0), ("none", 0, 0)])
def test_the_steps_stand_where_the_recipe_says(tools: Tools, steps: str, apart: int, before: int) -> None:
    params = Procedural.model_validate({"rows": 3, "kinds": ["equations"], "steps": steps})
    for row in make(Inputs(), params, None, tools).kept.to_pylist():
        assert bool(row["reasoning"]) == bool(apart)
        assert ("\n" in row["response"]) == bool(before)
        assert row["response"].endswith(row["reference"])
