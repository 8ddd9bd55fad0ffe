"""A Prefect server of a build's own never outlives the build, however that ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from flows.deployment import supervise

STARTER = """
import subprocess, sys
child = subprocess.Popen([sys.executable, sys.argv[1], sys.executable, "-c", sys.argv[2]], stdin=subprocess.PIPE)
print(child.pid, flush=True)
child.wait()
"""
SLEEPER = "import os, pathlib, sys, time; pathlib.Path({!r}).write_text(str(os.getpid())); time.sleep(600)"


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_what_a_killed_process_started_is_stopped(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    arguments = [str(Path(supervise.__file__)), SLEEPER.format(str(told))]
    with subprocess.Popen([sys.executable, "-c", STARTER, *arguments], stdout=subprocess.PIPE) as starter:
        while not told.exists() or not told.read_text():
            time.sleep(0.02)
        sleeper = int(told.read_text())
        assert alive(sleeper)
        os.kill(starter.pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while alive(sleeper) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(sleeper)


def test_the_exit_code_is_the_commands_own() -> None:
    command = [sys.executable, str(Path(supervise.__file__)), sys.executable, "-c", "raise SystemExit(7)"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.wait(30) == 7
