"""Preference pairs against a teacher that takes 50 ms: the wall time beside the ideal one of its requests, and memory.

python -m tests.benchmarks.preferences [--rows 2000] [--concurrency 64]
"""

import argparse
import itertools
import resource
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from tasks.core.outcome import Tools
from tasks.generation.from_rows.preferences import Preferences, make
from tasks.generation.method import Inputs
from tasks.teachers import TeacherSettings, open_teacher
from tests.servers.models import ModelServer
from tests.servers.wire import Seen
from tests.teachers.prompts.material import examples_of

DELAY: Final = 0.05
ANSWERS: Final = itertools.count()


def reply(seen: Seen) -> dict[str, Any]:
    """Two different answers to an instruction, of which the one with the larger number wins in either order."""
    if "You judge rows" not in seen.system:
        number = next(ANSWERS)
        return {
            "answer": f"It rains because clouds of kind {number} hold {'more ' * (number % 7)}water than the air carries."
        }
    first, second = (
        seen.prompt.partition(f"<{tag}-")[2].partition("kind ")[2].split()[0] for tag in ("first", "second")
    )
    return {"preferred": {"reason": "it says more", "score": "first" if int(first) > int(second) else "second"}}


def main() -> None:
    """Prints seconds, requests, the ideal seconds and the peak of memory."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--concurrency", type=int, default=64)
    options = parser.parse_args()
    rows = examples_of(*(f"Why does it rain in town number {number}?" for number in range(options.rows)), response="R")
    with ModelServer(delay=DELAY, keep=False) as server, tempfile.TemporaryDirectory() as folder:
        server.reply = reply
        tools = Tools("key", Path(folder))
        settings = TeacherSettings(
            provider="openai", model="m", base_url=server.openai_url, concurrency=options.concurrency
        )
        before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
        with open_teacher(settings, tools) as teacher:
            outcome = make(Inputs(rows=rows), Preferences(most_alike=1, longer_share=1), teacher, tools)
        seconds = time.monotonic() - began
        ideal = server.requests * DELAY / options.concurrency
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(
            f"{options.rows} rows: {seconds:.1f} s for {server.requests} requests, ideal {ideal:.1f} s, "
            f"{seconds / ideal:.2f} times; "
            f"{outcome.kept.num_rows} pairs; at most {server.most_in_flight} in flight; memory {before >> 10} to {peak >> 10} MiB"
        )


if __name__ == "__main__":
    main()
