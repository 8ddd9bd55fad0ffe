"""Hand a suite to Great Expectations and say in plain words what it saw."""

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from expectations.suite import Check


@dataclass(frozen=True)
class Result:
    """What one check saw."""

    check: Check
    passed: bool
    observed: str
    failing: tuple[str, ...]
    """Identities of up to 20 rows that failed."""


def run(checks: Sequence[Check], rows: pd.DataFrame, summary: Mapping[str, float], identity: str) -> list[Result]:
    """The results of `checks`, in order. An expectation that raises counts as failed: nothing unproven passes."""
    if not checks:
        raise ValueError("an empty suite proves nothing")
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")  # must be set before the import reads it
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations inside great_expectations are not ours to mend
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
        source = context.data_sources.add_pandas("gate")
        frames = {"rows": rows, "summary": pd.DataFrame([dict(summary)])}
        results: dict[int, Result] = {}
        for name, frame in frames.items():
            asked = [(position, check) for position, check in enumerate(checks) if check.on == name]
            batch = (
                source.add_dataframe_asset(name)
                .add_batch_definition_whole_dataframe("all")
                .get_batch({"dataframe": frame})
            )
            for position, check in asked:
                results[position] = _one(gx, batch, check, identity if name == "rows" else None)
    return [results[position] for position in range(len(checks))]


def _one(gx: Any, batch: Any, check: Check, identity: str | None) -> Result:
    expectation = getattr(gx.expectations, check.expectation)(**check.given)
    # SUMMARY lists up to 20 failing rows; COMPLETE would list all of them, at 75 s and 2 GB for a million
    form: dict[str, Any] = {"result_format": "SUMMARY"}
    if identity and identity in batch.columns():
        form["unexpected_index_column_names"] = [identity]
    seen = batch.validate(expectation, result_format=form)
    raised = (seen.exception_info or {}).get("exception_message")
    failing = [
        str(entry[identity]) for entry in seen.result.get("partial_unexpected_index_list") or [] if identity in entry
    ]
    return Result(
        check, bool(seen.success) and not raised, str(raised) if raised else _observed(seen.result), tuple(failing)
    )


def _observed(result: Mapping[str, Any]) -> str:
    if "observed_value" in result:
        return str(result["observed_value"])
    if not result.get("unexpected_count"):
        return "all as expected"
    examples = ", ".join(str(value)[:60] for value in result.get("partial_unexpected_list", [])[:3])
    return f"{result['unexpected_count']:,} of {result['element_count']:,} not: {examples}"
