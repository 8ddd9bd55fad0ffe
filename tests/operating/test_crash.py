"""A worker that dies, and a Retry pressed on a run that is alive: minutes, because Prefect's shortest heartbeat is 30 s."""

import os
import re
import signal
import time
from pathlib import Path

import pytest

from flows.deployment import operating
from flows.deployment.background import process_of
from tasks.store.store import Store
from tests.operating.conftest import Installation, kitchen
from tests.operating.ui import signed_in
from tests.release.browser import chromium
from tests.servers.models import ModelServer

pytestmark = [
    pytest.mark.skipif(not os.environ.get("INSTRUCTORY_LONG"), reason="minutes; set INSTRUCTORY_LONG=1"),
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]


def started(installation: Installation, recipe: Path) -> str:
    deployed = installation.run("deploy", recipe, "--run")
    assert deployed.code == 0, deployed.err
    found = re.search(r"flow-run/([\w-]+)", deployed.out)
    assert found
    return found[1]


def await_question(installation: Installation, model: ModelServer, asked: int) -> None:
    """Return when the run waits for the model's answer."""
    deadline = time.monotonic() + 120
    while model.requests <= asked:
        assert time.monotonic() < deadline, installation.log()
        time.sleep(0.1)


def press_retry(installation: Installation, run: str) -> None:
    with signed_in(installation.address, installation.password) as ui:
        ui.retry(run, "Crashed")


def children(process: int) -> list[int]:
    """Every process below one, deepest first."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(after[1]), []).append(int(stat.parent.name))
    found: list[int] = []
    for child in parents.get(process, ()):
        found += [*children(child), child]
    return found


def test_a_dead_worker_is_found_out_and_retry_pays_for_nothing_twice(
    installation: Installation, model: ModelServer
) -> None:
    recipe = kitchen(installation.folder, model, dataset="kitchen-crash")
    asked, model.delay = model.requests, 5.0
    run = started(installation, recipe)
    await_question(installation, model, asked)
    worker = process_of(operating.InstallationFiles.of(installation.store).lock("worker"))
    assert worker
    for process in [*children(worker), worker]:  # the machine loses power
        os.kill(process, signal.SIGKILL)
    model.delay = 0.0
    assert installation.flow_run(run)["state"]["type"] == "RUNNING"
    found = installation.wait_until(run, "Crashed", seconds=280)
    assert "No heartbeat" in found["state"]["message"]
    assert installation.run("up", "--port", str(installation.port)).code == 0
    press_retry(installation, run)
    installation.wait_until(run, "Completed", leaving="Crashed", seconds=250)
    assert model.repeats <= 1  # what was in flight when the power went
    assert Store(installation.store).release("kitchen-crash").version == 1


def test_a_retry_of_a_run_that_is_alive_is_told_who_lives(installation: Installation, model: ModelServer) -> None:
    teacher = {"provider": "openai", "model": "m2", "base_url": model.openai_url}  # so that nothing is in the store
    teacher |= {"usd_per_million_in": 1, "usd_per_million_out": 2}
    recipe = kitchen(installation.folder, model, dataset="kitchen-alive", teacher=teacher)
    asked, model.delay = model.requests, 40.0
    run = started(installation, recipe)
    await_question(installation, model, asked)
    crashed = {"type": "CRASHED", "name": "Crashed", "message": "taken for dead"}
    installation.ask(f"/flow_runs/{run}/set_state", state=crashed, force=True)
    press_retry(installation, run)
    found = installation.wait_until(run, "Failed", leaving="Crashed", seconds=120)
    model.delay = 0.0
    assert re.search(r"kitchen-alive is being built by run kitchen-alive@1 \(process \d+", found["state"]["message"])
