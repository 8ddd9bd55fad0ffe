"""Whoever does the row-wise work, the rows are the same; each piece is a task run; what a dead worker leaves is taken up."""

from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tasks.core.errors import BadInput, InstructoryError
from tasks.pipeline.runners.settings import RunnerSettings
from tests.pipeline.runners.toys import SECOND, Accident, Built, build

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
    return build(tmp_path_factory.mktemp("threads") / "store", RunnerSettings(), documents)


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
    dask = build(tmp_path / "store", RunnerSettings(kind="dask", address=cluster), documents)
    assert dask.objects == by_threads.objects
    assert by_threads.task_runs - dask.task_runs == Counter()
    stages = ("documents", "cleaning", "filters")
    assert dask.task_runs - by_threads.task_runs == Counter(
        f"{stage} {n}/2 Completed" for stage in stages for n in (1, 2)
    )


@pytest.mark.skipif(find_spec("prefect_ray") is None, reason="instructory[ray] is not installed")
def test_ray_workers_make_the_same_bytes(documents: Path, by_threads: Built, tmp_path: Path) -> None:
    ray = build(tmp_path / "store", RunnerSettings(kind="ray", workers=2), documents)
    assert ray.objects == by_threads.objects
    assert ray.task_runs.total() == by_threads.task_runs.total() + 6


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(tmp_path_factory.mktemp("undisturbed") / "store", RunnerSettings(), accident=Accident())


def test_one_worker_started_for_the_build_makes_the_same_bytes(undisturbed: Built, tmp_path: Path) -> None:
    dask = build(tmp_path / "store", RunnerSettings(kind="dask", workers=1), accident=Accident())
    assert dask.objects == undisturbed.objects
    assert sum("/2 Completed" in name for name in dask.task_runs) == 2


def test_the_piece_of_a_killed_worker_is_done_by_another(cluster: str, undisturbed: Built, tmp_path: Path) -> None:
    dask = build(
        tmp_path / "store",
        RunnerSettings(kind="dask", address=cluster),
        accident=Accident(kind="killed", folder=str(tmp_path)),
    )
    assert (tmp_path / "happened").exists()
    assert len({pid for pid, first in calls(tmp_path) if first.startswith(SECOND)}) == 2
    assert dask.objects == undisturbed.objects
    assert [dask.task_runs[f"pool {n}/2 Completed"] for n in (1, 2)] == [1, 1]


def test_a_retry_finds_the_pieces_that_were_done(cluster: str, undisturbed: Built, tmp_path: Path) -> None:
    runner, accident = RunnerSettings(kind="dask", address=cluster), Accident(kind="failed", folder=str(tmp_path))
    with pytest.raises(InstructoryError, match="no luck today"):
        build(tmp_path / "store", runner, accident=accident)
    assert len(calls(tmp_path)) == 2
    again = build(tmp_path / "store", runner, accident=accident)
    assert len(calls(tmp_path)) == 3
    assert [name for name in again.task_runs if "/" in name] == ["pool 2/2 Completed"]
    assert again.objects == undisturbed.objects


def test_a_worker_that_sees_another_folder_is_told_so(
    cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    elsewhere = Path("/proc/self/cwd/store")  # the same path, and for every process a folder of its own
    with pytest.raises(
        BadInput, match=r"the worker on \S+ does not see the store /proc/self/cwd/store; mount that folder there"
    ):
        build(elsewhere, RunnerSettings(kind="dask", address=cluster), accident=Accident())


def calls(folder: Path) -> list[tuple[str, str]]:
    """(process, first instruction) of every call."""
    lines = (folder / "calls").read_text().splitlines()
    return [(pid, first) for pid, _, first in (line.partition(" ") for line in lines)]
