"""Prefect's graph of a run is the DAG: a stage waits for the stages whose rows it reads, and for their gates."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import httpx

from flows.deployment import server
from tests.cli.commands import Ran

READS: Final = {
    "inventory": (),
    "documents": ("inventory",),
    "templates": ("documents",),
    "pool": ("templates", "documents"),
    "screening": ("pool",),
    "answers": ("screening", "documents"),
    "constraints": ("answers",),
    "cleaning": ("answers", "constraints", "documents"),
    "filters": ("cleaning", "documents"),
    "clusters": ("filters",),
    "mix": ("clusters",),
    "audit": ("mix", "documents"),
    "release": ("audit",),
}


def test_the_graph_of_a_demo_build_is_the_dag(demo: tuple[Path, Ran]) -> None:
    assert demo[1].code == 0, demo[1].err
    api = os.environ["PREFECT_API_URL"]
    wanted = {"flow_runs": {"name": {"any_": ["demo@1"]}}, "sort": "START_TIME_DESC", "limit": 1}
    run = httpx.post(f"{api}/flow_runs/filter", json=wanted).json()[0]["id"]
    server.await_records(api, run)
    nodes = [node for _, node in httpx.get(f"{api}/flow_runs/{run}/graph-v2").json()["nodes"]]
    names = {node["id"]: node["label"] for node in nodes}
    edges = {(names[parent["id"]], node["label"]) for node in nodes for parent in node["parents"]}
    gates = {(stage, f"gate {stage}") for stage in READS if stage != "release"} | {("audit", "gate release")}
    gates |= {("gate audit", "gate release"), ("gate release", "release")}
    reads = {(read, stage) for stage, read_ in READS.items() for read in read_}
    assert edges == gates | reads | {(f"gate {read}", stage) for read, stage in reads}


def test_the_flow_runs_as_a_script(demo: tuple[Path, Ran]) -> None:
    script = Path(__file__).parents[2] / "flows" / "build.py"
    done = subprocess.run(
        [sys.executable, str(script), "demo", "--store", str(demo[0])],
        capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "rows released" in done.stdout
    assert "temporary server" not in done.stdout + done.stderr
