"""kill -9 at the boundaries of stages and at random moments inside them: the rerun ends in the same bytes, and no answer that
was received is asked for again.

One store is killed at one place after the other, so that every rerun also goes through what the kills before it left behind.
"""

import random
import re
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tasks.core.store import Store
from tests.servers.models import ModelServer
from tests.torture import works
from tests.torture.conftest import Note, times
from tests.torture.forge import Forge, Running
from tests.torture.kernel import KILL, STEPS, Call
from tests.torture.works import CONCURRENCY, STAGES, Made

pytestmark = [pytest.mark.usefixtures("kernel_answers"), pytest.mark.timeout(3600)]

RECORD = re.compile(r"/(manifests|verdicts|builds|refs)/([^/]+?)(?:/[^/]+)?\.json$")


@dataclass
class Progress:
    """How far a build has come, as the kernel sees it: a build says what it has made after every stage and every gate."""

    began: dict[str, float] = field(default_factory=dict)
    """When each stage began, seconds of the monotonic clock."""
    said: int = 0
    published: bool = False

    def see(self, call: Call) -> str:
        """What this call is about to do: made, judged, or published, and of which stage; empty for any other."""
        if not self.began:
            self.began[STAGES[0]] = time.monotonic()
        found = RECORD.search(call.path) if call.name in ("rename", "renameat", "renameat2", "link", "linkat") else None
        if not found:
            return ""
        kind = found[1]
        if kind == "refs":
            self.published = True
            return "published release"
        if kind != "builds":
            return ""
        stage, half = divmod(self.said, 2)
        self.said += 1
        if half and stage + 1 < len(STAGES):
            self.began.setdefault(STAGES[stage + 1], time.monotonic())
        return f"{'judged' if half else 'made'} {STAGES[min(stage, len(STAGES) - 1)]}"

    @property
    def stage(self) -> str:
        """The stage at work."""
        return next(reversed(self.began), STAGES[0])


@dataclass
class Killed:
    """The builds of one store."""

    forge: Forge
    recipe: Path
    store: Path
    server: ModelServer
    kills: dict[str, int] = field(default_factory=dict)

    def until(
        self, judge: Callable[[Progress, Call], "int | str | None"], meanwhile: Callable[[Running, Progress], None]
    ) -> str:
        """Build until killed; returns the stage that was at work, or "" if it came to its end first."""
        progress, before = Progress(), self.server.repeats
        running = self.forge.start(
            "build", self.recipe, "--store", self.store, judge=lambda call: judge(progress, call), names=STEPS
        )
        meanwhile(running, progress)
        code = running.wait()
        assert code in (0, -9), running.said
        time.sleep(self.server.delay * 2)  # what was in flight arrives at the server
        assert self.server.repeats - before <= CONCURRENCY, "more was asked again than was in flight"
        if code == 0:
            return ""
        stage = progress.stage
        self.kills[stage] = self.kills.get(stage, 0) + 1
        return stage

    def finish(self) -> Made:
        """Build to the end; nothing received may have been asked for twice."""
        ended = self.forge.run("build", self.recipe, "--store", self.store, "--json")
        verified = self.forge.run("verify", "--store", self.store)
        assert "1 releases verified" in verified.said
        assert ended.json["rows"] > 0
        asked_after_answered, in_flight = self.journal()
        assert asked_after_answered == 0
        assert self.server.repeats <= in_flight <= CONCURRENCY * sum(self.kills.values())
        return Made.of(Store(self.store))

    def journal(self) -> tuple[int, int]:
        """Calls sent again after they were answered, and calls that died in flight."""
        sql = """SELECT count(*) FROM attempts a WHERE EXISTS
                 (SELECT 1 FROM attempts b WHERE b.request = a.request AND b.status = 'ok' AND b.id < a.id)"""
        with closing(sqlite3.connect(self.store / "journal.sqlite")) as db:
            again = db.execute(sql).fetchone()[0]
            return again, db.execute("SELECT count(*) FROM attempts WHERE status = 'sent'").fetchone()[0]


