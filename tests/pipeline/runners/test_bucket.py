"""Workers that share nothing with the machine that builds but a bucket."""

from pathlib import Path

import pytest

from tasks.pipeline.runners.settings import RunnerSettings
from tests.pipeline.runners.toys import Accident, build
from tests.servers.s3 import S3Server


@pytest.mark.usefixtures("prefect_server")
def test_rows_travel_through_the_bucket(s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import LocalCluster

    address = Path(f"s3://{s3.make_bucket('rows')}/works")
    for name, value in {**s3.environment, "XDG_CACHE_HOME": str(tmp_path / "ours")}.items():
        monkeypatch.setenv(name, value)
    theirs = {**s3.environment, "XDG_CACHE_HOME": str(tmp_path / "theirs")}
    with LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=50, env=theirs
    ) as one:
        through = build(address, RunnerSettings(kind="dask", address=one.scheduler_address), accident=Accident())
    assert through.objects == build(tmp_path / "store", RunnerSettings(), accident=Accident()).objects
    assert list((tmp_path / "theirs").rglob("*.parquet"))
    assert sum("/2 Completed" in name for name in through.task_runs) == 2
