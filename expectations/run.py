"""Hand a suite to Great Expectations and say in plain words what it saw."""

import contextlib
import io
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from expectations.suite import Check

_ONE_AT_A_TIME = threading.Lock()
"""Great Expectations keeps state of the whole process, and gates of stages that run side by side meet here."""


@dataclass(frozen=True)
class Result:
    """What one check saw."""

    check: Check
    passed: bool
    observed: str
    failing: tuple[str, ...] = ()
    """Identities of up to 20 rows that failed."""
    judged: bool = True
    """False where nothing was measured, or on too few rows, and that is no failure."""


def run(checks: Sequence[Check], rows: pd.DataFrame, summary: Mapping[str, float], identity: str) -> list[Result]:
    """The results of `checks`, in order. An expectation that raises counts as failed: nothing unproven passes."""
    if not checks:
        raise ValueError("an empty suite proves nothing")
    ahead = {position: found for position, check in enumerate(checks) if (found := _not_judged(check, rows, summary))}
    from expectations.engine import gx

    # great_expectations draws a progress bar per expectation, whatever its settings say; errors come as exceptions
    with _ONE_AT_A_TIME, warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()), _no_fingerprints():
        warnings.simplefilter("ignore")
        context = gx.get_context(mode="ephemeral")
        source = context.data_sources.add_pandas("gate")
        frames = {"rows": rows, "summary": pd.DataFrame([dict(summary)])}
        results = dict(ahead)
        for name, frame in frames.items():
            asked = [
                (position, check) for position, check in enumerate(checks) if check.on == name and position not in ahead
            ]
            if not asked:
                continue
            batch = (
                source.add_dataframe_asset(name)
                .add_batch_definition_whole_dataframe("all")
                .get_batch({"dataframe": frame})
            )
            results |= _validated(gx, batch, asked, identity if name == "rows" else None)
    return [results[position] for position in range(len(checks))]


def _not_judged(check: Check, rows: pd.DataFrame, summary: Mapping[str, float]) -> Result | None:
    """The result of a check that says nothing about these rows: nothing was measured, or there are too few of them."""
    if check.on == "summary":
        measured = check.column in summary
    else:
        ranged = check.expectation == "ExpectColumnValuesToBeBetween" and check.column in rows and len(rows) > 0
        measured = not ranged or bool(rows[check.column].notna().any())
    if not measured:
        return Result(check, check.if_measured, "not measured", judged=not check.if_measured)
    left = sum(summary.get(name, 0) for name in ("kept", "rejected", "failed"))
    if check.few_rows > (kept := int(summary.get("kept", len(rows)))):
        return Result(
            check, True, f"{kept} rows are too few to judge, of which there must be {check.few_rows}", judged=False
        )
    if check.spares_one and 0 < summary[check.column] * left < 1.5 and summary[check.column] > check.given["max_value"]:
        return Result(check, True, f"one of {left:.0f} is too few to judge", judged=False)
    return None


@contextlib.contextmanager
def _no_fingerprints() -> Iterator[None]:
    """Great Expectations hashes every value of a frame for a fingerprint that nobody reads, whenever it touches the frame: two
    thirds of the time of the gates over a million rows. What a verdict judged is named by the hash of its objects."""
    from great_expectations.execution_engine import pandas_execution_engine as engine

    before = engine.hash_pandas_dataframe
    engine.hash_pandas_dataframe = lambda _frame: ""
    try:
        yield
    finally:
        engine.hash_pandas_dataframe = before


def _validated(gx: Any, batch: Any, asked: Sequence[tuple[int, Check]], identity: str | None) -> dict[int, Result]:
    """The result of each check by its position: one suite, since each call of `validate` hashes the whole frame."""
    expectations = [
        getattr(gx.expectations, check.expectation)(**check.given, meta={"position": position})
        for position, check in asked
    ]
    # SUMMARY lists up to 20 failing rows; COMPLETE would list all of them, at 75 s and 2 GB for a million
    form: dict[str, Any] = {"result_format": "SUMMARY"}
    if identity and identity in batch.columns():
        form["unexpected_index_column_names"] = [identity]
    seen = batch.validate(gx.ExpectationSuite(name="gate", expectations=expectations), result_format=form)
    by_position = {one.expectation_config.meta["position"]: one for one in seen.results}
    return {position: _result(check, by_position[position], identity) for position, check in asked}


def _result(check: Check, seen: Any, identity: str | None) -> Result:
    info = (
        seen.exception_info or {}
    )  # Great Expectations nests the message of an exception by metric or gives it as it is
    errors = [one for one in (info, *info.values()) if isinstance(one, dict) and one.get("raised_exception")]
    raised = next((str(one["exception_message"]).splitlines()[0] for one in errors if one.get("exception_message")), "")
    listed = seen.result.get("partial_unexpected_index_list") or []
    failing = [str(entry[identity]) for entry in listed if isinstance(entry, dict) and identity in entry]
    return Result(
        check, bool(seen.success) and not raised, raised or _observed(bool(seen.success), seen.result), tuple(failing)
    )


def _observed(success: bool, result: Mapping[str, Any]) -> str:
    if "observed_value" in result:
        return str(result["observed_value"])
    if not result:
        return "as expected" if success else "not so"
    if not result.get("unexpected_count"):
        return "all as expected"
    examples = ", ".join(str(value)[:60] for value in result.get("partial_unexpected_list", [])[:3])
    return f"{result['unexpected_count']:,} of {result['element_count']:,} not: {examples}"
