"""The gates: what was expected of every stage's output, what was seen, and why the threshold is what it is."""

from tasks.release.report.blocks import Cell, Fold, Grid, Note, Section
from tasks.release.report.formatting import plural, title
from tasks.release.report_data import ReportData
from tasks.store.manifest import CheckResult, Verdict


def section(data: ReportData) -> Section | None:
    """One table for each gate, the failed ones open."""
    if not data.gates:
        return Section("gates", "Gates", "No gate stood after any stage: nothing here is proven.", ())
    checks = sum(len(gate.checks) for gate in data.gates)
    failed = [gate for gate in data.gates if not gate.passed]
    lead = (
        f"{plural(len(failed), 'gate')} of {len(data.gates)} failed: {', '.join(gate.stage for gate in failed)}."
        if failed
        else f"All {plural(checks, 'expectation')} of {plural(len(data.gates), 'gate')} were met. "
        "A gate stands after every stage; had one failed, nothing would have been released."
    )
    return Section("gates", "Gates", lead, [_fold(gate) for gate in data.gates])


def _fold(gate: Verdict) -> Fold:
    met = sum(check.passed for check in gate.checks)
    blocks = [_grid(gate)] if gate.checks else [Note("The suite is empty.", "bad")]
    return Fold(
        gate.stage,
        blocks,
        note=f"{met} of {plural(len(gate.checks), 'expectation')} met",
        tone="good" if gate.passed else "bad",
        open=not gate.passed,
    )


def _grid(gate: Verdict) -> Grid:
    columns = ("Expectation", "Column", "Expected", "Observed", "", "Why")
    return Grid(f"Expectations of the gate after {gate.stage}", columns, [_row(check) for check in gate.checks])


def _row(check: CheckResult) -> list[Cell | str]:
    verdict = Cell("met", tone="good") if check.passed else Cell("not met", tone="bad")
    expectation = title(check.expectation.removeprefix("expect_").removeprefix("Expect"))
    return [Cell(expectation), check.column, check.expected, check.observed, verdict, check.why]
