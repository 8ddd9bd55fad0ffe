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

import pyarrow.parquet as pq
import pytest

from tasks.store.store import Store
from tests.cli.forge import Forge, Running
from tests.servers.models import ModelServer
from tests.torture import works
from tests.torture.conftest import LONG, MODEL_PORT, Note, times
from tests.torture.kernel import KILL, STEPS, Call, Judge
from tests.torture.works import CONCURRENCY, Made

pytestmark = [pytest.mark.usefixtures("kernel_answers"), pytest.mark.timeout(3600)]

MOVES = ("rename", "renameat", "renameat2", "link", "linkat")
RECORD = re.compile(r"/(builds|refs)/[^.][^/]*(?:/[^/]+)?\.json$")


@dataclass
class Progress:
    """How far a build has come, as the kernel sees it: it says in the store what it has made after every stage and every gate,
    and publishes with a link."""

    stages: tuple[str, ...]
    """In order; after the last comes the release."""
    began: dict[str, float] = field(default_factory=dict)
    """When each stage began, seconds of the monotonic clock."""
    said: list[float] = field(default_factory=list)
    """When it said what it had made: twice for every stage, once before the release."""

    def see(self, call: Call) -> str:
        """What this call is about to do: made STAGE, judged STAGE or published; empty for any other."""
        if not self.began:
            self.began[self._stage(0)] = time.monotonic()
        if call.name not in MOVES or not (found := RECORD.search(call.path)):
            return ""
        if found[1] == "refs":
            return "published"
        number, judged = divmod(len(self.said), 2)
        self.said.append(time.monotonic())
        if judged:
            self.began.setdefault(self._stage(number + 1), time.monotonic())
        return f"{'judged' if judged else 'made'} {self._stage(number)}"

    @property
    def stage(self) -> str:
        """The stage at work."""
        return next(reversed(self.began), self._stage(0))

    def _stage(self, number: int) -> str:
        return self.stages[number] if number < len(self.stages) else "release"


@dataclass(frozen=True)
class Unkilled:
    """What a build makes that nobody kills, and how many seconds each of its stages takes."""

    made: Made
    stages: tuple[str, ...]
    seconds: dict[str, float]


@dataclass
class Killed:
    """The builds of one store."""

    forge: Forge
    recipe: Path
    store: Path
    server: ModelServer
    stages: tuple[str, ...]
    kills: dict[str, int] = field(default_factory=dict)

    def until(
        self,
        judge: Callable[[Progress, Call], "int | str | None"],
        meanwhile: Callable[[Running, Progress], None] = lambda _running, _progress: None,
        settings: tuple[str, ...] = (),
    ) -> None:
        """Build until killed, or until it comes to its end first."""
        progress = Progress(self.stages)
        judged: Judge = lambda call: judge(progress, call)  # noqa: E731
        command = ("build", self.recipe, "--store", self.store, *settings)
        running = self.forge.start(*command, judge=judged, names=STEPS)
        meanwhile(running, progress)
        code = running.wait()
        assert code in (0, -9), running.said
        time.sleep(self.server.delay * 2)  # what was in flight arrives at the server
        allowed = CONCURRENCY * sum(self.kills.values())  # what two kills cut off may be asked again in one run
        assert self.server.repeats <= allowed, "more was asked again than was in flight"
        if code == -9:
            self.kills[progress.stage] = self.kills.get(progress.stage, 0) + 1

    def finish(self) -> Made:
        """Build to the end; nothing received may have been asked for twice."""
        ended = self.forge.run("build", self.recipe, "--store", self.store, "--json")
        verified = self.forge.run("verify", "--store", self.store)
        assert "1 releases verified" in verified.said
        assert ended.json["rows"] > 0
        assert self.asked_after_answered() == 0
        assert self.server.repeats <= CONCURRENCY * sum(self.kills.values())
        return Made.of(Store(self.store))

    def asked_after_answered(self) -> int:
        """Calls that were sent again although their answer was in the journal. (What was in flight when a process was killed may
        stand there or not: a call goes out while the note that it does is on its way to the disk.)"""
        sql = """SELECT count(*) FROM attempts a WHERE EXISTS
                 (SELECT 1 FROM attempts b WHERE b.request = a.request AND b.status = 'ok' AND b.id < a.id)"""
        with closing(sqlite3.connect(self.store / "journal.sqlite")) as db:
            return int(db.execute(sql).fetchone()[0])


