"""Queries on a row's own database: each way to be wrong is told apart, and hostile ones do no harm."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.verification.execution import code, mathematics, sql
from tasks.verification.execution.inside import queries
from tasks.verification.execution.sql import SqlQueries
from tasks.verification.verifier import Verdict, VerifierContext
from tests.verification.conftest import Table

pytestmark = pytest.mark.usefixtures("sandboxed")

SCHEMA = "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, age INTEGER); CREATE TABLE pets (owner INTEGER, kind TEXT);"
ROWS = (
    "INSERT INTO people VALUES (1, 'Ann', 31), (2, 'Bob', 25), (3, 'Cid', 31), (4, 'Dee', 40), (5, 'Eva', 19);"
    "INSERT INTO pets VALUES (1, 'cat'), (1, 'dog'), (2, 'cat'), (4, 'cat'), (5, 'eel');"
)
OLD = "SELECT name FROM people WHERE age > 30"
SORTED = "SELECT name FROM people ORDER BY age DESC, name"


def judged(
    rows: Table, context: VerifierContext, query: str, reference: str = OLD, tests: Any = None
) -> Verdict | None:
    given = json.dumps({"schema": SCHEMA, "rows": ROWS} | (tests or {}))
    table = rows({"response": query, "tests": given, "reference": reference})
    return sql.compute(table, SqlQueries(seconds=3), context).rows.get(0)


@pytest.mark.parametrize(
    ("query", "reference", "reason", "why"),
    [
        ("```sql\nselect name from people where 30 < age;\n```", OLD, "", "the reference's result, 3 rows"),
        ("Use `SELECT p.name FROM people p WHERE p.age >= 31`.", OLD, "", "3 rows"),
        ("SELECT name FROM people WHERE age > 30 ORDER BY name DESC", OLD, "", "3 rows"),
        ("SELECT name FROM people WHERE age > 31", OLD, "wrong_result", "1 rows in place of 3; lacks ('Ann',)"),
        ("SELECT name, age FROM people WHERE age > 30", OLD, "wrong_result", "2 columns in place of 1"),
        ("SELECT name FROM people ORDER BY age DESC, name DESC", SORTED, "wrong_result", "in another order"),
        (
            "SELECT name FROM people WHERE age > 20",
            "SELECT name FROM people WHERE age > 20 ORDER BY id",
            "wrong_result",
            "no order",
        ),
        ("SELECT nam FROM people", OLD, "unknown_column", "nam"),
        ("SELECT name FROM persons", OLD, "unknown_table", "persons"),
        ("SELECT id FROM people, people", OLD, "unknown_column", "ambiguous"),
        ("SELECT name FORM people", OLD, "query_syntax", "syntax error"),
        ("SELECT 1; SELECT 2", OLD, "query_syntax", "one statement"),
        ("SELECT abs(-9223372036854775808) FROM people", OLD, "query_fails", "integer overflow"),
        ("DELETE FROM people", OLD, "not_a_query", "not authorized"),
        ("INSERT INTO people SELECT 9, 'X', 1", OLD, "not_a_query", "not authorized"),
        ("SELECT name FROM people ORDER BY random()", OLD, "not_a_query", "random"),
        ("SELECT load_extension('/scratch/x')", OLD, "not_a_query", "load_extension"),
        ("WITH ATTACH 'x' AS y", OLD, "query_syntax", "syntax"),
        ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT max(i) FROM n", OLD, "query_too_slow", "3 s"),
        ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT i FROM n", OLD, "query_fails", "more than 10000"),
        ("I do not know.", OLD, "no_query", "no block of SQL"),
        (OLD, "SELECT nam FROM people", "reference_fails", "nam"),
        (OLD, "DROP TABLE people", "reference_fails", "not authorized"),
    ],
)  # fmt: skip
def test_a_query_is_run_and_compared(
    rows: Table, context: VerifierContext, query: str, reference: str, reason: str, why: str
) -> None:
    verdict = judged(rows, context, query, reference)
    assert verdict is not None
    assert (verdict.word, verdict.reason) == ("fail" if reason else "pass", reason), verdict
    assert why in verdict.why


@pytest.mark.parametrize(
    ("query", "reference", "why"),
    [
        ("SELECT 3", "SELECT count(*) FROM people WHERE age > 30", "without any rows"),
        ("SELECT 3 WHERE 1", "SELECT 3", "without any rows"),
        ("SELECT name FROM people WHERE name IN ('Ann', 'Cid', 'Dee') OR age IS NULL", OLD, None),
        ("SELECT name FROM people WHERE id <> 2 AND id <> (SELECT max(id) FROM people)", OLD, "every second row"),
        ("SELECT name FROM people ORDER BY age DESC, name DESC", "SELECT name FROM people ORDER BY age DESC", "tied"),
        ("SELECT name FROM people WHERE id = 3", "SELECT name FROM people WHERE id < 4 ORDER BY age DESC LIMIT 1", "tied"),
    ],
)  # fmt: skip
def test_what_is_the_same_by_chance_is_unsure(
    rows: Table, context: VerifierContext, query: str, reference: str, why: str | None
) -> None:
    verdict = judged(rows, context, query, reference)
    assert verdict is not None
    # names in place of a condition are not found out: the rows that remain have the same ages
    assert (verdict.word, (why or "") in verdict.why) == ("unsure" if why else "pass", True), verdict


@pytest.mark.parametrize(
    "tests", [{"schema": "CREATE TABLE ("}, {"rows": "INSERT INTO x VALUES (1)"}, {"rows": "ATTACH '/tmp/x' AS y"}]
)
def test_a_database_that_cannot_be_made_is_named(rows: Table, context: VerifierContext, tests: dict[str, str]) -> None:
    verdict = judged(rows, context, OLD, tests=tests)
    assert verdict is not None
    assert verdict.reason == "database_fails"


def test_other_rows_get_no_verdict_and_others_leave_these_alone(rows: Table, context: VerifierContext) -> None:
    tests = json.dumps({"schema": SCHEMA, "rows": ROWS})
    table = rows(
        {"tests": "assert True", "reference": OLD}, {"tests": tests}, {"tests": '{"schema": 1}', "reference": OLD}
    )
    assert not sql.compute(table, SqlQueries(), context).rows
    asked = rows({"tests": tests, "reference": OLD, "response": f"```sql\n{OLD}\n```"})
    found = sql.compute(asked, SqlQueries(), context)
    assert found.columns["executed"].to_pylist() == [[{"what": "sql", "passed": 1, "failed": 0, "detail": None}]]
    assert not code.compute(asked, code.Programs(), context).rows
    assert not mathematics.compute(asked, mathematics.Mathematics(), context).rows


VALUE = st.one_of(st.none(), st.integers(-5, 5), st.floats(-5, 5), st.text("ab", max_size=2))


@given(st.lists(st.tuples(VALUE, VALUE), max_size=6), st.randoms())
def test_results_are_compared_as_bags_or_in_order(found: list[tuple[Any, ...]], rng: Any) -> None:
    rows = [tuple(map(queries.canonical, row)) for row in found]
    turned = rng.sample(rows, len(rows))
    assert queries.differ(turned, rows, ordered=False) is None
    assert (queries.differ(turned, rows, ordered=True) is None) == (turned == rows)
    assert queries.differ([*rows, ("c", 9)], rows, ordered=False)


@pytest.mark.parametrize(
    ("query", "ordered"),
    [
        ("SELECT a FROM b ORDER BY c", True),
        ("SELECT a FROM (SELECT a FROM b ORDER BY c)", False),
        ("SELECT 'order by' FROM b -- ORDER BY a\n", False),
        ("SELECT rank() OVER (ORDER BY a) FROM b", False),
        ("WITH x AS (SELECT 1) SELECT * FROM x order /* */ by 1", True),
        ("SELECT 1 /* ORDER BY 1", False),  # a comment may lack its end
    ],
)
def test_order_is_that_of_the_outermost_query(query: str, ordered: bool) -> None:
    assert queries.has_order(query) == ordered
