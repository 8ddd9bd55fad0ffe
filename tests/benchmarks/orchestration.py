"""What Prefect, gates, store and report add to a build: the demo, and the same functions called one after the other.

    python -m tests.benchmarks.orchestration [RECIPE]

Each in a process of its own with an empty store, so that both import the same. The functions draw by other keys than the stages of
the flow, so a few rows differ. The clock starts when the modules are
imported and, for the build, when Prefect's server answers; it stops when the last record has reached the server.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow as pa

TIMES = 3


def directly(name: str, store: Path) -> float:
    """Seconds of the stages' functions alone."""
    from flows import recipe_file
    from tasks import stages
    from tasks.core.outcome import Tools

    recipe = recipe_file.load(name, ())
    raw: dict[str, bytes] = {}

    def keep(data: bytes) -> str:
        from hashlib import sha256

        raw[digest := sha256(data).hexdigest()] = data
        return digest

    def run(stage: Any, *arguments: Any) -> pa.Table:
        tools = Tools(stage.name, store, read_raw=raw.__getitem__, keep_raw=keep)
        return stage.compute(*arguments, tools).kept

    began = time.perf_counter()
    chunks = run(stages.documents, run(stages.inventory, recipe.documents, None), recipe.chunking)
    paid = recipe.teacher, recipe.budget
    templates, constraints = recipe.generate
    pooled = run(stages.pool, run(stages.generation("templates", "templates"), chunks, None, templates, *paid), chunks)
    rows = run(stages.answers, pooled, chunks, recipe.answers, *paid)
    more = run(stages.generation("constraints", "constraints"), chunks, rows, constraints, *paid)
    rows = run(stages.cleaning, pa.concat_tables([rows, more]), chunks, recipe.cleaning)
    rows = run(stages.filters, rows, chunks, recipe.filters)
    rows = run(stages.mix, run(stages.clusters, rows, recipe.clusters), recipe.mix)
    run(stages.audit, rows, None, chunks, recipe.audit)
    return time.perf_counter() - began


def as_a_flow(name: str, store: Path) -> float:
    """Seconds of the flow, to the last record."""
    from flows.deployment import server

    server.prepare(store)
    with server.serving(store, meanwhile=lambda: None) as api:
        from rich.console import Console

        from flows import recipe_file
        from flows.build import build
        from flows.cli.console import ConsoleListener
        from flows.steps import listening

        watcher = ConsoleListener(Console(quiet=True))
        listening.set(watcher)
        began = time.perf_counter()
        build(recipe_file.load(name, ()), store)
        server.await_records(api, watcher.run)
        return time.perf_counter() - began


def main(name: str) -> None:
    """Prints the best of TIMES for each way, and the difference."""
    seconds = {}
    for way in ("directly", "as_a_flow"):
        seconds[way] = min(_in_a_process(way, name) for _ in range(TIMES))
        print(f"{way.replace('_', ' ')}: {seconds[way]:.1f} s")
    print(f"added: {seconds['as_a_flow'] - seconds['directly']:.1f} s")


def _in_a_process(way: str, name: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.benchmarks.orchestration", name, way, folder]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        return float(json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    if len(sys.argv) == 4:  # one run, as _in_a_process starts it
        recipe, way, folder = sys.argv[1:]
        print(json.dumps({"directly": directly, "as_a_flow": as_a_flow}[way](recipe, Path(folder))))
    else:
        main(sys.argv[1] if len(sys.argv) == 2 else "demo")
