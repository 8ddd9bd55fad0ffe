"""The command line as a person uses it: a process, its output, its exit code."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.forge import Forge

HOUSE = Path(__file__).parents[2]
COMMAND = [sys.executable, "-P", "-c", "from flows.cli.main import main; main()"]
"""`instructory` as the interpreter of the tests runs it."""


@dataclass(frozen=True)
class Ran:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The object on the last line of stdout."""
        found: dict[str, Any] = json.loads(self.out.strip().splitlines()[-1])
        return found

    @property
    def stages(self) -> dict[str, dict[str, Any]]:
        return {entry["stage"]: entry for entry in self.json["stages"]}


Run = Callable[..., Ran]


@pytest.fixture(scope="session")
def instructory(ready: Forge) -> Run:
    """Runs `instructory ARGUMENTS` against the tests' own Prefect server; `env` adds variables, or removes with None.

    Each command is a process of its own, forked from one that has imported everything: seconds less for every command. One
    that is to find another server gets a fresh process, since Prefect reads its settings when it is imported.
    """

    def forked(*arguments: str | Path, cwd: Path | None = None, env: Mapping[str, str | None] | None = None) -> Ran:
        running = ready.start(*arguments, env=env, cwd=cwd, apart=True)
        return Ran(running.wait(280), running.said, running.out.with_suffix(".err").read_text("utf-8", "replace"))

    def run(*arguments: str | Path, cwd: Path | None = None, env: Mapping[str, str | None] | None = None) -> Ran:
        fresh = any(name.startswith("PREFECT_") for name in env or {})
        return (started if fresh else forked)(*arguments, cwd=cwd, env=env)

    return run


def started(*arguments: str | Path, cwd: Path | None = None, env: Mapping[str, str | None] | None = None) -> Ran:
    """The command as a process that begins with nothing."""
    surroundings = {**os.environ, "PYTHONPATH": str(HOUSE), **(env or {})}
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=280,
        env={name: value for name, value in surroundings.items() if value is not None},
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def demo(instructory: Run, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """A store with demo@1, and what the build printed."""
    store = tmp_path_factory.mktemp("demo") / "store"
    return store, instructory("build", "demo", "--store", store, "--json")
