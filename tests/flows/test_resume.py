"""What is finished stays: after an interrupt, and after a change that touches one document only."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.cli.commands import COMMAND, HOUSE, Run

STORY = (
    "The {0} is a tool. The {0} is used to {1} wood with care. A {0} costs little and lasts for many years of work.\n"
)
TOOLS = {"hammer": "join", "saw": "cut", "plane": "smooth", "chisel": "carve"}


def shelf(folder: Path) -> Path:
    docs = folder / "docs"
    docs.mkdir()
    for name, verb in TOOLS.items():
        (docs / f"{name}.txt").write_text(STORY.format(name, verb))
    return docs


def test_an_interrupted_build_goes_on_where_it_was(instructory: Run, prefect_server: str, tmp_path: Path) -> None:
    documents = "documents=[{pydoc: topics, max_documents: 8, licence: PSF-2.0}]"
    few = ("--set", documents, "--set", "gates={release: {min_rows: 1}, clusters: {max_cluster_share: 1}}")
    command = [*COMMAND, "build", "demo", "--store", str(tmp_path / "s"), *few]
    surroundings = {**os.environ, "PREFECT_API_URL": prefect_server, "PYTHONPATH": str(HOUSE)}
    heard = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # noqa: E731  tests in the background ignore it, and hand that on
    process = subprocess.Popen(
        command, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heard
    )
    deadline = time.monotonic() + 120
    while not list((tmp_path / "s").glob("manifests/templates/*.json")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "the same command goes on from there" in said
    assert "Traceback" not in said
    again = instructory("build", "demo", "--store", tmp_path / "s", "--json", *few)
    assert again.code == 0, again.err
    assert [again.stages[stage]["cached"] for stage in ("inventory", "documents", "templates")] == [True, True, True]


SWALLOWED = """
import os, signal
from rich.console import Console
from flows.cli import interrupts
from flows.cli.console import ConsoleListener
interrupts.listen()
watcher = ConsoleListener(Console(quiet=True))
watcher.began("one")
try:
    os.kill(os.getpid(), signal.SIGINT)
    signal.pause()
except KeyboardInterrupt:
    pass
try:
    watcher.began("two")
except KeyboardInterrupt:
    print("stopped")
"""


def test_an_interrupt_that_was_swallowed_stops_the_next_stage() -> None:
    heard = lambda: signal.signal(signal.SIGINT, signal.default_int_handler)  # noqa: E731
    done = subprocess.run(
        [sys.executable, "-c", SWALLOWED], cwd=HOUSE, capture_output=True, text=True, preexec_fn=heard, check=True
    )
    assert done.stdout == "stopped\n"


def test_one_changed_document_is_read_again_and_the_others_are_not(instructory: Run, tmp_path: Path) -> None:
    docs = shelf(tmp_path)
    settings = ("--set", f"documents=[{{path: {docs}}}]", "--set", "gates.release.min_rows=1")
    first = instructory("build", "demo", "--store", tmp_path / "s", "--json", *settings)
    shards = {path.name for path in (tmp_path / "s").glob("manifests/documents.shards/*.json")}
    assert len(shards) == len(TOOLS), first.err
    (docs / "saw.txt").write_text(STORY.format("saw", "divide"))
    again = instructory("build", "demo", "--store", tmp_path / "s", "--json", *settings)
    fresh = {path.name for path in (tmp_path / "s").glob("manifests/documents.shards/*.json")} - shards
    assert len(fresh) == 1, again.err
    (docs / "saw.txt").write_text("\n" + STORY.format("saw", "divide"))
    same = instructory("build", "demo", "--store", tmp_path / "s", "--json", *settings)
    assert same.stages["documents"]["kept"] == first.stages["documents"]["kept"]
