"""Queries in responses: run by SQLite in the sandbox on the row's own database, and compared with the reference's result."""

import json
import re
from typing import Annotated, Any, Final, Literal, NamedTuple

import pyarrow as pa
from pydantic import Field

from tasks.core.schema import EXECUTION
from tasks.verification.execution import sandbox
from tasks.verification.execution.json_tests import json_tests
from tasks.verification.execution.trying import tried
from tasks.verification.verifier import Verdict, Verdicts, Verifier, VerifierContext, VerifierParams

REASONS: Final = {
    "no_query": "the row has a database, and its response no query; detail: what was looked for",
    "query_syntax": "SQLite cannot parse the query, or there are several; detail: the error",
    "unknown_table": "the query names a table that the schema has not; detail: which",
    "unknown_column": "the query names a column that the schema has not, or that two tables have; detail: which",
    "not_a_query": "the statement does more than read, or calls a function that gives another value each time; detail: the error",
    "query_fails": "the query ends with an error when it is run; detail: the error",
    "query_too_slow": "the query does not end in time; detail: the limit",
    "wrong_result": "the query has another result than the reference's; detail: the difference",
    "database_fails": "the row's schema or rows cannot be made into a database; detail: the error",
    "reference_fails": "the reference is no query that runs on the row's own database; detail: the error",
}
_FAILS: Final = {
    "database": "database_fails",
    "reference": "reference_fails",
    "syntax": "query_syntax",
    "unknown_table": "unknown_table",
    "unknown_column": "unknown_column",
    "not_a_query": "not_a_query",
    "fails": "query_fails",
    "different": "wrong_result",
}
_BLOCK: Final = re.compile(r"^(`{3,}+|~{3,}+)[ \t]*+(\w*+)[^\n]*+\n(.*?)(?:\n[ \t]*\1|\Z)", re.MULTILINE | re.DOTALL)
_SPAN: Final = re.compile(r"`((?:select|with)\b[^`\n]+)`", re.IGNORECASE)
_QUERY: Final = re.compile(
    r"\s*(?:--[^\n]*\n\s*)*(?:select|with|values|insert|update|delete|create|drop)\b", re.IGNORECASE
)
_DIALECTS: Final = ("", "sql", "sqlite", "sqlite3")


class SqlQueries(VerifierParams):
    """Queries in responses, on the database in the column `tests`, {"schema": "CREATE …", "rows": "INSERT …"}, against the result
    of the query in `reference`."""

    verifier: Literal["sql"] = "sql"
    seconds: Annotated[float, Field(gt=0, le=300)] = 5.0
    """Time that both queries have together, on the database and three parts of it."""
    memory_mb: Annotated[int, Field(ge=64, le=16384)] = 512
    """Memory of them, in MiB."""


class _Database(NamedTuple):
    schema: str
    rows: str
    reference: str


def find(response: str) -> str | None:
    """The first block of SQL, else the first code span that is a query, else a response that is one."""
    for match in _BLOCK.finditer(response):
        if match[2].lower() in _DIALECTS and _QUERY.match(match[3]):
            return match[3].strip()
    span = _SPAN.search(response)
    return span[1] if span else response.strip() if _QUERY.match(response) else None


def compute(rows: pa.Table, params: SqlQueries, context: VerifierContext) -> Verdicts:
    """Judges rows with a database in `tests` and a query in `reference`. Replaces `executed` by what was run before and now.

    Facts: how many queries were tried. Raises NoSandbox.
    """
    columns = zip(rows["tests"].to_pylist(), rows["reference"].to_pylist(), strict=True)
    databases = {row: found for row, (tests, reference) in enumerate(columns) if (found := _database(tests, reference))}
    responses, executed = rows["response"].to_pylist(), rows["executed"].to_pylist()
    verdicts = tried(databases, lambda row, given: _judge(responses[row] or "", given, params), context.tools)
    for row, verdict in verdicts.items():
        right = verdict.word == "pass"
        ran = {
            "what": "sql",
            "passed": int(right),
            "failed": int(verdict.word == "fail"),
            "detail": None if right else verdict.why,
        }
        executed[row] = [*(executed[row] or ()), ran]
    facts: dict[str, Any] = {"queries": len(databases)}
    return Verdicts(verdicts, columns={"executed": pa.array(executed, pa.list_(EXECUTION))}, facts=facts)


def _database(tests: str | None, reference: str | None) -> _Database | None:
    found = json_tests(tests) or {}
    schema, rows = found.get("schema"), found.get("rows", "")
    if not (isinstance(schema, str) and isinstance(rows, str) and reference):
        return None
    return _Database(schema, rows, reference)


def _judge(response: str, database: _Database, params: SqlQueries) -> Verdict:
    query = find(response)
    if query is None:
        return Verdict("fail", "no block of SQL, no code span and no response that is a query", "no_query")
    request = json.dumps({**database._asdict(), "query": query})
    ran = sandbox.run(sandbox.packaged("queries"), "python", request, params.seconds, params.memory_mb)
    try:
        found = json.loads(ran.stdout)
    except ValueError:
        if ran.killed_by == "time":
            return Verdict("fail", f"still running after {params.seconds:g} s", "query_too_slow", 0.0)
        return Verdict("unsure", f"could not be run here: {ran.killed_by or f'exit code {ran.exit_code}'}")
    word, why = found["word"], found["why"]
    if word in _FAILS:
        return Verdict("fail", why, _FAILS[word], 0.0)
    if word == "same":
        return Verdict("pass", f"the reference's result, {why}", score=1.0)
    return Verdict("unsure", why)


VERIFIER: Final = Verifier(params=SqlQueries, reasons=REASONS, compute=compute)
