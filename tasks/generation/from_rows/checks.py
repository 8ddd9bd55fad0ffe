"""What can be checked of a response without asking a model: its constraints, the row's tests, its reference, its calculations."""

from collections.abc import Callable, Sequence
from typing import Final

import pyarrow as pa

from tasks.core.outcome import Tools
from tasks.core.schema import VERIFIED, Row
from tasks.verification.execution import code, constraints, mathematics, regular_expressions, sql
from tasks.verification.verifier import Verdict, Verdicts, VerifierContext

COLUMNS: Final = ("instruction", "response", "reference", "tests", "constraints", "executed")
OF_THE_TESTS: Final = ("tests_prove_nothing", "tests_do_not_parse", "tests_not_repeatable")
"""Verdicts on a row's tests, which say nothing of a response."""
_SCHEMA: Final = pa.schema([VERIFIED.field(name) for name in COLUMNS])


def check(rows: Sequence[Row], tools: Tools) -> list[Verdict | None]:
    """The verdict on the response of each row, None where it has nothing to be checked by.

    In this order: a constraint that is broken fails; tests are run and decide; a reference is compared with the final answer, by
    exact arithmetic or as text, and decides; a calculation that is wrong fails, right ones prove nothing. Raises NoSandbox where
    rows have programs as tests and this machine has nothing that shuts programs in.
    """
    context = VerifierContext(None, None, tools)
    found: list[Verdict | None] = [None] * len(rows)

    def judge(compute: Callable[[pa.Table], Verdicts], applies: Callable[[Row], bool], decides: bool = True) -> None:
        numbers = [number for number, row in enumerate(rows) if not found[number] and applies(row)]
        some = [{name: rows[number].get(name) for name in COLUMNS} for number in numbers]
        verdicts = compute(pa.Table.from_pylist(some, schema=_SCHEMA)).rows if some else {}
        for at, verdict in verdicts.items():
            if verdict.reason not in OF_THE_TESTS and (verdict.word == "fail" or decides):
                found[numbers[at]] = verdict

    judge(
        lambda table: constraints.compute(table, constraints.ConstraintChecks(), context), _constrained, decides=False
    )
    judge(
        lambda table: code.compute(table, code.Programs(), context), lambda row: bool(row["tests"]) and not _json(row)
    )
    judge(lambda table: regular_expressions.compute(table, regular_expressions.RegularExpressions(), context), _json)
    judge(lambda table: sql.compute(table, sql.SqlQueries(), context), _json)
    answers = mathematics.Mathematics()
    compare = lambda table: mathematics.compute(table, answers, context)  # noqa: E731
    judge(compare, lambda row: bool(row["reference"]) and not row["tests"])
    judge(compare, lambda row: not row["reference"] and not row["tests"], decides=False)
    return found


def _constrained(row: Row) -> bool:
    return bool(row["constraints"])


def _json(row: Row) -> bool:
    """Whether the tests of a row are data: strings for a pattern, rows for a query."""
    return (row["tests"] or "").lstrip().startswith(("{", "["))
