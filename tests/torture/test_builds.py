"""Two builds of one dataset at once, and a second try of a running build: one writes, the other is refused with the reason."""

import json
import re
import time
from itertools import pairwise
from pathlib import Path

import pytest

from tasks.store.store import Store
from tests.cli.forge import Forge, Running
from tests.servers.models import ModelServer
from tests.servers.wire import Reply, Seen
from tests.torture import works
from tests.torture.conftest import Note, times

pytestmark = pytest.mark.timeout(1800)


def told_why(running: Running) -> bool:
    """Whether a build was refused in one line that names the one at work."""
    said = [line for line in running.said.splitlines() if line.startswith("instructory: ")]
    return len(said) == 1 and bool(
        re.search(r"works is being built by run .* \(process \d+, since .*\); wait", said[0])
    )


def test_of_two_builds_at_once_one_publishes_and_the_other_is_told(
    the_forge: Forge, model: ModelServer, tmp_path: Path, note: Note
) -> None:
    recipe, store = works.recipe(tmp_path, model), tmp_path / "store"
    the_forge.run("build", recipe, "--store", store, "--set", "mix.rows=3")
    refused, rounds = 0, times(2, 50)
    for number in range(rounds):
        settings = (f"--set=mix.rows={4 + number % 2}", f"--set=mix.seed={number}")
        command = ("build", recipe, "--store", store, *settings)
        pair = [the_forge.start(*command) for _ in range(2)]
        codes = [running.wait() for running in pair]
        assert sorted(codes) in ([0, 0], [0, 1]), [running.said for running in pair]
        for code, running in zip(codes, pair, strict=True):
            assert code == 0 or told_why(running), running.said
            refused += code
        versions = Store(store).versions("works")
        assert versions == list(range(1, len(versions) + 1))
        contents = [Store(store).release("works", version).content for version in versions]
        assert all(one != following for one, following in pairwise(contents))
    assert model.repeats == 0
    assert refused > 0
    the_forge.run("verify", "--store", store)
    note(
        f"two builds of one dataset at once, {rounds} times",
        f"{refused} refused with the reason, versions 1–{len(versions)} without gaps",
    )


def test_a_second_try_of_a_live_build_is_refused(
    the_forge: Forge, model: ModelServer, tmp_path: Path, note: Note
) -> None:
    recipe, store, tries = works.recipe(tmp_path, model), tmp_path / "store", times(1, 20)
    over = False
    model.reply = lambda seen: Reply(delay=0.02, status=429, retry_after=0.2) if not over else _known(seen)
    alive = the_forge.start("build", recipe, "--store", store)
    while not model.requests:
        time.sleep(0.05)
    for _ in range(tries):
        again = the_forge.start("build", recipe, "--store", store)
        assert again.wait() == 1, again.said
        assert told_why(again), again.said
    over = True
    assert alive.wait() == 0, alive.said
    assert Store(store).versions("works") == [1]
    note(
        f"a second try of a build that is alive, {tries} times",
        "every one refused with the name of the first, which finished",
    )


def _known(seen: Seen) -> Reply:
    return Reply(text=json.dumps(works.knows(seen)))
