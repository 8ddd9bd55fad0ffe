"""A Prefect installation of `instructory up` on a machine that has nothing yet, and who receives its alerts."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from flows.deployment import operating, ports
from tests.cli.commands import COMMAND, HOUSE, Ran
from tests.flows.test_teachers import TEXT, writer
from tests.servers.loopback import Asked, answering
from tests.servers.models import ModelServer

FINAL = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED", "PAUSED"}


@dataclass
class Receiver:
    """Whoever is alerted: every message that came."""

    url: str = ""
    got: list[dict[str, Any]] = field(default_factory=list)

    def wait_for(self, text: str, seconds: float = 30) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for message in self.got:
                if text in message["subject"]:
                    return message
            time.sleep(0.1)
        raise AssertionError(f"no alert about {text!r}; there came {self.got}")


@dataclass
class Installation:
    """A machine with a store, its server and worker."""

    folder: Path
    port: int
    env: dict[str, str]
    run: Callable[..., Ran]

    @property
    def store(self) -> Path:
        return self.folder / "store"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def password(self) -> str:
        return operating.InstallationFiles.of(self.store).password

    def ask(self, path: str, **body: Any) -> Any:
        """What the API answers to a POST; with neither body nor path of a filter, to a GET."""
        with httpx.Client(
            base_url=f"{self.address}/api", auth=tuple(self.password.split(":", 1)), timeout=30
        ) as client:
            if not body and "filter" not in path:
                return client.get(path).raise_for_status().json()
            token = client.get("/csrf-token", params={"client": "test"}).json()["token"]
            headers = {"prefect-csrf-token": token, "prefect-csrf-client": "test"}
            for _ in range(5):
                answer = client.post(path, json=body, headers=headers)
                if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:  # its database is busy
                    break
                time.sleep(1)
            return answer.raise_for_status().json() if answer.content else None

    def flow_run(self, run: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask(f"/flow_runs/{run}")
        return found

    def tasks(self, run: str) -> dict[str, dict[str, Any]]:
        """The task runs of a flow run, by name: of each the latest."""
        found = self.ask("/task_runs/filter", flow_runs={"id": {"any_": [run]}}, sort="EXPECTED_START_TIME_ASC")
        return {task["name"]: task for task in found}

    def wait_until(
        self, run: str, state: str, after: int = 0, leaving: str = "", seconds: float = 150
    ) -> dict[str, Any]:
        """The flow run, once it has ended its attempt after `after` others, or has left `leaving`, in that state."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.flow_run(run)
            ended = found["state"]["type"] in FINAL and found["state"]["name"] != leaving
            if ended and found["run_count"] > after:
                assert found["state"]["name"] == state, found["state"]
                return found
            assert time.monotonic() < deadline, (found["state"], self.log())
            time.sleep(0.3)

    def log(self) -> str:
        return operating.InstallationFiles.of(self.store).log("worker").read_text("utf-8")[-3000:]


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    """An HTTP server on loopback that keeps the JSON it is sent."""
    found = Receiver()

    def receive(asked: Asked) -> tuple[int, bytes]:
        found.got.append(json.loads(asked.body))
        return 204, b""

    with answering(receive) as url:
        found.url = f"{url}/alerts"
        yield found


@pytest.fixture(scope="session")
def model() -> Iterator[ModelServer]:
    """A model that knows the kitchen."""
    with ModelServer(reply=lambda seen: writer(seen)) as serving:
        yield serving


def surroundings(**more: str) -> dict[str, str]:
    """The environment of a machine on which nobody has set anything of Prefect's."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "INSTRUCTORY_"))}
    return {**bare, "PYTHONPATH": str(HOUSE), **more}


def runner(folder: Path, env: dict[str, str]) -> Callable[..., Ran]:
    def run(*arguments: str | Path, **more: str) -> Ran:
        command = [*COMMAND, *map(str, arguments)]
        done = subprocess.run(command, cwd=folder, env={**env, **more}, capture_output=True, text=True, timeout=280)
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Installation]:
    """What `instructory up` starts; taken down after the last test of this room."""
    folder = tmp_path_factory.mktemp("machine")
    (folder / "flows").mkdir()
    (folder / "flows" / "__init__.py").write_text("raise ImportError('flows of somebody else')\n")
    env = surroundings(
        INSTRUCTORY_STORE=str(folder / "store"),
        OPENAI_API_KEY="a-key",
        INSTRUCTORY_ALERTS=receiver.url,
        PREFECT_WORKER_QUERY_SECONDS="1",
    )
    found = Installation(folder, ports.free_port(), env, runner(folder, env))
    started = found.run("up", "--port", str(found.port))
    assert started.code == 0, started.err
    with _STANDING:
        _STANDING.callback(found.run, "down")
        yield found


_STANDING = ExitStack()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Takes the installation down with the last test of this room: its services work as long as they stand."""
    if nextitem is None or nextitem.path.parent != item.path.parent:
        _STANDING.close()


def kitchen(folder: Path, model: ModelServer, **more: Any) -> Path:
    """A recipe file; `more` replaces its keys."""
    (folder / "kitchen.md").write_text(TEXT)
    recipe = {
        "dataset": "kitchen",
        "documents": [{"path": f"{folder}/kitchen.md", "licence": "MIT", "name": "manual"}],
        "teacher": {"provider": "openai", "model": "m", "base_url": model.openai_url}
        | {"usd_per_million_in": 1, "usd_per_million_out": 2},
        "generate": [{"method": "taxonomy", "topics": 3, "instructions": 1, "passes": 1}],
        "gates": {"clusters": {"max_cluster_share": 1}},
        **more,
    }
    path = folder / "kitchen.yaml"
    path.write_text(json.dumps(recipe))  # JSON is YAML
    return path
