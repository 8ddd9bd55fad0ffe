"""The gate after a stage: a task of its own, outside any transaction, keyed by what the stage made and by its suite.

So a failed gate leaves the stage cached, and a corrected threshold reruns the gate alone.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from prefect.client.schemas.objects import State
from prefect.states import Completed
from prefect.tasks import Task

from expectations.suite import Check, Suite
from tasks.core.errors import BadInput, GateFailed
from tasks.core.params import canonical_json
from tasks.pipeline.build import Build
from tasks.store.manifest import CheckResult, GateVerdict, Manifest
from tasks.store.snapshot import Snapshot

if TYPE_CHECKING:
    import pandas as pd


def pass_gate(build: Build, snapshot: Snapshot, manifest: Manifest, suite: Suite) -> State[Any]:
    """Let a snapshot pass a suite, or raise GateFailed with the failing expectations and sample rows. Returns
    the state of the gate's task run, which later tasks wait for."""
    checks = resolved(suite, {**build.thresholds.get(suite.group, {}), **build.thresholds.get(suite.stage, {})})
    tables = {name: [part.sha256 for part in parts] for name, parts in manifest.tables.items()}
    plain = [[check.expectation, dict(check.given), check.on] for check in checks]
    key = hashlib.sha256(canonical_json([tables, manifest.facts, plain]).encode()).hexdigest()[:40]

    def judge(key: str) -> State[str]:
        known = build.store.verdict(suite.stage, key)
        verdict = known or _judged(build, suite, checks, snapshot, manifest, key)
        build.verdicts.append(verdict)
        build.save_record()
        build.listener.judged(verdict)
        if not verdict.passed:
            raise GateFailed(_explained(verdict))
        name = "Cached" if known else "Completed"
        return Completed(name=name, message=f"{len(verdict.checks)} checks passed", data=f"{suite.stage}/{key}")

    task = Task(judge, name=f"gate {suite.stage}", task_run_name=f"gate {suite.stage}", persist_result=False)
    return run_and_wait(task, key, after=snapshot.after)


def run_and_wait(task: Task[[str], Any], key: str, after: Sequence[State[Any]]) -> State[Any]:
    """The state in which `task(key)` ended, once the task runs of the states in `after` have ended; raises what it raised."""
    state = task(key, return_state=True, wait_for=list(after))
    state.result()
    return state


def resolved(suite: Suite, overrides: Mapping[str, float]) -> tuple[Check, ...]:
    """The checks with a recipe's thresholds in place; BadInput names a threshold that doesn't exist."""
    try:
        return suite.all_checks(overrides)
    except KeyError as error:
        known = ", ".join(suite.thresholds)
        raise BadInput(f"gates.{suite.stage}: no threshold {error.args[0]!r}; there are: {known}") from None


def _judged(
    build: Build, suite: Suite, checks: Sequence[Check], snapshot: Snapshot, manifest: Manifest, key: str
) -> GateVerdict:
    from expectations.run import run

    read = _read(suite, checks, snapshot.schema)
    rows = build.store.table(manifest, "kept", snapshot.schema, read)
    results = run(checks, frame(rows, suite, checks), summary(manifest), suite.required[0])
    verdict = GateVerdict(
        stage=suite.stage,
        key=key,
        passed=all(result.passed for result in results),
        checks=tuple(
            CheckResult(
                expectation=result.check.expectation,
                column=str(result.check.given.get("column", result.check.given.get("column_A", ""))),
                expected=expected(result.check),
                observed=result.observed,
                passed=result.passed,
                why=result.check.why,
                failing_ids=result.failing,
            )
            for result in results
        ),
    )
    build.store.put_verdict(verdict)
    return verdict


def frame(table: pa.Table, suite: Suite, checks: Sequence[Check]) -> "pd.DataFrame":
    """The columns the checks name, as pandas; `<column>_words` and `<column>_count` are counted here."""
    columns: dict[str, pa.ChunkedArray] = {}
    for name in _named(suite, checks):
        base, _, kind = name.rpartition("_")
        if name in table.column_names:
            columns[name] = table.column(name)
        elif kind == "words" and base in table.column_names:
            columns[name] = pc.fill_null(pc.count_substring_regex(table.column(base), r"\S+"), 0)
        elif kind == "count" and base in table.column_names:
            columns[name] = pc.fill_null(pc.list_value_length(table.column(base)), 0)
    pandas: pd.DataFrame = pa.table(columns).to_pandas()
    return pandas


def _named(suite: Suite, checks: Sequence[Check]) -> list[str]:
    """The columns of rows that the checks name, in alphabetical order."""
    given = (check.given.items() for check in checks if check.on == "rows")
    return sorted({str(value) for items in given for name, value in items if "column" in name} | set(suite.required))


def _read(suite: Suite, checks: Sequence[Check], schema: pa.Schema) -> list[str]:
    """The columns of the table that these stand on."""
    named = _named(suite, checks)
    return [name for name in schema.names if name in named or f"{name}_words" in named or f"{name}_count" in named]


def summary(manifest: Manifest) -> dict[str, float]:
    """The stage in figures: its ledger, shares of the rows that left, reasons, and its numeric facts by dotted name."""
    account = manifest.ledger
    left = max(1, account.kept + account.rejected + account.failed)
    figures: dict[str, float] = {
        **account.model_dump(),
        "kept_share": account.kept / left,
        "rejected_share": account.rejected / left,
        "failed_share": account.failed / left,
    }
    return figures | _figures(manifest.facts)


def _figures(facts: Mapping[str, Any], prefix: str = "") -> dict[str, float]:
    found: dict[str, float] = {}
    for name, value in facts.items():
        if isinstance(value, Mapping):
            found |= _figures(value, f"{prefix}{name}.")
        elif isinstance(value, int | float):
            found[f"{prefix}{name}"] = float(value)
    return found


def expected(check: Check) -> str:
    """What a check asks for, as verdicts say it."""
    return (
        ", ".join(f"{name} {value}" for name, value in check.given.items() if not name.startswith("column")) or "holds"
    )


def _explained(verdict: GateVerdict) -> str:
    lines = [
        f"the gate after {verdict.stage} did not open; its rows are kept, correct the recipe or the threshold and run again"
    ]
    for check in verdict.checks:
        if not check.passed:
            rows = f"; rows {', '.join(check.failing_ids[:5])}" if check.failing_ids else ""
            lines.append(
                f"- {check.expectation} {check.column} ({check.expected}): {check.observed}; {check.why}{rows}"
            )
    return "\n".join(lines)