@pytest.fixture(scope="module")
def unkilled(the_forge: Forge, tmp_path_factory: pytest.TempPathFactory) -> tuple[Made, dict[str, float]]:
    """What a build makes that nobody kills, and how many seconds each of its stages takes."""
    folder = tmp_path_factory.mktemp("unkilled")
    progress, ended = Progress(), 0.0
    with ModelServer(reply=works.knows, delay=0.02) as server:
        recipe = works.recipe(folder, server)

        def watch(call: Call) -> None:
            nonlocal ended
            progress.see(call)
            ended = time.monotonic()

        running = the_forge.start("build", recipe, "--store", folder / "store", judge=watch, names=STEPS)
        assert running.wait() == 0, running.said
        assert server.repeats == 0
        assert server.requests > 2 * 40
    starts = [*(progress.began[stage] for stage in STAGES), ended]
    return Made.of(Store(folder / "store")), {stage: starts[i + 1] - starts[i] for i, stage in enumerate(STAGES)}


@pytest.mark.parametrize("chain", range(times(1, 20)))
def test_killed_at_every_boundary(
    the_forge: Forge,
    model: ModelServer,
    unkilled: tuple[Made, dict[str, float]],
    tmp_path: Path,
    dice: random.Random,
    chain: int,
    note: Note,
) -> None:
    build = Killed(the_forge, works.recipe(tmp_path, model), tmp_path / "store", model)
    stages = STAGES if times(0, 1) else dice.sample(STAGES, 2)
    for stage in (one for one in STAGES if one in stages):
        moments = ["published release"] if stage == "release" else [f"made {stage}", f"judged {stage}"]
        moment, before = dice.choice(moments), dice.random() < 0.5
        build.until(at(moment, before), lambda running, progress: None)
    assert build.finish() == unkilled[0], f"killed at {build.kills}"
    note(
        "kill -9 at a boundary between stages",
        f"{sum(build.kills.values())} kills, same bytes, {model.repeats} repeats",
    )


def at(moment: str, before: bool) -> Callable[[Progress, Call], str | None]:
    """Kill right before the record that ends a stage, a gate or the build is in its place, or right after."""
    passed = False

    def judge(progress: Progress, call: Call) -> str | None:
        nonlocal passed
        if passed:
            return KILL
        here = progress.see(call) == moment
        passed = here
        return KILL if here and before else None

    return judge


@pytest.mark.parametrize("chain", range(times(1, 50)))
def test_killed_inside_every_stage(
    the_forge: Forge,
    model: ModelServer,
    unkilled: tuple[Made, dict[str, float]],
    tmp_path: Path,
    dice: random.Random,
    chain: int,
    note: Note,
) -> None:
    made, seconds = unkilled
    build = Killed(the_forge, works.recipe(tmp_path, model), tmp_path / "store", model)
    stages = STAGES if times(0, 1) else ("seeds", *dice.sample(STAGES, 1))
    for stage in (one for one in STAGES if one in stages):
        build.until(lambda progress, call: progress.see(call) and None, inside(stage, dice.random() * seconds[stage]))
    assert build.finish() == made, f"killed in {build.kills}"
    note(
        "kill -9 at a random moment inside a stage",
        f"{sum(build.kills.values())} kills, same bytes, {model.repeats} repeats",
    )


def inside(stage: str, delay: float) -> Callable[[Running, Progress], None]:
    """Kill `delay` seconds after the stage began."""

    def wait(running: Running, progress: Progress) -> None:
        supervisor = running.supervisor
        assert supervisor is not None
        while stage not in progress.began and supervisor.alive:
            time.sleep(0.002)
        while supervisor.alive and time.monotonic() < progress.began[stage] + delay:
            time.sleep(0.001)
        running.kill()

    return wait
