"""The command line as a person uses it: a process, its output, its exit code."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HOUSE = Path(__file__).parents[2]


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
def instructory(prefect_server: str) -> Run:
    """Runs `instructory ARGUMENTS` against the tests' own Prefect server; `env` adds variables, or removes with None."""

    def run(*arguments: str | Path, cwd: Path | None = None, env: dict[str, str | None] | None = None) -> Ran:
        surroundings = {**os.environ, "PREFECT_API_URL": prefect_server, "PYTHONPATH": str(HOUSE), **(env or {})}
        done = subprocess.run(
            [sys.executable, "-c", "from flows.cli import main; main()", *map(str, arguments)],
            cwd=cwd,
            env={name: value for name, value in surroundings.items() if value is not None},
            capture_output=True,
            text=True,
            timeout=280,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def demo(instructory: Run, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """A store with demo@1, and what the build printed."""
    store = tmp_path_factory.mktemp("demo") / "store"
    return store, instructory("build", "demo", "--store", store, "--json")
