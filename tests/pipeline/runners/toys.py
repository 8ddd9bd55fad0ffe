"""A build of the row-wise stages, on rows and documents that are invented, and a stage in which things happen to workers."""

import os
import signal
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pyarrow as pa
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.runtime import flow_run

from flows.deployment import server
from tasks.cleaning import Cleaning
from tasks.core.errors import InstructoryError
from tasks.core.outcome import Outcome, Tools
from tasks.core.params import NOT_IN_KEY, Params
from tasks.core.schema import EXAMPLE, stable_id
from tasks.documents.params import Chunking, Source
from tasks.filters.catalogue import Filters
from tasks.pipeline.build import Build, building
from tasks.pipeline.runners.runner import open_runner
from tasks.pipeline.runners.settings import RunnerSettings
from tasks.pipeline.stage import stage
from tasks.stages import cleaning, documents, filters, inventory
from tasks.store.store import Store

ROWS = 10_000
"""Enough for two pieces, and for filters that plan their order."""
SECOND = "Describe lever number 5000 and"
"""How the second piece begins."""


class Accident(Params):
    """What happens, once, to whoever comes to the second piece."""

    kind: Annotated[str, NOT_IN_KEY] = ""
    folder: Annotated[str, NOT_IN_KEY] = ""

    def happen(self) -> None:
        if not self.kind or (Path(self.folder) / "happened").exists():
            return
        (Path(self.folder) / "happened").touch()
        if self.kind == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        raise InstructoryError("no luck today")


def found(rows: int, tools: Tools) -> Outcome:
    words = ("lever", "pulley", "wedge", "screw", "wheel", "axle", "plane", "gear")
    table = [
        {
            "example_id": stable_id(str(n)),
            "parent_id": "book",
            "instruction": f"Describe {words[n % 8]} number {n} and {words[n // 8 % 8]} {n % 97}.",
            "response": f"<p>The {words[n % 8]} numbered {n} lifts {n % 1000} stones, and <b>helps</b> a {words[n // 64 % 8]}.</p>"
            if n % 13
            else "I cannot help with that.",
            "source": "book", "origin": "human", "method": "import", "licence": "MIT", "category": "explanation",
            "difficulty": "easy", "language": "en",
        }
        for n in range(rows)
    ]  # fmt: skip
    return Outcome.of(EXAMPLE, pa.Table.from_pylist(table, schema=EXAMPLE))


def labour(examples: pa.Table, accident: Accident, tools: Tools) -> Outcome:
    parts = tools.map_rows(shouted, examples, accident, kept=EXAMPLE)
    return Outcome.of(EXAMPLE, pa.concat_tables(part.kept for part in parts))


def shouted(examples: pa.Table, accident: Accident, tools: Tools) -> Outcome:
    """Every instruction in capitals; a line per call says which rows came, and where."""
    first = examples["instruction"][0].as_py()
    if accident.folder:
        with (Path(accident.folder) / "calls").open("a") as calls:
            calls.write(f"{os.getpid()} {first}\n")
    if first.startswith(SECOND):
        accident.happen()
    at = EXAMPLE.get_field_index("instruction")
    shouted = pa.array([text.upper() for text in examples["instruction"].to_pylist()], pa.string())
    return Outcome.of(EXAMPLE, examples.set_column(at, EXAMPLE.field(at), shouted))


find = stage("imports", 1, EXAMPLE, from_outside=True)(found)
work = stage("pool", 1, EXAMPLE)(labour)

CHEAP = Filters.model_validate({name: {"enabled": False} for name in ("near_duplicates", "semantic_duplicates", "pii")})
GATES = {"documents": {"max_rejected_share": 1.0}}


@dataclass(frozen=True)
class Built:
    store: Store
    objects: frozenset[str]
    """Of the stages' own tables."""
    task_runs: Counter[str]
    """By name and state, as the server's database has them."""


def build(root: Path, runner: RunnerSettings, folder: Path | None = None, accident: Accident | None = None) -> Built:
    """The stages that are row-wise; with `accident`, only the one in which it may happen."""
    run = ""
    store = Store(root)

    @flow(name="toy")
    def toy() -> None:
        nonlocal run
        run = str(flow_run.get_id())
        rows = find(ROWS)
        if accident:
            work(rows, accident)
            return
        if folder:
            documents(inventory((Source(path=str(folder), licence="MIT"),), None), Chunking())
        filters(cleaning(rows, None, Cleaning()), None, CHEAP)

    try:
        with open_runner(runner, 2) as runner, building(Build(store, "toy", "test", GATES, runner=runner)) as done:
            toy()
    finally:
        server.await_records(os.environ["PREFECT_API_URL"], run)
        runs = task_runs(run)
    parts = [part for one in done.done for part in one.manifest.parts()]
    return Built(store, frozenset(part.sha256 for part in parts), runs)


def task_runs(flow_run_id: str) -> Counter[str]:
    with get_client(sync_client=True) as client:
        named = FlowRunFilter(id=FlowRunFilterId(any_=[flow_run_id]))
        runs = client.read_task_runs(flow_run_filter=named, limit=200)
    return Counter(f"{run.name} {run.state_name}" for run in runs)
