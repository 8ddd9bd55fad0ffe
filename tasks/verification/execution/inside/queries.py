"""Runs a query and the reference's on one database in memory, and on parts of it; itself a program in the sandbox.

Standard input: JSON with `schema`, `rows`, `reference` and `query`. Standard output: JSON with `word` (same, different, or which of
the steps failed) and `why`. Nothing is written: an authoriser lets queries read, and schemas and rows create and insert.
"""

import json
import math
import re
import sqlite3
import sys
from collections import Counter
from typing import Any, Final

MOST_ROWS: Final = 10_000
_LIMITS: Final = {
    sqlite3.SQLITE_LIMIT_LENGTH: 10_000_000,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 10_000_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 500,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 50,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
}
_READS: Final = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE}
_NEVER: Final = {sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH, sqlite3.SQLITE_PRAGMA, sqlite3.SQLITE_CREATE_VTABLE}
_CHANGING: Final = {"random", "randomblob", "load_extension"}
"""Functions that are not called: two give something else each time, one loads code."""
_NAMES: Final = (
    ("unknown_table", "no such table"), ("unknown_column", "no such column"), ("unknown_column", "has no column named"),
    ("unknown_column", "ambiguous column"), ("syntax", "syntax error"), ("syntax", "incomplete input"),
    ("syntax", "unrecognized token"), ("syntax", "one statement at a time"), ("not_a_query", "not authorized"),
    ("not_a_query", "prohibited"),
)  # fmt: skip

_TOKEN: Final = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?(?:\*/|\Z)|\w+|[()]", re.DOTALL)

Rows = list[tuple[Any, ...]]


class Refused(Exception):
    """A query that cannot be run: which of the words, and why."""


def main() -> None:
    """Answer the request on standard input."""
    request = json.load(sys.stdin)
    try:
        word, why = compared(**request)
    except Refused as error:
        word, why = error.args
    print(json.dumps({"word": word, "why": " ".join(why.split())[:300]}))


def compared(schema: str, rows: str, reference: str, query: str) -> tuple[str, str]:
    """How the results of `query` and `reference` compare. Raises Refused."""
    try:
        database = filled(schema, rows)
    except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
        return "database", str(error)
    try:
        wanted = result(database, reference)
    except Refused as error:
        return "reference", error.args[1]
    given = result(database, query)
    ordered = has_order(reference)
    if difference := differ(given, wanted, ordered):
        if tied(database, reference, len(wanted[0]) if wanted else 0) and (
            difference == "order" or "LIMIT" in outermost(reference)
        ):
            return "ties", f"another order or choice of rows that the reference leaves tied: {difference}"
        return "different", "the same rows in another order" if difference == "order" else difference
    if ordered and result(database, query, turned=True) != given:
        return "different", "no order that the query itself lays down"
    return on_parts(database, reference, query, wanted, ordered)


def on_parts(database: sqlite3.Connection, reference: str, query: str, wanted: Rows, ordered: bool) -> tuple[str, str]:
    """Whether the queries still agree when every second row, the others, and all of them are gone."""
    for kept in (None, 0, 1):
        part = sqlite3.connect(":memory:")
        database.backup(part)
        for (table,) in part.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            name = '"' + table.replace('"', '""') + '"'
            try:
                part.execute(f"DELETE FROM {name}" + ("" if kept is None else f" WHERE rowid % 2 <> {kept}"))  # noqa: S608
            except sqlite3.Error:
                continue
        part.commit()
        limit(part)
        one, other = result(part, reference), result(part, query)
        if kept is None and other == wanted:
            return "constant", "the result is the same without any rows in the tables"
        if differ(other, one, ordered):
            gone = "without any rows" if kept is None else "without every second row"
            return "parts", f"the same result on the rows given, another one {gone}"
    return "same", f"{len(wanted)} rows"


