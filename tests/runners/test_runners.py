"""Whoever does the row-wise work, the rows are the same; each piece is a task run; what a dead worker leaves is taken up."""

from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tasks.core.errors import InstructoryError
from tasks.core.runners import Runner
from tests.runners.toys import Accident, Built, build

pytestmark = pytest.mark.usefixtures("prefect_server")


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documents")
    for n in range(9):
        text = f"A lever is a bar that turns about a point, and number {n} is one of them.\n"
        (folder / f"{n}.md").write_text(f"# Levers, part {n}\n\n{text * 30}")
    return folder


@pytest.fixture(scope="module")
def by_threads(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(tmp_path_factory.mktemp("threads") / "store", Runner(), documents)


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a Dask cluster that was there before: two workers on this machine."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=50) as cluster:
        yield cluster.scheduler_address


def test_threads_make_no_task_run_of_their_own(by_threads: Built) -> None:
    stages = ("imports", "inventory", "documents", "cleaning", "filters")
    assert {name.rpartition(" ")[0] for name in by_threads.task_runs} == {*stages, *(f"gate {name}" for name in stages)}
    assert by_threads.task_runs.total() == 2 * len(stages)


def test_dask_workers_make_the_same_bytes_and_each_piece_is_a_task_run(
    cluster: str, documents: Path, by_threads: Built, tmp_path: Path
) -> None:
    dask = build(tmp_path / "store", Runner(kind="dask", address=cluster), documents)
    assert dask.objects == by_threads.objects
    extra = dask.task_runs - by_threads.task_runs
    assert by_threads.task_runs - dask.task_runs == {}
    assert extra == Counter(
        f"{piece} Completed"
        for piece in (
            *("documents 1/2", "documents 2/2"),
            *("cleaning 1/3", "cleaning 2/3", "cleaning 3/3"),
            *("filters 1/2", "filters 2/2"),
        )
    )


def test_one_worker_of_its_own_makes_the_same_bytes(documents: Path, by_threads: Built, tmp_path: Path) -> None:
    dask = build(tmp_path / "store", Runner(kind="dask", workers=1), documents)
    assert dask.objects == by_threads.objects


@pytest.mark.skipif(find_spec("prefect_ray") is None, reason="instructory[ray] is not installed")
def test_ray_makes_the_same_bytes(documents: Path, by_threads: Built, tmp_path: Path) -> None:
    ray = build(tmp_path / "store", Runner(kind="ray", workers=2), documents)
    assert ray.objects == by_threads.objects
    assert ray.task_runs.total() == by_threads.task_runs.total() + 7


def test_the_shard_of_a_killed_worker_is_done_by_another(cluster: str, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    dask = build(
        tmp_path / "store",
        Runner(kind="dask", address=cluster),
        accident=Accident(kind="killed", folder=str(folder)),
    )
    assert (folder / "happened").exists()
    calls = [line.split(" ", 1) for line in (folder / "calls").read_text().splitlines()]
    third = [pid for pid, first in calls if "number 8666 " in first]
    assert len(set(third)) == 2
    assert len(calls) >= 4
    assert dask.objects == build(tmp_path / "threads", Runner(), accident=Accident()).objects
    assert {name: number for name, number in dask.task_runs.items() if "/" in name} == {
        f"seeds {n}/3 Completed": 1 for n in (1, 2, 3)
    }


def test_a_retry_finds_the_shards_that_were_done(cluster: str, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    accident = Accident(kind="failed", folder=str(folder))
    runner = Runner(kind="dask", address=cluster)
    with pytest.raises(InstructoryError, match="no luck today"):
        build(tmp_path / "store", runner, accident=accident)
    assert len((folder / "calls").read_text().splitlines()) == 3
    again = build(tmp_path / "store", runner, accident=accident)
    assert len((folder / "calls").read_text().splitlines()) == 4
    assert [name for name in again.task_runs if "/" in name] == ["seeds 3/3 Completed"]
    assert again.objects == build(tmp_path / "threads", Runner(), accident=Accident()).objects
