"""Exports for trainers: seconds and memory of a million rows for every target, each in a process of its own.

python -m tests.benchmarks.formats [--rows 1000000] [--only trl:sft]
"""

import argparse
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from tasks.core.schema import CLUSTERED, conform
from tasks.release.formats.catalogue import BY_NAME, TARGETS
from tasks.release.formats.conversation import COLUMNS
from tasks.release.formats.target import Objective, Settings
from tasks.release.formats.writing import BATCH, write_folder
from tests.benchmarks.timing import best
from tests.trainers.kinds import EARLIER

ANSWER = (
    "A generator is created when its definition is executed, and its body runs only when it is asked for a value. " * 4
).strip()


def batches(rows: int) -> Iterator[pa.RecordBatch]:
    """Pairs, seven of eight with system text, which torchtune's completion refuses; every fourth with two earlier turns."""
    made = [
        {
            "example_id": f"{number:032x}", "system": "You answer briefly." if number % 8 != 1 else None,
            "instruction": f"What is generator {number}?",
            "response": ANSWER, "rejected": f"{ANSWER} {number}", "history": None if number % 4 else EARLIER,
        }
        for number in range(BATCH)
    ]  # fmt: skip
    (batch,) = conform(pa.Table.from_pylist(made, CLUSTERED), CLUSTERED).select(COLUMNS).to_batches()
    for first in range(0, rows, BATCH):
        yield batch.slice(0, min(BATCH, rows - first))


def one(target: str, objective: Objective, rows: int) -> None:
    """Print the figures of one export."""
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        wall, processor, exported = best(
            lambda: write_folder(batches(rows), BY_NAME[target], objective, Settings("demo"), Path(folder) / "out")
        )
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    figures = f"{wall:.1f} s, {processor:.1f} s of processor, +{grown >> 10} MiB"
    print(f"{target} {objective}: {rows:,} rows, {exported.refused.total():,} refused: {figures}", flush=True)


def main() -> None:
    """All targets and objectives that suit pairs, or one."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    if given.only:
        target, objective = given.only.split(":")
        one(target, objective, given.rows)
        return
    for target in TARGETS:
        for objective in target.builds:
            if objective != "rl":
                words = ["--rows", str(given.rows), "--only", f"{target.name}:{objective}"]
                subprocess.run([sys.executable, "-m", "tests.benchmarks.formats", *words], check=True)


if __name__ == "__main__":
    main()