def filled(schema: str, rows: str) -> sqlite3.Connection:
    """A database in memory, with its rows in it."""
    database = sqlite3.connect(":memory:")
    limit(database)

    def may(action: int, _one: str | None, two: str | None, *_: object) -> int:
        inside = action in _NEVER or (action == sqlite3.SQLITE_FUNCTION and two in _CHANGING)
        return sqlite3.SQLITE_DENY if inside else sqlite3.SQLITE_OK

    database.set_authorizer(may)
    database.executescript(schema)
    database.executescript(rows)
    database.commit()
    database.set_authorizer(None)
    return database


def limit(database: sqlite3.Connection) -> None:
    """No text, query or statement of a size that only an attack has."""
    for what, most in _LIMITS.items():
        database.setlimit(what, most)


def result(database: sqlite3.Connection, query: str, turned: bool = False) -> Rows:
    """The rows of a query; `turned`: with rows in the opposite order where the query lays down none. Raises Refused."""
    database.set_authorizer(None)
    database.execute(f"PRAGMA reverse_unordered_selects = {int(turned)}")

    def may(action: int, _one: str | None, two: str | None, *_: object) -> int:
        allowed = action in _READS or (action == sqlite3.SQLITE_FUNCTION and two not in _CHANGING)
        return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY

    database.set_authorizer(may)
    try:
        found = database.execute(query)
        if found.description is None:
            raise Refused("syntax", "no statement")
        rows = found.fetchmany(MOST_ROWS + 1)
    except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
        said = str(error)
        raise Refused(next((word for word, mark in _NAMES if mark in said), "fails"), said) from None
    finally:
        database.set_authorizer(None)
    if len(rows) > MOST_ROWS:
        raise Refused("fails", f"more than {MOST_ROWS} rows")
    return [tuple(map(canonical, row)) for row in rows]


def canonical(value: Any) -> Any:  # noqa: ANN401,RUF100
    """Numbers with the twelve digits that two ways to add them up share; whole ones as integers."""
    if isinstance(value, float) and math.isfinite(value):
        value = float(f"{value:.12g}")
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    return value


def differ(given: Rows, wanted: Rows, ordered: bool) -> str | None:
    """What is different; "order" where the rows are the same."""
    columns = {len(row) for row in (*given[:1], *wanted[:1])}
    if len(columns) > 1:
        return f"{len(given[0])} columns in place of {len(wanted[0])}"
    have, want = Counter(given), Counter(wanted)
    if have != want:
        extra, missing = next(iter((have - want).elements()), None), next(iter((want - have).elements()), None)
        parts = [f"{len(given)} rows in place of {len(wanted)}"] if len(given) != len(wanted) else []
        parts += [f"has {extra!r:.80}"] if extra else []
        parts += [f"lacks {missing!r:.80}"] if missing else []
        return "; ".join(parts)
    return "order" if ordered and given != wanted else None


def outermost(query: str) -> dict[str, int]:
    """Where the words of a query's outermost part begin, by word in capitals; the last of each. ORDER stands before BY only."""
    depth, found, before = 0, dict[str, int](), ""
    for token in _TOKEN.finditer(query):
        text = token[0].upper()
        depth += {"(": 1, ")": -1}.get(text, 0)
        if depth == 0 and text[0] not in "'\"-/":
            found["ORDER BY" if (before, text) == ("ORDER", "BY") else text] = token.start()
            before = text
    return found


def has_order(query: str) -> bool:
    """Whether a query's outermost part has an ORDER BY: outside strings, comments and brackets."""
    return "ORDER BY" in outermost(query)


def tied(database: sqlite3.Connection, query: str, columns: int) -> bool:
    """Whether rows that differ stand at the same place of a query's order: found by breaking ties both ways."""
    words = outermost(query)
    if "ORDER BY" not in words or not columns:
        return False
    end = words.get("LIMIT", len(query))
    head, tail = query[:end].rstrip("; \n\t"), query[end:]
    both = (", ".join(f"{at}{how}" for at in range(1, columns + 1)) for how in ("", " DESC"))
    try:
        one, other = (result(database, f"{head}\n, {breaker} {tail}") for breaker in both)
    except Refused:
        return True
    return one != other


if __name__ == "__main__":
    main()
