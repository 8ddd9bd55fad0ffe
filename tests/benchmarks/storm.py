"""A storm of 429 at full size: how many requests it costs per row, and how soon the full rate is back.

    python -m tests.benchmarks.storm [--rows 3000] [--seconds 60] [--share 0.8] [--retry-after 2]

Prints requests per row and, for every five seconds after the storm, the rate as a share of the ideal one.
"""

import argparse
import os
import random
import tempfile
import time
from collections import Counter
from pathlib import Path

from tasks.core.outcome import Tools
from tasks.teachers import Completion, Message, Request, TeacherSettings, open_teacher
from tests.servers.models import ModelServer, Reply
from tests.servers.wire import Seen


def main() -> None:
    """Storms and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--share", type=float, default=0.8)
    parser.add_argument("--retry-after", type=float)
    parser.add_argument("--delay", type=float, default=1.0)
    parser.add_argument("--concurrency", type=int, default=64)
    options = parser.parse_args()
    os.environ.setdefault("OPENAI_API_KEY", "benchmark")
    rng, start = random.Random(0), time.monotonic()
    answered: Counter[int] = Counter()

    def reply(_seen: Seen) -> Reply:
        age = time.monotonic() - start
        if age < options.seconds and rng.random() < options.share:
            return Reply(status=429, retry_after=options.retry_after, delay=0.05)
        answered[int(age // 5)] += 1
        return Reply()

    requests = [Request(messages=(Message(role="user", content=f"row {i}"),)) for i in range(options.rows)]
    with ModelServer(reply=reply, delay=options.delay, keep=False) as server, tempfile.TemporaryDirectory() as folder:
        settings = TeacherSettings(
            provider="openai", model="m", base_url=server.openai_url, concurrency=options.concurrency
        )
        with open_teacher(settings, Tools("storm", Path(folder))) as teacher:
            answers = teacher.ask(requests)
        good = sum(isinstance(answer, Completion) for answer in answers)
        print(f"{good} of {options.rows} rows answered, {server.requests / options.rows:.2f} requests per row")
    ideal = 5 * options.concurrency / options.delay
    for slot in sorted(answered):
        print(f"{slot * 5:4d} s: {answered[slot] / ideal:4.0%}")


if __name__ == "__main__":
    main()
