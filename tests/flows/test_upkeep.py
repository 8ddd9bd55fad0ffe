"""Upkeep from the command line: journal, rollback, clearing up; and the exit code of a build that cannot account for a row."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq

from tasks.core.outcome import Tools
from tasks.store.store import Store
from tasks.teachers import open_teacher
from tests.cli.commands import HOUSE, Ran, Run
from tests.servers.models import ModelServer
from tests.servers.wire import Reply
from tests.teachers.asked import questions, settings_for

LOSING = """
import click
from pathlib import Path
from prefect import flow
from flows.cli.main import cli, main
from tasks.pipeline.build import Build, building
from tasks.core.outcome import Outcome
from tasks.core.schema import INVENTORY
from tasks.pipeline.stage import stage
from tasks.store.store import Store
import pyarrow as pa

ROW = {"source": "s", "path": "p", "raw_sha256": "0", "licence": "x", "media_type": "text/plain", "raw_bytes": 1}

def find(tools):
    rows = [{**ROW, "document_id": name} for name in ("a", "b")]
    return Outcome.of(INVENTORY, pa.Table.from_pylist(rows, schema=INVENTORY), facts={"unreadable_share": 0.0})

def lose(rows, tools):
    return Outcome.of(INVENTORY, rows.slice(1))

@flow
def losing():
    stage("documents", 1, INVENTORY)(lose)(stage("inventory", 1, INVENTORY, from_outside=True)(find)())

@cli.command()
@click.argument("store", type=click.Path(path_type=Path))
def lose_a_row(store):
    with building(Build(Store(store), "d", "b")):
        losing()

main()
"""


def test_a_build_that_cannot_account_for_a_row_ends_with_5(prefect_server: str, tmp_path: Path) -> None:
    surroundings = {**os.environ, "PREFECT_API_URL": prefect_server, "PYTHONPATH": str(HOUSE)}
    done = subprocess.run(
        [sys.executable, "-c", LOSING, "lose-a-row", str(tmp_path / "store")],
        env=surroundings, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 5, done.stderr
    assert done.stderr == "instructory: documents: 1 rows entered and were not accounted for, first a\n"
    assert not list((tmp_path / "store" / "manifests" / "documents").glob("*"))


def test_the_journal_is_summed_up_and_exported(instructory: Run, model_server: ModelServer, tmp_path: Path) -> None:
    assert instructory("journal", "--store", tmp_path / "none").code == 2
    store = tmp_path / "store"
    model_server.script(Reply(status=500))
    settings = settings_for(model_server, "openai", usd_per_million_in=1.0, usd_per_million_out=2.0)
    with open_teacher(settings, Tools("key", store)) as teacher:
        teacher.ask(questions(3))
    said = instructory("journal", "summary", "--store", store)
    assert said.out.splitlines()[-1].split()[:7] == ["openai/m", "4", "3", "1", "30", "15", "$0.0001"]
    for form in ("jsonl", "parquet"):
        assert (
            "4 attempts"
            in instructory("journal", "export", "--store", store, "--format", form, "--out", tmp_path / form).out
        )
    lines = [json.loads(line) for line in (tmp_path / "jsonl").read_text().splitlines()]
    assert [line["status"] for line in lines].count("ok") == 3
    assert pq.read_table(tmp_path / "parquet").num_rows == 4
    assert "question" not in (tmp_path / "jsonl").read_text()
    refused = instructory("journal", "export", "--store", store)
    assert (refused.code, "--out" in refused.err) == (2, True)


def test_an_earlier_release_is_put_back_and_nothing_it_needs_is_cleared_up(
    demo: tuple[Path, Ran], instructory: Run, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    subprocess.run(["cp", "-al", str(demo[0]), str(store)], check=True)
    assert instructory("build", "demo", "--store", store, "--json", "--set", "mix.rows=205").json["version"] == 2
    refused = instructory("rollback", "demo", "--store", store)
    assert (refused.code, "which version" in refused.err) == (2, True)
    done = instructory("rollback", "demo@1", "--store", store)
    assert done.code == 0, done.err
    assert "demo@3 holds the" in done.out
    assert Store(store).release("demo").restores == 1
    assert (store / "releases" / "demo" / "3" / "report.html").is_file()
    objects = {path.name for path in store.glob("objects/*/*")}
    cleared = instructory("gc", "--grace", "0m", "--store", store)
    assert cleared.code == 0, cleared.err
    assert {path.name for path in store.glob("objects/*/*")} <= objects
    assert "3 releases verified" in instructory("verify", "--store", store).out
    assert (instructory("gc", "--grace", "soon", "--store", store).code) == 2
