"""Prefect's task runners on Dask and Ray, opened as a build needs them: one thread a worker, quiet, closed to others.

Whoever can speak to a worker can have it run anything. A cluster that is started here listens on loopback, and asks for what
only this process and its workers know: Dask for a certificate, Ray for a token. Adding a kind: a context manager like these
two, a line in OPEN, and what `runners` says of it.
"""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, Final

from prefect.task_runners import TaskRunner

from tasks.core.errors import BadInput
from tasks.core.runners import Runner

SILENT: Final = 50
WORKER_SECONDS: Final = 60
"""How long the first worker of a cluster may take to come."""
DRAIN_SECONDS: Final = 10
"""How long a worker that is let go may take to send what it has to tell Prefect's server."""


@contextmanager
def dask(settings: Runner, workers: int) -> Iterator[TaskRunner[Any]]:
    """On the Dask cluster at the address, or on one of `workers` processes that lasts as long as the block."""
    import dask.config
    from distributed import Security
    from prefect_dask import DaskTaskRunner

    own = {
        "n_workers": workers,
        "threads_per_worker": 1,
        "security": Security.temporary(),
        "silence_logs": SILENT,
        "scheduler_kwargs": {"dashboard": False, "dashboard_address": "127.0.0.1:0"},
    }
    # Dask's web server cannot be left out; without routes it has nothing to show
    without_pages: dict[str, Any] = {"distributed.scheduler.http.routes": [], "distributed.worker.http.routes": []}
    if settings.address:
        runner, config = DaskTaskRunner(address=settings.address, client_kwargs={"timeout": WORKER_SECONDS}), {}
    else:
        runner, config = DaskTaskRunner(cluster_kwargs=own), without_pages
    with dask.config.set(config), runner:
        try:
            runner.client.wait_for_workers(1, timeout=WORKER_SECONDS)
        except OSError as error:
            raise BadInput(
                f"no Dask worker came in {WORKER_SECONDS} s ({error}); start one: `dask worker {settings.address}`"
            ) from None
        try:
            yield runner
        finally:
            if not settings.address:
                _drained(runner.client)


@contextmanager
def ray(settings: Runner, workers: int) -> Iterator[TaskRunner[Any]]:
    """On the Ray cluster at the address, or on one of `workers` processes that lasts as long as the block."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    if not settings.address:
        os.environ.setdefault("RAY_AUTH_MODE", "token")
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    from prefect_ray import RayTaskRunner

    quiet = {"log_to_driver": False, "logging_level": SILENT}
    own = {**quiet, "address": "local", "num_cpus": workers, "include_dashboard": False}
    runner = RayTaskRunner(settings.address or None, init_kwargs=quiet if settings.address else own)
    with runner:
        yield runner


OPEN: Final[dict[str, Callable[[Runner, int], AbstractContextManager[TaskRunner[Any]]]]] = {"dask": dask, "ray": ray}


def _drained(client: Any) -> None:
    """What the workers still have to tell Prefect's server would end with them."""
    from distributed import CancelledError

    telling = [client.submit(_tell_all, workers=[place], pure=False) for place in client.scheduler_info()["workers"]]
    for told in telling:
        with suppress(TimeoutError, CancelledError, OSError):  # a worker that is dead has nothing left to tell
            told.result(timeout=DRAIN_SECONDS)


def _tell_all() -> None:
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    for sender in (EventsWorker, APILogWorker):
        sender.drain_all(timeout=DRAIN_SECONDS, at_exit=False)
