"""One machine builds a dataset at a time; what a dead one held comes to an end; nobody publishes under a lease that is lost."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

from tasks.core.errors import BadInput, InstructoryError
from tasks.store.lease import exclusive, lease
from tasks.store.s3 import lease as s3_lease
from tasks.store.store import Store
from tests.store import records
from tests.store.s3.conftest import Machine, Shared, process

SHORT = 2.0
"""Seconds, the least that a lease may last."""


@pytest.fixture(autouse=True)
def short_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSTRUCTORY_LEASE_SECONDS", str(SHORT))


def record(shared_store: Shared, name: str = "d") -> dict[str, object]:
    found: dict[str, object] = json.loads(shared_store.read(f"leases/{name}.json"))
    return found


def hold(root: Path, ready: str) -> None:
    with lease(root, "d", "crimson-fox"):
        Path(ready).touch()
        time.sleep(600)


def await_file(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_who_comes_second_is_told_who_holds_it_for_as_long_as_that_lives(machine: Machine) -> None:
    a, b = machine("a"), machine("b")
    beats: list[float] = []
    with lease(a, "d", "crimson-fox", lambda: beats.append(time.monotonic())):
        time.sleep(SHORT + s3_lease.GRAIN + 1)
        with pytest.raises(InstructoryError, match=r"d is being built by run crimson-fox on .*lease ends within 4 s"):
            lease(b, "d", "blue-owl").__enter__()
        with lease(b, "another", "blue-owl"):
            pass
    assert len(beats) > 5
    with lease(b, "d", "blue-owl"):
        pass


def test_the_lease_of_a_killed_machine_ends_and_the_fence_rises(
    shared_store: Shared, machine: Machine, tmp_path: Path
) -> None:
    a, b = machine("a"), machine("b")
    child = process(shared_store, hold, a, str(tmp_path / "ready"))
    await_file(tmp_path / "ready")
    assert child.pid
    os.kill(child.pid, signal.SIGKILL)
    child.join(10)
    fence, died = record(shared_store)["fence"], time.monotonic()
    with pytest.raises(InstructoryError, match="crimson-fox"):
        lease(b, "d", "blue-owl").__enter__()
    while True:
        try:
            with lease(b, "d", "blue-owl"):
                waited = time.monotonic() - died
                assert record(shared_store)["fence"] == int(str(fence)) + 1
            break
        except InstructoryError as error:
            if time.monotonic() - died > 20:
                pytest.fail(f"the lease did not end: {error}, {record(shared_store)}")
            time.sleep(0.2)
    assert waited >= SHORT / 2, "taken from somebody who might have been alive"


def test_the_machine_that_was_killed_goes_on_at_once(shared_store: Shared, machine: Machine, tmp_path: Path) -> None:
    root = machine("a")
    child = process(shared_store, hold, root, str(tmp_path / "ready"))
    await_file(tmp_path / "ready")
    with pytest.raises(InstructoryError, match=r"process \d+"):  # it lives: the kernel's lock tells
        lease(root, "d", "blue-owl").__enter__()
    assert child.pid
    os.kill(child.pid, signal.SIGKILL)
    child.join(10)
    with lease(root, "d", "blue-owl"):
        assert record(shared_store)["fence"] == 2


def test_a_lease_that_was_taken_over_publishes_nothing(shared_store: Shared, machine: Machine) -> None:
    store = Store(machine("a"))
    with lease(store.root, "d", "crimson-fox") as held:
        held.check()
        taken = record(shared_store) | {"token": "somebody-else", "holder": "blue-owl", "fence": 2}
        shared_store.write("leases/d.json", json.dumps(taken).encode())
        with pytest.raises(
            InstructoryError, match=r"lease on d was taken over by run blue-owl .*nothing was published"
        ):
            store.publish(records.release(), held.check)
    assert store.versions("d") == []
    assert record(shared_store)["holder"] == "blue-owl", "what another holds was let go"


def test_clearing_up_and_building_keep_out_of_each_others_way(machine: Machine) -> None:
    a, b = machine("a"), machine("b")
    with lease(a, "d", "crimson-fox"), pytest.raises(InstructoryError, match=r"in use by run crimson-fox on"):
        exclusive(b).__enter__()
    with exclusive(b), pytest.raises(InstructoryError, match=r"is being cleared up by run gc on"):
        exclusive(a).__enter__()
    with exclusive(b):
        pass


def test_a_build_waits_for_the_end_of_clearing_up(machine: Machine, tmp_path: Path, shared_store: Shared) -> None:
    a, b = machine("a"), machine("b")
    child = process(shared_store, clear_up, b, str(tmp_path / "ready"), str(tmp_path / "over"))
    await_file(tmp_path / "ready")
    with lease(a, "d", "crimson-fox"):
        assert (tmp_path / "over").exists()
    child.join(10)


def clear_up(root: Path, ready: str, over: str) -> None:
    with exclusive(root):
        Path(ready).touch()
        time.sleep(1)
        Path(over).touch()


@pytest.mark.parametrize("said", ["soon", "0", "1", "1e9"])
def test_a_time_that_is_none_is_refused(machine: Machine, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    root = machine("a")
    monkeypatch.setenv("INSTRUCTORY_LEASE_SECONDS", said)
    with pytest.raises(BadInput, match="INSTRUCTORY_LEASE_SECONDS"):
        lease(root, "d", "crimson-fox").__enter__()
