"""Gates: what was not measured has not passed, few rows are not judged by shares, and a shut gate says what to do about it."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from expectations import SUITES
from expectations.run import Result, run
from expectations.suite import Suite
from flows.recipe import Recipe
from tasks.core.errors import GateFailed
from tasks.core.schema import CLUSTERED, conform, rejected
from tasks.pipeline import gate
from tasks.pipeline.build import Build
from tasks.store.manifest import Ledger, Manifest
from tasks.store.snapshot import Snapshot
from tasks.store.store import Store
from tests.release import sample
from tests.store import records


def judged(stage: str, rows: pa.Table, facts: Mapping[str, Any], **overrides: float) -> dict[str, Result]:
    """What the gate after `stage` says of rows of which none was rejected, by the key of each threshold."""
    suite = SUITES[stage]
    checks = suite.all_checks(overrides)
    none = Ledger(rows_in=rows.num_rows, created=0, used=0, kept=rows.num_rows, rejected=0, failed=0)
    summary = gate.summary(made(none, facts))
    results = run(checks, gate.frame(rows, suite, checks), summary, suite.required[0])
    return {result.check.key: result for result in results if result.check.key}


def made(ledger: Ledger, facts: Mapping[str, Any], **tables: Any) -> Manifest:
    parts = {"kept": (), "rejected": (), "failed": ()} | tables
    return records.manifest("imports", ledger=ledger, facts=dict(facts), tables=parts)


def quality(score: float | None) -> dict[str, Any]:
    return {"qualities": {"aligned": {"score": score}}}


def test_what_was_not_measured_is_not_judged_and_fails_where_a_recipe_states_it() -> None:
    for facts in (quality(None), {}):
        found = judged("release", sample.rows(40), facts)["gates.release.min_aligned"]
        assert (found.passed, found.judged, found.observed) == (True, False, "not measured")
        asked = judged("release", sample.rows(40), facts, min_aligned=0.1)["gates.release.min_aligned"]
        assert (asked.passed, asked.judged, asked.observed) == (False, True, "not measured")


@pytest.mark.parametrize("rows", [3, 10, 29, 30])
def test_shares_of_few_rows_are_judged_only_where_a_recipe_states_the_threshold(rows: int) -> None:
    few = rows < 30
    share = {"clusters": {"largest_share": 1.0}}
    for stage, facts, name, bad in (
        ("clusters", share, "max_cluster_share", 0.5),
        ("release", quality(0.1), "min_aligned", 0.5),
        ("audit", {"safety": {"personal_data_left": {"share": 0.3}}, "provenance": {"complete_share": 1.0}},
         "max_personal_data_left", 0.1),
    ):  # fmt: skip
        found = judged(stage, sample.rows(rows), facts)[f"gates.{stage}.{name}"]
        assert (found.passed, found.judged) == (few, not few)
        assert not few or f"{rows} rows are too few to judge, of which there must be 30" in found.observed
        assert not judged(stage, sample.rows(rows), facts, **{name: bad})[f"gates.{stage}.{name}"].passed


@pytest.mark.parametrize(
    ("kept", "lost", "passes"), [(2, 1, True), (9, 1, True), (1, 4, False), (3, 2, False), (99, 2, True)]
)
def test_one_lost_row_shuts_no_gate_but_two_of_a_few_do(kept: int, lost: int, passes: bool) -> None:
    suite = Suite("imports", ("example_id",), SUITES["cleaning"].thresholds, SUITES["cleaning"].checks[1:])
    account = made(Ledger(rows_in=kept + lost, created=0, used=0, kept=kept, rejected=lost, failed=0), {})
    frame = pd.DataFrame({"example_id": [str(n) for n in range(kept)]})
    results = run(suite.all_checks({}), frame, gate.summary(account), "example_id")
    assert results[-1].passed == passes
    strict = run(suite.all_checks({"max_rejected_share": 0.0}), frame, gate.summary(account), "example_id")
    assert not strict[-1].passed


def test_rows_that_were_not_compared_with_named_benchmarks_fail() -> None:
    rows = sample.rows(4)
    nothing = rows.set_column(rows.column_names.index("contamination"), "contamination", pa.nulls(4, pa.float64()))
    named = Recipe.model_validate(
        {"dataset": "d", "datasets": [{"path": "x"}], "filters": {"contamination": {"benchmarks": [__file__]}}}
    )
    asked = named.asked()["filters"]
    assert Recipe.model_validate({"dataset": "d"}).asked()["filters"] == {}
    suite = SUITES["filters"]
    for table, passes in ((rows, True), (nothing, False)):
        checks = suite.all_checks({}, asked)
        account = made(Ledger(rows_in=4, created=0, used=0, kept=4, rejected=0, failed=0), {})
        results = run(checks, gate.frame(table, suite, checks), gate.summary(account), "example_id")
        found = [result for result in results if result.check.key == "gates.filters.min_contamination_measured"]
        assert [result.passed for result in found] == [passes]


def test_what_a_recipe_requires_blocks_at_the_share_that_it_expects() -> None:
    wanted = {"dataset": "d", "require": ["aligned", "regressions"], "audit": {"expected": {"aligned": 0.97}}}
    stated = Recipe.model_validate(wanted).thresholds()["release"]
    assert stated == {"min_aligned": 0.97, "max_regressions": 0.0}
    facts = quality(0.96) | {"regressions": 1}
    results = judged("release", sample.rows(3), facts, **stated)
    assert [results[f"gates.release.{name}"].passed for name in stated] == [False, False]
    results = judged("release", sample.rows(3), quality(0.97) | {"regressions": 0}, **stated)
    assert [results[f"gates.release.{name}"].passed for name in stated] == [True, True]
    with pytest.raises(ValueError, match="audit\\.expected\\.relevant is empty"):
        Recipe.model_validate({"dataset": "d", "require": ["relevant"], "audit": {"expected": {"relevant": None}}})


def test_a_mix_that_misses_its_targets_fails_where_it_may_not_fill() -> None:
    mix = {"human_share": 0.5, "tolerance": 0.1}
    asked = Recipe.model_validate({"dataset": "d", "mix": mix}).asked()["mix"]
    assert asked == {"max_shares_missed": 0.1}
    assert Recipe.model_validate({"dataset": "d", "mix": mix | {"scarce": "fill"}}).asked()["mix"] == {}


@pytest.mark.usefixtures("prefect_server")
def test_a_shut_gate_names_the_key_and_the_first_refused_records(tmp_path: Any) -> None:
    store = Store(tmp_path / "store")
    refused = [
        {"example_id": str(n), "reason": "malformed_record", "detail": f"a.jsonl:{n}: not JSON"} for n in range(1, 6)
    ]
    lost = store.put(pa.Table.from_pylist(refused, schema=rejected(CLUSTERED)))
    kept = store.put(conform(sample.rows(2), CLUSTERED))
    account = Ledger(rows_in=7, created=0, used=0, kept=2, rejected=5, failed=0)
    manifest = made(account, {}, kept=kept, rejected=lost)
    build = Build(store, "shop", "test")
    with pytest.raises(GateFailed) as shut:
        gate.pass_gate(build, Snapshot.of(manifest, CLUSTERED), manifest, SUITES["imports"])
    said = str(shut.value)
    assert "[gates.imports.max_rejected_share]" in said
    assert said.count("malformed_record: a.jsonl:") == 3
    assert "malformed_record: a.jsonl:1: not JSON" in said
    assert "instructory show shop@draft --stage imports --rejected --limit 0" in said


@pytest.mark.parametrize("suite", SUITES.values(), ids=lambda suite: suite.stage)
def test_every_threshold_decides_something(suite: Suite) -> None:
    used = {name for check in suite.checks for name in (check.least, check.most)} | {"min_rows"}
    used |= {"few_rows"} if any(check.of_many for check in suite.checks) else set()
    assert used - {""} == set(suite.thresholds)