@pytest.fixture(scope="module")
def unkilled(the_forge: Forge, tmp_path_factory: pytest.TempPathFactory) -> Unkilled:
    folder, progress = tmp_path_factory.mktemp("unkilled"), Progress(())
    with ModelServer(reply=works.knows, delay=0.02, port=MODEL_PORT) as server:
        recipe = works.recipe(folder, server)
        judge = lambda call: progress.see(call) and None  # noqa: E731
        running = the_forge.start("build", recipe, "--store", folder / "store", judge=judge, names=STEPS)
        assert running.wait() == 0, running.said
        ended = time.monotonic()
        assert server.repeats == 0
        assert server.requests > 2 * 40
    store = Store(folder / "store")
    stages = (*(stage for stage, _ in store.release("works").stages), "release")
    starts = [progress.began["release"], *progress.said[1:-1:2], ended]
    seconds = {stage: starts[i + 1] - starts[i] for i, stage in enumerate(stages)}
    return Unkilled(Made.of(store), stages[:-1], seconds)


@pytest.fixture
def build(the_forge: Forge, model: ModelServer, unkilled: Unkilled, tmp_path: Path) -> Killed:
    return Killed(the_forge, works.recipe(tmp_path, model), tmp_path / "store", model, unkilled.stages)


def ends_in_the_same_bytes(build: Killed, unkilled: Unkilled, note: Note, where: str) -> None:
    assert build.finish() == unkilled.made, f"killed in {build.kills}"
    held = "same bytes in the end, 0 received answers asked again"
    note(f"kill -9 {where}", held, kills=sum(build.kills.values()), repeats=build.server.repeats)


@pytest.mark.parametrize("chain", range(times(1, 20)))
def test_killed_at_every_boundary(
    build: Killed, unkilled: Unkilled, dice: random.Random, chain: int, note: Note
) -> None:
    for stage in chosen(unkilled, dice, 2):
        moments = (f"made {stage}", f"judged {stage}") if stage != "release" else ("made release", "published")
        build.until(at(dice.choice(moments), before=dice.random() < 0.5))
    ends_in_the_same_bytes(build, unkilled, note, "at a boundary between stages")


def test_a_release_holds_its_own_rows_whatever_a_killed_build_left_in_its_folder(
    build: Killed,
) -> None:
    build.until(at("published", before=True), settings=("--set", "mix.rows=5"))
    assert list(build.store.glob("releases/works/1/data/train-*"))
    build.forge.run("build", build.recipe, "--store", build.store, "--set", "mix.rows=4")
    assert [pq.read_metadata(path).num_rows for path in build.store.glob("releases/works/1/data/train-*")] == [4]


def chosen(unkilled: Unkilled, dice: random.Random, few: int) -> list[str]:
    """The stages to kill a build in, in order: all of them, or a few in the short form."""
    stages = (*unkilled.stages, "release")
    wanted = stages if LONG else dice.sample(stages, few)
    return [stage for stage in stages if stage in wanted]


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
    build: Killed, unkilled: Unkilled, dice: random.Random, chain: int, note: Note
) -> None:
    for stage in chosen(unkilled, dice, 2):
        moment = inside(stage, dice.random() * unkilled.seconds[stage])
        build.until(lambda progress, call: progress.see(call) and None, moment)
    ends_in_the_same_bytes(build, unkilled, note, "at a random moment inside a stage")


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
