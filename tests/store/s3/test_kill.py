"""kill -9 at every request that writes: a reader on another machine sees the old release or the new, and the rerun is clean."""

import random
from pathlib import Path

from tasks.store.manifest import Manifest
from tasks.store.store import Store
from tests.servers.relay import KILL_AFTER, KILL_BEFORE, PASS, Asked, Relay
from tests.store.s3.conftest import Machine, Shared, process
from tests.torture.commits import commit, read
from tests.torture.conftest import Note, dice, note, times

__all__ = ["dice", "note"]


def killed_commit(shared: Shared, between: Relay, root: Path, how: str, last: int) -> int:
    """Publish release 2 in a process that is killed at the request `last`; its exit code."""
    between.victim = 0
    between.known.clear()
    between.seen.clear()
    between.judge = lambda asked: how if asked.number == last else PASS
    child = process(shared, commit, root, 2)
    assert child.pid
    between.victim = child.pid
    between.known.set()
    child.join(60)
    between.judge = lambda _: PASS
    return child.exitcode or 0


def steps_of(shared: Shared, between: Relay, root: Path) -> list[Asked]:
    commit(root, 1)
    assert killed_commit(shared, between, root, PASS, -1) == 0
    return list(between.seen)


def assert_nothing_is_missing(shared: Shared, reader: Path) -> None:
    """Every record of the bucket stands on objects that are there."""
    store = Store(reader)
    objects = shared.names("objects/")
    for key in shared.names("manifests/"):
        stage, name = Path(key).parent.name, Path(key).stem
        store.backend.fetch(store.manifest_path(stage, name))
        manifest = store.manifest(stage, name)
        assert isinstance(manifest, Manifest), f"{key} stands on an object that is missing"
        assert {f"objects/{part.sha256[:2]}/{part.sha256}.parquet" for part in manifest.parts()} <= objects
    for version in store.versions("d"):
        for stage, name in store.release("d", version).stages:
            assert f"manifests/{stage}/{name}.json" in shared.names("manifests/")


def test_a_reader_elsewhere_sees_the_old_release_or_the_new(
    shared_store: Shared, between: Relay, through: Machine, machine: Machine, dice: random.Random, note: Note
) -> None:
    steps = steps_of(shared_store, between, through("whole"))
    assert {"raw", "objects", "manifests", "verdicts", "builds", "refs"} <= {
        part for asked in steps for part in asked.path.split("/")
    }
    every = [(how, last) for last in range(len(steps)) for how in (KILL_BEFORE, KILL_AFTER)]
    chosen = (
        every if times(0, 1) else [*dice.sample(every, 4), (KILL_AFTER, len(steps) - 1), (KILL_BEFORE, len(steps) - 1)]
    )
    saw = {1: 0, 2: 0}
    for number, (how, last) in enumerate(chosen):
        for key in shared_store.names():
            shared_store.remove(key)
        root = through(f"writer-{number}")
        commit(root, 1)
        assert killed_commit(shared_store, between, root, how, last) == -9
        now = read(machine(f"reader-{number}"))
        saw[now] += 1
        assert_nothing_is_missing(shared_store, machine(f"looker-{number}"))
        commit(root if dice.random() < 0.5 else machine(f"other-{number}"), 2)
        assert read(machine(f"reader-{number}")) == 2
        assert Store(machine(f"last-{number}")).versions("d") == [1, 2]
    assert saw[1] > 0
    assert saw[2] > 0
    note(
        f"S3: kill -9 before and after each of the {len(steps)} writing requests of a commit",
        f"{saw[1]} × old, {saw[2]} × new",
    )
