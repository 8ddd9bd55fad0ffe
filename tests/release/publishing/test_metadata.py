"""croissant.json is taken by MLCommons' own library, which reads the rows by it; the events are what OpenLineage asks for."""

import json
import logging
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow.parquet as pq
import pytest

from tasks.release.publishing.folder import to_folder
from tasks.release.publishing.listing import publication
from tasks.release.publishing.openlineage import send
from tasks.store.store import Store
from tests.release.publishing.conftest import release, rows, store
from tests.servers.loopback import Asked, answering

__all__ = ["store"]


def plain(value: Any) -> Any:
    """A record of mlcroissant without the paths that it puts before names."""
    match value:
        case bytes():
            return value.decode()
        case dict():
            return {name.rpartition("/")[2]: plain(one) for name, one in value.items()}
        case list():
            return [plain(one) for one in value]
        case _:
            return value


def empty(value: Any) -> bool:
    """Whether there is nothing in it: null, an empty list, a list of nulls, as libraries write an absent list."""
    if isinstance(value, dict):
        return all(map(empty, value.values()))
    return all(map(empty, value)) if isinstance(value, list) else value is None


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of rdflib, which mlcroissant stands on
def test_mlcroissant_reads_every_row_of_every_split(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from mlcroissant import Dataset

    folder = tmp_path / "shop"
    to_folder(publication(store, release(store, 3, rows(25, split=True)), url="https://hub.example/shop"), folder)
    with caplog.at_level(logging.CRITICAL):
        dataset = Dataset(jsonld=str(folder / "croissant.json"))
    assert not dataset.metadata.issues.errors
    assert {warning for warning in dataset.metadata.issues.warnings if "citeAs" not in warning} == set()
    assert dataset.metadata.version == "3.0.0"
    assert dataset.metadata.license == ["PSF-2.0"]
    for side in ("train", "validation", "test"):
        wanted = pq.read_table(next((folder / "data").glob(f"{side}-*"))).to_pylist()
        for ours, theirs in zip(wanted, map(plain, dataset.records(side)), strict=True):
            assert set(theirs) == set(ours)
            assert {k: v for k, v in theirs.items() if not empty(v)} == {k: v for k, v in ours.items() if not empty(v)}
    described = json.loads((folder / "croissant.json").read_text("utf-8"))
    files = {one["contentUrl"]: one for one in described["distribution"] if one["@type"] == "cr:FileObject"}
    listed = {one["name"]: one for one in json.loads((folder / "published.json").read_text("utf-8"))["files"]}
    assert {name for name in listed if name.startswith("data/")} == set(files)
    for name, one in files.items():
        assert (one["sha256"], one["contentSize"]) == (listed[name]["sha256"], f"{listed[name]['size']} B")


def test_events_begin_and_end_each_run_and_lead_from_the_sources_to_the_release(store: Store) -> None:
    found = publication(store, release(store, 3, rows(5)))
    events = [
        json.loads(line) for line in next(f for f in found.files if f.name == "openlineage.jsonl").content.splitlines()
    ]  # type: ignore[union-attr]
    runs: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        UUID(event["run"]["runId"])
        assert datetime.fromisoformat(event["eventTime"]).tzinfo
        assert event["job"]["namespace"]
        for facets in (
            event["run"].get("facets", {}),
            *(one.get("facets", {}) for one in event["inputs"] + event["outputs"]),
        ):
            assert all(facet["_producer"] and facet["_schemaURL"] for facet in facets.values())
        runs.setdefault(event["run"]["runId"], []).append(event)
    assert all([one["eventType"] for one in run] == ["START", "COMPLETE"] for run in runs.values())
    build, *stages = runs.values()
    assert [run[0]["job"]["name"] for run in stages] == ["shop.inventory", "shop.review", "shop.audit"]
    for run in stages:
        assert run[0]["run"]["facets"]["parent"]["run"] == build[0]["run"]
        assert build[0]["eventTime"] <= run[0]["eventTime"] < run[1]["eventTime"] <= build[1]["eventTime"]
    made = {(one["name"], one["facets"]["version"]["datasetVersion"]) for run in stages for one in run[1]["outputs"]}
    read = {(one["name"], one["facets"]["version"]["datasetVersion"]) for run in stages[1:] for one in run[0]["inputs"]}
    assert read == {("shop/inventory", "k3"), ("shop/review", "k3")} <= made
    assert [one["name"] for one in build[0]["inputs"]] == ["shop/sources/shop"]
    (output,) = build[1]["outputs"]
    assert (output["name"], output["facets"]["version"]["datasetVersion"]) == ("shop", "3")
    assert output["outputFacets"]["outputStatistics"]["rowCount"] == 5


@pytest.mark.parametrize("status", [201, 500])
def test_events_are_posted_with_the_key_and_a_fault_is_one_line(store: Store, status: int) -> None:
    found = publication(store, release(store, 3, rows(5)))
    asked: list[Asked] = []

    def answer(one: Asked) -> tuple[int, bytes]:
        asked.append(one)
        return status, b"{}"

    with answering(answer) as address:
        fault = send(
            found.events, address if status == 201 else address.replace("//", "//user:word@"), "key-of-lineage"
        )
    assert {one.path for one in asked} == {"/api/v1/lineage"}
    if status == 201:
        assert {one.headers["Authorization"] for one in asked} == {"Bearer key-of-lineage"}
        assert not fault
        assert [json.loads(one.body) for one in asked] == list(found.events)
    else:
        assert len(asked) == 1
        assert "status 500" in fault
        assert "word@" not in fault
    assert "ConnectError" in send(found.events, address, "")
