"""The gates: what was expected of every stage's output, what was seen, and why the threshold is what it is."""

import re
from collections.abc import Sequence
from typing import Final

from tasks.pipeline.gate import outcome
from tasks.release.formatting import in_words, plural
from tasks.release.report.blocks import Cell, Fold, Grid, Line, Note, Section, Tone
from tasks.release.report_data import ReportData
from tasks.store.manifest import CheckResult, GateVerdict

EXPECTATIONS: Final = {
    "table row count to be between": "Number of rows",
    "column to exist": "The column exists",
    "column values to not be null": "No value is missing",
    "column values to be unique": "No value occurs twice",
    "column values to be between": "Every value in range",
    "column values to be in set": "Every value is one of",
    "column pair values a to be greater than b": "Greater than its counterpart",
}
"""Names of Great Expectations' expectations, in words; others are spelled out as they are."""
MET: Final[dict[bool | None, tuple[str, Tone]]] = {
    True: ("met", "good"),
    False: ("not met", "bad"),
    None: ("not judged", "warn"),
}
BOUNDS: Final = (("min_value", "at least"), ("max_value", "at most"), ("value_set ", ""), ("holds", ""))


def section(data: ReportData) -> Section | None:
    """One table for each gate, the failed ones open."""
    if not data.gates:
        return Section("gates", "Gates", "No gate was run after any stage: nothing here is verified.", ())
    checks = sum(len(gate.checks) for gate in data.gates)
    failed = [gate.stage for gate in data.gates if not gate.passed]
    idle = sum(not check.judged for gate in data.gates for check in gate.checks)
    lead = (
        f"{plural(len(failed), 'gate')} of {len(data.gates)} failed: {', '.join(failed)}."
        if failed
        else f"All {plural(checks - idle, 'expectation')} of {plural(len(data.gates), 'gate')} were met. "
        "After every stage a gate checks what it made; if one fails, nothing is released."
    )
    if idle:
        lead += f" {plural(idle, 'expectation was', 'expectations were')} not judged: nothing was measured, or on too few rows."
    return Section("gates", "Gates", lead, [_fold(gate) for gate in data.gates])


def _fold(gate: GateVerdict) -> Fold:
    columns = ("Expectation", "Column", "Expected", "Observed", "", "Why", "Key")
    table = Grid(f"Expectations of the gate after {gate.stage}", columns, _lines(gate.checks))
    return Fold(
        gate.stage,
        [table] if gate.checks else [Note("No expectation was checked.", "bad")],
        note=outcome(gate),
        tone="good" if gate.passed else "bad",
        open=not gate.passed,
    )


def _lines(checks: Sequence[CheckResult]) -> list[Line]:
    """A line for each expectation; those that differ in nothing but the column share one."""
    columns: dict[tuple[str, str, str, bool | None, str, str], list[str]] = {}
    for check in checks:
        met = check.passed if check.judged else None
        key = (check.expectation, check.expected, check.observed, met, check.why, check.key)
        columns.setdefault(key, []).append(check.column)
    return [
        [
            Cell(expectation_in_words(expectation)),
            ", ".join(names),
            expected_in_words(expected),
            observed,
            Cell(MET[met][0], tone=MET[met][1]),
            why,
            key,
        ]
        for (expectation, expected, observed, met, why, key), names in columns.items()
    ]


def expectation_in_words(name: str) -> str:
    """ExpectColumnToExist → The column exists."""
    apart = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower().removeprefix("expect_").replace("_", " ")
    return EXPECTATIONS.get(apart, in_words(apart))


def expected_in_words(expected: str) -> str:
    """min_value 1, max_value 2000.0 → at least 1, at most 2000."""
    for name, words in BOUNDS:
        expected = re.sub(rf"\b{name}", words, expected)
    return re.sub(r"(\d)\.0\b", r"\1", expected)
