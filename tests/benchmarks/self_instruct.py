"""How close Self-Instruct comes to the ideal of N · latency / concurrency against a loopback teacher, and how fast its pool is.

    python -m tests.benchmarks.self_instruct [--rows 2000] [--delay 0.05] [--concurrency 64] [--pool 52000]

The server runs in a process of its own. The pool is measured with texts of 15 words, half of them from a hundred
frequent ones.
"""

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tasks.core.outcome import Tools
from tasks.generation.from_seed_tasks.self_instruct import make
from tasks.generation.from_seed_tasks.self_instruct.params import SelfInstruct
from tasks.generation.method import Inputs
from tasks.teachers import TeacherSettings, open_teacher
from tasks.text.rouge import RougePool
from tests.generation.from_seed_tasks.teaching import Teaching, seeds_at
from tests.servers.models import ModelServer

SEEDS = 175


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--delay", type=float, default=0.05)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--pool", type=int, default=52_000)
    parser.add_argument("--serve", action="store_true", help="be the server")
    options = parser.parse_args()
    if options.serve:
        with ModelServer(reply=Teaching(per_request=8), delay=options.delay, keep=False) as server:
            print(server.openai_url, flush=True)
            sys.stdin.read()
        return
    os.environ.setdefault("OPENAI_API_KEY", "benchmark")
    command = [sys.executable, "-m", "tests.benchmarks.self_instruct", "--serve", "--delay", str(options.delay)]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        assert server.stdout is not None
        assert server.stdin is not None
        url = server.stdout.readline().strip()
        for phase in ("first run", "replay"):
            build(phase, options, url, Path(folder))
        server.stdin.close()
    if options.pool:
        pool(options.pool)


def build(phase: str, options: argparse.Namespace, url: str, folder: Path) -> None:
    """The method's stage once, without the stages after it."""
    settings = TeacherSettings(provider="openai", model="m", base_url=url, concurrency=options.concurrency)
    params = SelfInstruct(seed_tasks=seeds_at(folder / "seeds.jsonl", SEEDS), rows=options.rows)
    tools = Tools("key", folder)
    with open_teacher(settings, tools) as teacher:
        began, used = time.perf_counter(), time.process_time()
        outcome = make(Inputs(), params, teacher, tools)
        took, used = time.perf_counter() - began, time.process_time() - used
    requests = tools.usage.requests or tools.usage.replayed
    ideal = requests * options.delay / options.concurrency
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{phase}: {outcome.kept.num_rows:,} rows, {requests:,} requests in {len(outcome.facts['rounds'])} rounds, {took:.2f} s = "
        f"{took / ideal:.2f} × ideal {ideal:.2f} s, {1000 * used / requests:.2f} ms CPU per request, peak {memory:.0f} MB"
    )


def pool(size: int) -> None:
    """Each of so many texts compared with all before it, and added where none is alike."""
    rng = random.Random(1)
    frequent = [f"the{n}" for n in range(100)]
    texts = [
        " ".join(rng.choice(frequent) if rng.random() < 0.5 else f"word{rng.randrange(20_000)}" for _ in range(15))
        for _ in range(size)
    ]
    found = RougePool()
    found.most_alike("the first call", 0.7)
    found.add("compiles", "")
    began = time.perf_counter()
    for number, text in enumerate(texts):
        if found.most_alike(text, 0.7) is None:
            found.add(text, str(number))
    took = time.perf_counter() - began
    print(
        f"pool: grown to {len(found.names):,} of {size:,} texts in {took:.1f} s, {size / took:,.0f} rows/s on average"
    )
    began = time.perf_counter()
    for text in texts[:2000]:
        found.most_alike(text, 0.7)
    print(f"pool: {2000 / (time.perf_counter() - began):,.0f} rows/s against all of it")


if __name__ == "__main__":
    main()
