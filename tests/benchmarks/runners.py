"""How much sooner two Dask workers are done with a row-wise stage than one: `python tests/benchmarks/runners.py [--rows 60000]`.

The stage is the filters that look at one row at a time, on real instructions (as in filters_throughput.py), as a build runs it:
Prefect's task runs, store, exact duplicates and ledger included, its gate not. Workers have one thread each, and have filtered
some rows before, so that what they import is not counted; how long that took is printed too. Wall seconds, the best of
`--times`. The load of the machine is printed before and after: on a busy one the figure says nothing. The last line of stdout
is the whole as JSON.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from flows.deployment import server
from tests.benchmarks.filters_throughput import corpus, only

WARM_ROWS = 20_000


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--times", type=int, default=2)
    parser.add_argument("--kind", choices=["dask", "ray"], default="dask")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server.prepare(Path(folder))
        figures: dict[str, Any] = {"rows": asked.rows, "kind": asked.kind, "load_before": os.getloadavg()[0]}
        with server.serving(Path(folder), meanwhile=lambda: None):
            for workers in (1, 2):
                figures[f"{workers}"] = measured(Path(folder), asked.kind, workers, asked.rows, asked.times)
    figures["load_after"] = os.getloadavg()[0]
    figures["speed_up"] = round(figures["1"]["seconds"] / figures["2"]["seconds"], 2)
    print(f"{figures['speed_up']} × with two workers (load {figures['load_before']:.1f}, {figures['load_after']:.1f})")
    print(json.dumps(figures))


def measured(folder: Path, kind: str, workers: int, rows: int, times: int) -> dict[str, Any]:
    """Wall seconds of the stage, and of the first rows, for which workers start and import."""
    from prefect import flow

    from tasks.core.outcome import Outcome, Tools
    from tasks.core.schema import CLEANED, conform
    from tasks.filters.catalogue import FILTERS
    from tasks.filters.heuristics.length import Length
    from tasks.pipeline.build import Build, building
    from tasks.pipeline.runners.runner import open_runner
    from tasks.pipeline.runners.settings import RunnerSettings
    from tasks.pipeline.stage import stage
    from tasks.stages import filters
    from tasks.store.store import Store

    def invented(number: int, tools: Tools) -> Outcome:
        table = conform(corpus(number), CLEANED)
        for name, value in (("parent_id", "book"), ("licence", "CC-BY-4.0")):
            at = CLEANED.get_field_index(name)
            table = table.set_column(at, CLEANED.field(at), [[value] * number])
        return Outcome.of(CLEANED, table)

    judging = only(*(each.name for each in FILTERS if each.row_wise), "exact_duplicates")
    find = stage("imports", 1, CLEANED, from_outside=True)(invented)
    taken: list[float] = []
    warm = 0.0

    @flow(name="benchmark")
    def benchmark() -> None:
        nonlocal warm
        few, many = find(WARM_ROWS), find(rows)
        begun = time.monotonic()
        filters(few, None, judging)
        warm = time.monotonic() - begun
        for n in range(times):  # another threshold, another key: nothing is found in the store
            filters(many, None, judging.model_copy(update={"length": Length(max_response_words=8001 + n)}))
            taken.append(build.done[-1].seconds)

    with (
        tempfile.TemporaryDirectory(dir=folder) as root,
        open_runner(RunnerSettings.model_validate({"kind": kind, "workers": workers}), workers) as runner,
        building(Build(Store(Path(root)), "benchmark", "benchmark", workers=workers, runner=runner)) as build,
    ):
        benchmark()
    print(f"{kind}, {workers} workers: {min(taken):6.1f} s for {rows:,} rows, {warm:.1f} s to begin with {WARM_ROWS:,}")
    return {"seconds": round(min(taken), 2), "all": [round(one, 2) for one in taken], "begin": round(warm, 2)}


if __name__ == "__main__":
    sys.exit(main())
