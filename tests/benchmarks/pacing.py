"""How close asking comes to the ideal of N · latency / concurrency, journal and all, against a loopback server.

    python -m tests.benchmarks.pacing [--requests 2000] [--delay 0.05] [--concurrency 64] [--provider openai]

Prints one line per phase: the first run, and a second one that replays everything from the journal. The server runs in a
process of its own, so that it shares no interpreter with what is measured.
"""

import argparse
import contextlib
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tasks.core.outcome import Tools
from tasks.teachers import Completion, Message, Request, TeacherSettings, open_teacher


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--delay", type=float, default=0.05)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--provider", choices=["openai", "anthropic"], default="openai")
    parser.add_argument("--store", type=Path, help="where the journal goes; a temporary folder if not given")
    options = parser.parse_args()
    os.environ.setdefault("OPENAI_API_KEY", "benchmark")
    os.environ.setdefault("ANTHROPIC_API_KEY", "benchmark")
    command = [sys.executable, "-m", "tests.servers.models", "--delay", str(options.delay)]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        assert server.stdout is not None
        assert server.stdin is not None
        url = server.stdout.readline().strip()
        store = options.store or Path(folder)
        measure("first run", options, url, store)
        measure("replay", options, url, store)
        journal_figures(store, options.requests * options.delay / options.concurrency)
        server.stdin.close()
        print("server:", server.stdout.read().strip())


def measure(phase: str, options: argparse.Namespace, url: str, store: Path) -> None:
    """One run over all requests."""
    address = f"{url}/v1" if options.provider == "openai" else url
    settings = TeacherSettings(
        provider=options.provider, model="test-model", base_url=address, concurrency=options.concurrency
    )
    requests = [
        Request(messages=(Message(role="user", content=f"Question {i}: {'what is it? ' * 20}"),))
        for i in range(options.requests)
    ]
    with open_teacher(settings, Tools("benchmark", store)) as teacher:
        wall, cpu = time.perf_counter(), time.process_time()
        answers = teacher.ask(requests)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    ideal = options.requests * options.delay / options.concurrency
    good = sum(isinstance(answer, Completion) for answer in answers)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{phase}: {wall:.2f} s = {wall / ideal:.2f} × ideal {ideal:.2f} s, {good} answers, "
        f"{cpu / options.requests * 1000:.2f} ms CPU per request, {memory:.0f} MB"
    )


def journal_figures(store: Path, ideal: float) -> None:
    """What the journal holds, and the time from its first request to its last answer, beside the ideal."""
    with contextlib.closing(sqlite3.connect(store / "journal.sqlite")) as db:
        rows = db.execute("SELECT status, count(*) FROM attempts GROUP BY status").fetchall()
        first, last = db.execute("SELECT min(started), max(ended) FROM attempts").fetchone()
    print(
        "journal:",
        json.dumps(dict(rows)),
        f"first request to last answer {last - first:.2f} s = {(last - first) / ideal:.2f} × ideal",
    )


if __name__ == "__main__":
    main()
