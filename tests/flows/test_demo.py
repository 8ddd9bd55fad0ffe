"""The promises, on the rows of the demo as it is released."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.core.schema import CHUNK
from tasks.documents.resolve import raw_span, raw_text
from tasks.release.released import released_rows
from tasks.store.store import Store
from tests.cli.commands import Ran, Run


@pytest.fixture(scope="session")
def rows(demo: tuple[Path, Ran]) -> list[dict[str, object]]:
    store = Store(demo[0])
    found: list[dict[str, object]] = released_rows(store, store.release("demo")).to_pylist()
    return found


def test_the_build_says_what_it_did(demo: tuple[Path, Ran]) -> None:
    store, ran = demo
    assert ran.code == 0, ran.err
    said = ran.json
    assert (said["dataset"], said["version"]) == ("demo", 1)
    assert said["rows"] >= 200
    assert Path(said["report"]).is_file()
    assert [entry["stage"] for entry in said["stages"]] == [
        *("inventory", "documents", "templates", "pool", "screening", "answers", "constraints"),
        *("cleaning", "filters", "clusters", "mix", "audit"),
    ]
    assert not any(entry["cached"] or entry["requests"] or entry["cost_usd"] for entry in said["stages"])
    table = pq.read_table(next((store / "releases" / "demo" / "1" / "data").glob("*")))
    assert table.num_rows == said["rows"]


def test_every_span_of_evidence_leads_to_the_raw_bytes(demo: tuple[Path, Ran], rows: list[dict[str, object]]) -> None:
    store = Store(demo[0])
    keys = dict(store.release("demo").stages)
    chunks = {
        c["chunk_id"]: c for c in store.table(store.required("documents", keys["documents"]), "kept", CHUNK).to_pylist()
    }
    for row in rows:
        assert row["evidence"]
        for span in row["evidence"]:  # type: ignore[attr-defined]
            chunk = chunks[span["chunk_id"]]
            raw = raw_text(
                store.raw(chunk["raw_sha256"]), chunk["encoding"], chunk["record"], chunk["field"], chunk["media_type"]
            )
            start, end = raw_span(chunk, span["start"], span["end"])
            said = "".join(chunk["text"][span["start"] : span["end"]].split())
            assert said in "".join(raw[start:end].split())


def test_every_response_is_grounded_and_every_instruction_asked_once(rows: list[dict[str, object]]) -> None:
    assert all(row["grounding"] == 1.0 for row in rows)
    asked = [" ".join(str(row["instruction"]).casefold().split()) for row in rows]
    assert len(set(asked)) == len(asked)


def test_a_second_build_finds_everything_and_publishes_nothing(demo: tuple[Path, Ran], instructory: Run) -> None:
    again = instructory("build", "demo", "--store", demo[0], "--json")
    assert again.code == 0, again.err
    assert all(entry["cached"] for entry in again.json["stages"])
    assert (again.json["version"], again.json["rows"]) == (1, demo[1].json["rows"])
    assert Store(demo[0]).versions("demo") == [1]


def test_other_workers_change_nothing(demo: tuple[Path, Ran], instructory: Run) -> None:
    ran = instructory(
        "build", "demo", "--store", demo[0], "--json", "--set", "workers=1", "--set", "teacher.concurrency=3"
    )
    assert all(entry["cached"] for entry in ran.json["stages"]), ran.err


def test_why_traces_any_row_to_its_document(
    demo: tuple[Path, Ran], instructory: Run, rows: list[dict[str, object]]
) -> None:
    for row in (rows[0], rows[len(rows) // 2], rows[-1]):
        told = instructory("why", str(row["example_id"]), "--store", demo[0])
        assert told.code == 0, told.err
        assert "pydoc:" in told.out
        assert "evidence: characters" in told.out
        assert "inventory: kept" in told.out


def test_a_gate_stops_the_build_and_a_corrected_threshold_redoes_only_what_follows(
    demo: tuple[Path, Ran], instructory: Run
) -> None:
    stopped = instructory("build", "demo", "--store", demo[0], "--json", "--set", "gates.mix.min_rows=100000")
    assert stopped.code == 3
    assert "the gate after mix did not open" in stopped.err
    assert "ExpectTableRowCountToBeBetween" in stopped.err
    assert "Traceback" not in stopped.err
    draft = instructory("show", "demo@draft", "--store", demo[0], "--format", "jsonl", "--limit", "0")
    assert len(draft.out.splitlines()) == stopped.json["stages"][-1]["kept"]
    assert stopped.json["stages"][-1]["stage"] == "mix"
    report = instructory("report", "demo@draft", "--store", demo[0])
    page = Path(report.out.strip()).read_text("utf-8")
    assert "Not verified: the gate after mix failed. Not released." in page
    recipe = json.loads((Path(report.out.strip()).parent / "recipe.json").read_text("utf-8"))
    assert recipe["gates"]["mix"] == {"min_rows": 100000}
    corrected = instructory("build", "demo", "--store", demo[0], "--json", "--set", "gates.mix.min_rows=10")
    assert corrected.code == 0
    assert all(entry["cached"] for entry in corrected.json["stages"])


def test_show_prints_rows_rejects_and_the_account(demo: tuple[Path, Ran], instructory: Run) -> None:
    shown = instructory("show", "demo@1", "--store", demo[0], "--format", "jsonl", "--limit", "3")
    assert [set(json.loads(line)) >= {"example_id", "instruction", "response"} for line in shown.out.splitlines()] == [
        True
    ] * 3
    refused = instructory(
        "show", "demo", "--store", demo[0], "--stage", "pool", "--rejected", "--format", "jsonl", "--limit", "0"
    )
    assert all(json.loads(line)["reason"] for line in refused.out.splitlines())
    every = instructory("show", "demo", "--store", demo[0], "--rejected", "--format", "jsonl", "--limit", "0")
    assert {json.loads(line)["stage"] for line in every.out.splitlines()} >= {"inventory", "answers"}
    assert instructory("show", "demo", "--store", demo[0], "--failed", "--format", "jsonl").out == ""
    account = instructory("show", "demo", "--store", demo[0], "--ledger")
    assert "no_instruction" in account.out
    assert "audit" in account.out


def test_exports_are_what_trainers_read(demo: tuple[Path, Ran], instructory: Run, tmp_path: Path) -> None:
    for form in ("alpaca", "sharegpt", "messages"):
        out = tmp_path / f"{form}.json"
        ran = instructory("export", "demo", "--store", demo[0], "--format", form, "--out", out)
        assert ran.code == 0, ran.err
        assert out.stat().st_size > 10_000
    alpaca = json.loads((tmp_path / "alpaca.json").read_text())
    assert set(alpaca[0]) == {"instruction", "input", "output"}


def test_verify_finds_one_flipped_bit(demo: tuple[Path, Ran], instructory: Run, tmp_path: Path) -> None:
    assert instructory("verify", "--store", demo[0]).code == 0
    store = Store(demo[0])
    (stage, key) = store.release("demo").stages[-1]
    part = store.required(stage, key).tables["kept"][0]
    path = store.object_path(part.sha256)
    whole = path.read_bytes()
    try:
        path.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
        ran = instructory("verify", "demo", "--store", demo[0])
        assert ran.code == 5
        assert part.sha256 in ran.err
    finally:
        path.write_bytes(whole)


def test_the_report_is_written_again(demo: tuple[Path, Ran], instructory: Run) -> None:
    report = Path(demo[1].json["report"])
    report.unlink()
    ran = instructory("report", "demo@1", "--store", demo[0])
    assert ran.code == 0, ran.err
    assert report.is_file()
    assert ran.out.strip().endswith("report.html")


def test_the_doctor_finds_the_house_in_order(demo: tuple[Path, Ran], instructory: Run) -> None:
    ran = instructory("doctor", "--store", demo[0])
    assert ran.code == 0, ran.out
    assert "demo@1" in ran.out
    assert "broken" not in ran.out


def test_every_task_run_is_recorded(demo: tuple[Path, Ran], prefect_server: str) -> None:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterName, FlowRunFilterState
    from prefect.client.schemas.filters import FlowRunFilterStateName as StateName

    with get_client(sync_client=True) as client:
        done = FlowRunFilterState(name=StateName(any_=["Completed"]))
        named = FlowRunFilter(name=FlowRunFilterName(any_=["demo@1"]), state=done)
        runs = client.read_task_runs(flow_run_filter=named, limit=200)
    by_flow: dict[object, list[str]] = {}
    for run in runs:
        assert run.state is not None
        assert run.state.is_final()
        by_flow.setdefault(run.flow_run_id, []).append(run.name)
    assert (
        max(len(names) for names in by_flow.values()) == 26
    )  # twelve stages and their gates, the last gate, the release


def test_the_released_table_has_the_documented_schema(demo: tuple[Path, Ran]) -> None:
    from tasks.core.schema import CLUSTERED

    store = Store(demo[0])
    assert released_rows(store, store.release("demo")).schema.equals(pa.schema(CLUSTERED))
