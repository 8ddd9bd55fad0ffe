"""kill -9 while a judge is asked: the rerun ends in the same verdicts, and asks again no more than was in flight."""

import random
import time
from pathlib import Path
from typing import Any

import pytest

from tasks.store.store import Store
from tests.cli.forge import Forge, Running
from tests.servers.models import ModelServer
from tests.servers.wire import Seen
from tests.torture.conftest import MODEL_PORT, Note, times
from tests.torture.test_kill import Killed, Progress
from tests.torture.works import CONCURRENCY, Made

pytestmark = [pytest.mark.usefixtures("kernel_answers"), pytest.mark.timeout(3600)]

ROWS = 80
STAGES = ("procedural", "pool", "cleaning", "filters", "verify_judge", "clusters", "mix", "audit")


def opinion(seen: Seen) -> dict[str, Any]:
    """A judge that discards about every fifth row, by its text alone."""
    level = "discard" if sum(seen.prompt.encode()) % 5 == 0 else "keep"
    return {"decision": {"reason": "It is what it is.", "score": level}}


def recipe(folder: Path, server: ModelServer) -> Path:
    """Rows that no model makes, and a model that judges them."""
    path = folder / "works.yaml"
    path.write_text(
        "dataset: works\n"
        f"generate: [{{method: procedural, rows: {ROWS}, kinds: [arithmetic, units]}}]\n"
        "filters: {grounding: {enabled: false}}\n"
        f"teacher: {{provider: openai, model: m, base_url: '{server.openai_url}', concurrency: {CONCURRENCY}}}\n"
        "verify: [{verifier: judge, rubric: keep_or_discard, action: tag}]\n"
        "gates: {clusters: {max_cluster_share: 1}, release: {min_rows: 1}}\n"
    )
    return path


@pytest.mark.parametrize("chain", range(times(1, 20)))
def test_killed_while_a_judge_is_asked(
    the_forge: Forge, tmp_path: Path, dice: random.Random, chain: int, note: Note
) -> None:
    with ModelServer(reply=opinion, delay=0.02, port=MODEL_PORT) as server:
        given = recipe(tmp_path, server)
        assert the_forge.run("build", given, "--store", tmp_path / "unkilled", "--json").json["rows"] > 0
        asked, unkilled = server.requests, Made.of(Store(tmp_path / "unkilled"))
        assert (asked, server.repeats) == (ROWS, 0)
    with ModelServer(reply=opinion, delay=0.05, port=MODEL_PORT) as server:
        build = Killed(the_forge, given, tmp_path / "store", server, STAGES)
        for most in sorted(dice.sample(range(1, ROWS - CONCURRENCY), 2)):
            build.until(lambda progress, call: progress.see(call) and None, asked_for(server, most))
        assert build.finish() == unkilled, f"killed in {build.kills}"
        assert server.requests <= ROWS + CONCURRENCY * sum(build.kills.values())
    note(
        "kill -9 while a judge is asked",
        "same verdicts in the end",
        kills=sum(build.kills.values()),
        repeats=server.repeats,
    )


def asked_for(server: ModelServer, most: int) -> Any:
    """Kill when the judge has been asked about so many rows."""

    def wait(running: Running, _progress: Progress) -> None:
        supervisor = running.supervisor
        assert supervisor is not None
        while supervisor.alive and server.requests < most:
            time.sleep(0.001)
        running.kill()

    return wait
