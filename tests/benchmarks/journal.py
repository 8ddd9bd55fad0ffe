"""What the journal costs: writing an answer so that it survives a power cut, and replaying ten thousand of them.

    python -m tests.benchmarks.journal [--rows 10000] [--at-once 64] [--store FOLDER]

A write is waited for in waves of as many answers as there are requests in flight, as a teacher waits; a wave's time is shared
by its answers. The store should lie on the disk that real stores lie on: a temporary folder in memory writes for nothing.
"""

import argparse
import asyncio
import os
import tempfile
import time
from pathlib import Path

import numpy as np

from tasks.core.outcome import Tools
from tasks.teachers import Completion, Message, Request, TeacherSettings, event_loop, open_teacher
from tasks.teachers.asked_model import where
from tasks.teachers.exchange import Exchange
from tasks.teachers.journal import Journal, Writer, opened, released
from tasks.teachers.provider import Answer


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--at-once", type=int, default=64)
    parser.add_argument("--store", type=Path, help="where the journal goes; a temporary folder here if not given")
    options = parser.parse_args()
    os.environ.setdefault("OPENAI_API_KEY", "benchmark")
    settings = TeacherSettings(provider="openai", model="test-model", base_url="http://127.0.0.1:9/v1")
    requests = [Request(messages=(Message(role="user", content=f"Question {i}"),)) for i in range(options.rows)]
    location = where(settings.provider, settings.base_url, settings.model_path)
    digests = [Exchange(location, request, settings).digest for request in requests]
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        store = options.store or Path(folder)
        journal = opened(store)
        waves = event_loop.run(write(journal, digests, options.at_once))
        released(journal)
        per_request = np.array(waves) * 1000 / options.at_once
        p50, p95 = np.percentile(per_request, [50, 95])
        wait = np.percentile(np.array(waves) * 1000, 95)
        print(
            f"write: p50 {p50:.3f} ms, p95 {p95:.3f} ms per request at {options.at_once} at once (a wave: p95 {wait:.1f} ms)"
        )
        replay(settings, store, requests)


async def write(journal: Journal, digests: list[str], at_once: int) -> list[float]:
    """Seconds of every wave."""
    by, answer = (
        Writer("benchmark@1", "openai", "test-model"),
        Answer("An answer of some length. " * 20, "stop", 300, 120),
    )
    waves = []
    for start in range(0, len(digests) - at_once + 1, at_once):
        began = time.perf_counter()
        sent = [journal.sent(by, digest, 1) for digest in digests[start : start + at_once]]
        await asyncio.gather(*(journal.answered(one, answer, 0.001) for one in sent))
        waves.append(time.perf_counter() - began)
    rest = digests[len(waves) * at_once :]
    await asyncio.gather(*(journal.answered(journal.sent(by, digest, 1), answer, 0.001) for digest in rest))
    return waves


def replay(settings: TeacherSettings, store: Path, requests: list[Request]) -> None:
    """Asks for what is in the journal; nothing listens at the address, so nothing can be sent."""
    wall, cpu = time.perf_counter(), time.process_time()
    with open_teacher(settings, Tools("benchmark", store)) as teacher:
        answers = teacher.ask(requests)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    free = sum(isinstance(answer, Completion) and answer.replayed for answer in answers)
    print(f"replay: {free:,} of {len(requests):,} rows in {wall:.2f} s ({cpu:.2f} s CPU)")


if __name__ == "__main__":
    main()
