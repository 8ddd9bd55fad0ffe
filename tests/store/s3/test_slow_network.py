"""Whole builds on a bucket far away: every answer late, some later than a person would wait, and others building beside them."""

import itertools
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.forge import Forge, Running
from tests.servers.models import ModelServer
from tests.servers.relay import Relay
from tests.servers.s3 import surroundings
from tests.store.s3.conftest import Shared
from tests.torture import works

LATE, STALLED = 0.04, 2.0
"""Seconds that an answer is late at most, and that every hundredth takes."""


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer(reply=works.knows) as server:
        yield server


@pytest.fixture
def slow(between: Relay) -> Relay:
    dice, number = random.Random(7), itertools.count(1)
    between.delay = lambda: STALLED if next(number) % 100 == 0 else dice.uniform(0, LATE)
    return between


def build(
    forge: Forge, shared_store: Shared, slow: Relay, folder: Path, recipe: Path, machine: str, dataset: str
) -> Running:
    env = {
        **shared_store.environment,
        **surroundings(slow.port),
        "XDG_CACHE_HOME": str(folder / machine),
        "OPENAI_API_KEY": "a-key-of-nobody",
        "INSTRUCTORY_LEASE_SECONDS": "10",
    }
    return forge.start("build", recipe, "--store", shared_store.address, f"--set=dataset={dataset}", env=env)


@pytest.mark.timeout(600)
def test_two_machines_that_build_at_once_far_from_the_bucket(
    ready: Forge, shared_store: Shared, slow: Relay, model: ModelServer, tmp_path: Path
) -> None:
    """One dataset: one gets the lease, and the other ends in one line. Another dataset beside it: both are right."""
    recipe = works.recipe(tmp_path, model, machines=6)
    first = build(ready, shared_store, slow, tmp_path, recipe, "a", "works")
    while "leases/works.json" not in shared_store.names("leases/"):
        time.sleep(0.05)
    second = build(ready, shared_store, slow, tmp_path, recipe, "b", "works")
    other = build(ready, shared_store, slow, tmp_path, recipe, "c", "others")
    assert second.wait() == 1, second.said
    refused = [line for line in second.said.splitlines() if line.startswith("instructory: ")]
    assert len(refused) == 1
    assert "works is being built by run" in refused[0]
    assert "Traceback" not in second.said
    assert [first.wait(), other.wait()] == [0, 0], first.said + other.said
    assert shared_store.names("refs/") == {"refs/works/1.json", "refs/others/1.json"}
    env = {**shared_store.environment, "XDG_CACHE_HOME": str(tmp_path / "d")}
    assert "2 releases verified" in ready.run("verify", "--store", shared_store.address, env=env).said
    assert model.repeats <= model.requests // 2, "the machine that was refused has asked"
