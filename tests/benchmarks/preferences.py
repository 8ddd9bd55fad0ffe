"""Preference pairs against a teacher that takes 50 ms: the wall time beside the ideal one of its requests, processor time, memory.

    python -m tests.benchmarks.preferences [--rows 2000] [--concurrency 64]

The server runs in a process of its own.
"""

import argparse
import itertools
import os
import resource
import subprocess
import sys
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
    """Measures and prints."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--serve", action="store_true", help="be the server")
    options = parser.parse_args()
    if options.serve:
        with ModelServer(reply=reply, delay=DELAY, keep=False) as server:
            print(server.openai_url, flush=True)
            sys.stdin.read()
            print(server.most_in_flight)
        return
    os.environ.setdefault("OPENAI_API_KEY", "benchmark")
    command = [sys.executable, "-m", "tests.benchmarks.preferences", "--serve"]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        assert server.stdout is not None
        assert server.stdin is not None
        build(options, server.stdout.readline().strip(), Path(folder))
        server.stdin.close()
        print(f"at most {server.stdout.read().strip()} in flight")


def build(options: argparse.Namespace, url: str, folder: Path) -> None:
    """The method's stage once, without the stages after it."""
    rows = examples_of(*(f"Why does it rain in town number {number}?" for number in range(options.rows)), response="R")
    tools = Tools("key", folder)
    settings = TeacherSettings(provider="openai", model="m", base_url=url, concurrency=options.concurrency)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, used = time.monotonic(), time.process_time()
    with open_teacher(settings, tools) as teacher:
        outcome = make(Inputs(rows=rows), Preferences(most_alike=1, longer_share=1), teacher, tools)
    seconds, used, requests = time.monotonic() - began, time.process_time() - used, tools.usage.requests
    ideal = requests * DELAY / options.concurrency
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"{options.rows} rows: {seconds:.1f} s for {requests} requests, ideal {ideal:.1f} s, {seconds / ideal:.2f} times; "
        f"{1000 * used / requests:.2f} ms CPU per request; {outcome.kept.num_rows} pairs; memory {before >> 10} to {peak >> 10} MiB"
    )


if __name__ == "__main__":
    main()
