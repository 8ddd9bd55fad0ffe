"""The gate after a stage: a task of its own, outside any transaction, keyed by what the stage made and by its suite.

So a failed gate leaves the stage cached, and a corrected threshold reruns the gate alone.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from prefect.client.schemas.objects import State
from prefect.states import Completed
from prefect.tasks import Task

from expectations.suite import Check, Suite, round_one
from tasks.core.attached_document import without_documents
from tasks.core.errors import BadInput, GateFailed
from tasks.core.params import canonical_json
from tasks.pipeline.build import Build
from tasks.pipeline.task_runs import NO_RESULT, run_and_wait
from tasks.store.manifest import CheckResult, GateVerdict, Manifest, Which
from tasks.store.snapshot import Snapshot

if TYPE_CHECKING:
    import pandas as pd

SHOWN: Final = 3
"""Rows that a shut gate names."""
LONGEST: Final = 80
"""Characters of the text of each."""


def pass_gate(build: Build, snapshot: Snapshot, manifest: Manifest, suite: Suite) -> State[Any]:
    """Let a snapshot pass a suite, or raise GateFailed with the failing expectations and sample rows. Returns
    the state of the gate's task run, which later tasks wait for."""
    first = round_one(suite.stage)
    named = (suite.group, first, suite.stage)
    overrides = {name: value for stage in named for name, value in build.thresholds.get(stage, {}).items()}
    checks = resolved(suite, overrides, build.asked.get(first, {}))
    if build.going_on or first != suite.stage:
        checks = tuple(check for check in checks if check.least != "min_rows")
    tables = {name: [part.sha256 for part in parts] for name, parts in manifest.tables.items()}
    plain = [asdict(check) for check in checks]
    key = hashlib.sha256(canonical_json([tables, manifest.facts, plain]).encode()).hexdigest()[:40]

    def judge() -> State[bool]:
        known = build.store.verdict(suite.stage, key)
        verdict = known or _judged(build, suite, checks, snapshot, manifest, key)
        build.verdicts = [*(one for one in build.verdicts if one.stage != verdict.stage), verdict]
        build.save_record()
        build.listener.judged(verdict)
        if not verdict.passed:
            raise GateFailed(_explained(build, verdict, manifest))
        name = "Cached" if known else "Completed"
        return Completed(name=name, message=outcome(verdict), data=NO_RESULT)

    task = Task(judge, name=f"gate {suite.stage}", task_run_name=f"gate {suite.stage}", persist_result=False)
    return run_and_wait(task, after=snapshot.after)


def outcome(verdict: GateVerdict) -> str:
    """A verdict in a few words: "21 of 24 expectations met, 3 not judged"."""
    met = sum(check.passed and check.judged for check in verdict.checks)
    idle = sum(not check.judged for check in verdict.checks)
    return f"{met} of {len(verdict.checks)} expectations met{f', {idle} not judged' if idle else ''}"


def resolved(
    suite: Suite, overrides: Mapping[str, float], asked: Mapping[str, float] = MappingProxyType({})
) -> tuple[Check, ...]:
    """The checks with a recipe's thresholds in place; BadInput names a threshold that doesn't exist."""
    try:
        return suite.all_checks(overrides, asked)
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
                column=result.check.column,
                expected=expected(result.check),
                observed=result.observed,
                passed=result.passed,
                why=result.check.why,
                failing_ids=result.failing,
                key=result.check.key,
                judged=result.judged,
            )
            for result in results
        ),
    )
    build.store.put_verdict(verdict)
    return verdict


def frame(table: pa.Table, suite: Suite, checks: Sequence[Check]) -> "pd.DataFrame":
    """The columns the checks name, as pandas; `<column>_words`, without an attached document, and `<column>_count` are
    counted here."""
    columns: dict[str, pa.ChunkedArray] = {}
    for name in _named(suite, checks):
        base, _, kind = name.rpartition("_")
        if name in table.column_names:
            columns[name] = table.column(name)
        elif kind == "words" and base in table.column_names:
            columns[name] = pc.fill_null(pc.count_substring_regex(without_documents(table.column(base)), r"\S+"), 0)
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
        **account.model_dump(exclude={"used"}),
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


def _explained(build: Build, verdict: GateVerdict, manifest: Manifest) -> str:
    """What a shut gate says: each expectation that failed, with the key that would change it, and the first records refused."""
    lines = [
        f"the gate after {verdict.stage} did not open; its rows are kept, correct the recipe or the threshold and run again"
    ]
    failed = [check for check in verdict.checks if not check.passed]
    for check in failed:
        rows = f"; rows {', '.join(check.failing_ids[:5])}" if check.failing_ids else ""
        key = f" [{check.key}]" if check.key else ""
        lines.append(
            f"- {check.expectation} {check.column} ({check.expected}): {check.observed}; {check.why}{rows}{key}"
        )
    wanted: Which = "failed" if all(check.column == "failed_share" for check in failed) else "rejected"
    if not any(check.failing_ids for check in failed) and (first := _first(build, manifest, wanted)):
        lines += [f"first of what was {wanted}:", *(f"- {text}" for text in first)]
        where = f"{build.dataset}@draft --stage {manifest.stage} --{wanted}"
        lines.append(f"all of them: instructory show {where} --limit 0")
    return "\n".join(lines)


def _first(build: Build, manifest: Manifest, which: Which) -> list[str]:
    """The first rows that a stage refused, or failed on: why, and where they stood or what they asked."""
    if not (parts := manifest.tables[which]):
        return []
    found = []
    for row in build.store.whole(parts[:1]).slice(0, SHOWN).to_pylist():
        about = next(
            (str(row[name]) for name in ("path", "instruction", "text") if row.get(name)), str(next(iter(row.values())))
        )
        why = row.get("error") or ": ".join(str(row[name]) for name in ("reason", "detail") if row.get(name))
        found.append(" ".join(f"{why} ({about[:LONGEST]})".split()))
    return found
