"""How close methods come to the ideal of N · latency / concurrency against a loopback teacher: wall, processor time, memory.

    python -m tests.benchmarks.methods [self_instruct dialogue preferences] [--rows 2000] [--delay 0.05] [--concurrency 64]

Each method's stage is run alone, without the stages after it, in a new process, and then once more with all answers in the
journal. The server runs in a process of its own. What a process must import to ask is part of the time.
"""

import argparse
import itertools
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

from tasks.core.outcome import Outcome, Tools
from tasks.generation.method import Inputs
from tasks.teachers import Teacher, TeacherSettings, open_teacher
from tests.servers.models import ModelServer
from tests.servers.wire import Seen

Asking = Callable[[Teacher, Tools], Outcome]
ANSWERS: Final = itertools.count()


class Case(NamedTuple):
    """How a scripted teacher answers a method, and what runs the method for so many rows, its files in a folder."""

    reply: Callable[[Seen], Any]
    prepare: Callable[[int, Path], Asking]


def self_instruct() -> Case:
    """New tasks from 175 seeds, labels confirmed."""
    from tests.generation.from_seed_tasks.teaching import Teaching, seeds_at

    def prepare(rows: int, folder: Path) -> Asking:
        from tasks.generation.from_seed_tasks.self_instruct import make
        from tasks.generation.from_seed_tasks.self_instruct.params import SelfInstruct

        params = SelfInstruct(seed_tasks=seeds_at(folder / "seeds.jsonl", 175), rows=rows)
        return lambda teacher, tools: make(Inputs(), params, teacher, tools)

    return Case(Teaching(per_request=8), prepare)


def dialogue() -> Case:
    """Conversations of two to four turns: openings for each of five subtopics of a topic, two conversations each."""
    from tests.generation.from_topics.dialogue.test_dialogue import talking

    def subtopics(seen: Seen) -> Any:
        return {"subtopics": [f"{seen.hash[:6]} matter {number} of {seen.hash[6:12]}" for number in range(5)]}

    def prepare(rows: int, _folder: Path) -> Asking:
        from tasks.generation.from_topics.dialogue import make
        from tasks.generation.from_topics.dialogue.params import Dialogue

        params = Dialogue(topics=tuple(f"field {number}" for number in range(rows // 10)), subtopics=5, openings=2)
        return lambda teacher, tools: make(Inputs(), params, teacher, tools)

    return Case(talking(subtopics=subtopics), prepare)


def preferences() -> Case:
    """Two different answers to each instruction, of which the one with the larger number wins in either order."""

    def reply(seen: Seen) -> Any:
        if "You judge rows" not in seen.system:
            number = next(ANSWERS)
            return {
                "answer": f"It rains, as clouds of kind {number} hold {'more ' * (number % 7)}water than air carries."
            }
        first, second = (
            seen.prompt.partition(f"<{tag}-")[2].partition("kind ")[2].split()[0] for tag in ("first", "second")
        )
        return {"preferred": {"reason": "it says more", "score": "first" if int(first) > int(second) else "second"}}

    def prepare(rows: int, _folder: Path) -> Asking:
        from tasks.generation.from_rows.preferences import Preferences, make
        from tests.teachers.prompts.material import examples_of

        given = examples_of(*(f"Why does it rain in town number {number}?" for number in range(rows)), response="R")
        params = Preferences(most_alike=1, longer_share=1)
        return lambda teacher, tools: make(Inputs(rows=given), params, teacher, tools)

    return Case(reply, prepare)


CASES: Final = {made.__name__: made for made in (self_instruct, dialogue, preferences)}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("methods", nargs="*", metavar="METHOD", help=", ".join(CASES))
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--delay", type=float, default=0.05)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--serve", action="store_true", help="be the server of the method")
    parser.add_argument("--ask", nargs=2, metavar=("URL", "FOLDER"), help="be the process that asks")
    options = parser.parse_args()
    if options.serve:
        serve(options)
    elif options.ask:
        ask(options, *options.ask)
    else:
        for name in options.methods or CASES:
            measure(name)


def measure(name: str) -> None:
    """A method, in processes with the same options as this one."""
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.methods",
        name,
        *(one for one in sys.argv[1:] if one not in CASES),
    ]
    os.environ.setdefault("OPENAI_API_KEY", "benchmark")
    with (
        subprocess.Popen([*command, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        assert server.stdout is not None
        assert server.stdin is not None
        url = server.stdout.readline().strip()
        for phase in ("first run", "replay"):
            print(f"{name}, {phase}: ", end="", flush=True)
            subprocess.run([*command, "--ask", url, folder], check=True)
        server.stdin.close()
        print(f"{name}: at most {server.stdout.read().strip()} in flight")


def serve(options: argparse.Namespace) -> None:
    """The scripted teacher, until stdin ends."""
    with ModelServer(reply=CASES[options.methods[0]]().reply, delay=options.delay, keep=False) as server:
        print(server.openai_url, flush=True)
        sys.stdin.read()
        print(server.most_in_flight)


def ask(options: argparse.Namespace, url: str, folder: str) -> None:
    """The stage of the method, once."""
    method = CASES[options.methods[0]]().prepare(options.rows, Path(folder))
    tools = Tools("key", Path(folder))
    settings = TeacherSettings(provider="openai", model="m", base_url=url, concurrency=options.concurrency)
    began, used = time.perf_counter(), time.process_time()
    with open_teacher(settings, tools) as teacher:
        outcome = method(teacher, tools)
    took, used = time.perf_counter() - began, time.process_time() - used
    requests = tools.usage.requests or tools.usage.replayed
    ideal = requests * options.delay / options.concurrency
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{outcome.kept.num_rows:,} rows, {requests:,} requests, {took:.2f} s = {took / ideal:.2f} × ideal {ideal:.2f} s, "
        f"{1000 * used / requests:.2f} ms CPU per request, peak {memory:.0f} MB",
        flush=True,
    )


if __name__ == "__main__":
    main()
