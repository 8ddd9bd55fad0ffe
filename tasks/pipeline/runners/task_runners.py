"""Prefect's task runners for Dask and Ray, opened with what a build needs: one thread per worker, little logging, no open ports.

A process that can connect to a worker can run any code in it. A cluster that is started here listens on loopback and requires a
secret that only this process and its workers know: a certificate (Dask) or a token (Ray). To add a kind of runner, write a
context manager like these two, add it to OPEN, and describe it in `settings`.
"""

import os
import secrets
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from queue import Empty, Queue
from threading import Event, Thread
from typing import Any, Final

from prefect.task_runners import TaskRunner

from tasks.core.errors import BadInput
from tasks.pipeline.runners.settings import RunnerSettings

SILENT: Final = 50
WORKER_SECONDS: Final = 30
"""How long the first worker of a cluster may take to connect."""
GONE_SECONDS: Final = 60
"""How long a cluster may have no worker before the build fails."""
LOOK_SECONDS: Final = 5
DRAIN_SECONDS: Final = 10
"""How long a worker may take at its end to send its events and logs to Prefect's server."""


@contextmanager
def dask(settings: RunnerSettings, workers: int) -> Iterator[TaskRunner[Any]]:
    """The Dask cluster at the settings' address, or one of `workers` processes on this machine until the block ends."""
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
            # if something else listens there, Dask waits for ever for the rest of a message
            _call_within(WORKER_SECONDS, lambda: _require_instructory(runner))
        except OSError as error:
            raise BadInput(
                f"no Dask worker came in {WORKER_SECONDS} s to {settings.address or 'a cluster on this machine'} "
                f"({error or 'no answer'}); check the scheduler there, and start `dask worker {settings.address or 'ADDRESS'}`"
            ) from None
        ended = Event()
        Thread(target=_close_without_workers, args=(runner.client, ended), daemon=True).start()
        try:
            yield runner
        finally:
            ended.set()
            if not settings.address:
                _flush_workers(runner.client)


@contextmanager
def ray(settings: RunnerSettings, workers: int) -> Iterator[TaskRunner[Any]]:
    """The Ray cluster at the settings' address, or one of `workers` processes on this machine until the block ends."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    if not settings.address:
        os.environ.setdefault("RAY_AUTH_MODE", "token")
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    from prefect_ray import RayTaskRunner

    quiet = {"log_to_driver": False, "logging_level": SILENT}
    own = {**quiet, "address": "local", "num_cpus": workers, "include_dashboard": False}
    runner = RayTaskRunner(settings.address or None, init_kwargs=quiet if settings.address else own)
    with ExitStack() as stack:
        try:
            stack.enter_context(runner)
        except (OSError, ImportError) as error:
            raise BadInput(
                f"no Ray cluster can be had at {settings.address or 'this machine'} ({' '.join(str(error).split())[:200]}); check "
                "its head there: `ray status`"
            ) from None
        yield runner


OPEN: Final[dict[str, Callable[[RunnerSettings, int], AbstractContextManager[TaskRunner[Any]]]]] = {
    "dask": dask,
    "ray": ray,
}


def _call_within(seconds: float, work: Callable[[], object]) -> None:
    """Call `work` in a thread; TimeoutError when it takes longer than `seconds`."""
    ended: Queue[Exception | None] = Queue()

    def run() -> None:
        try:
            work()
        except Exception as error:
            ended.put(error)
        else:
            ended.put(None)

    Thread(target=run, daemon=True).start()
    try:
        problem = ended.get(timeout=seconds)
    except Empty:
        raise TimeoutError("no answer") from None
    if problem:
        raise problem


def _require_instructory(runner: Any) -> None:
    """Return when there is a worker; BadInput if one lacks Instructory, without which the first task would kill it."""

    def has_instructory() -> bool:  # pickled by value: the worker may have no module of ours to import it from
        from importlib.util import find_spec

        return find_spec("tasks") is not None and find_spec("tasks.pipeline.runners.remote_work") is not None

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about versions that differ; the worker compares those that matter
        runner.client.wait_for_workers(1, timeout=WORKER_SECONDS)
    lacking = [address for address, has in runner.client.run(has_instructory).items() if not has]
    if lacking:
        raise BadInput(
            f"the Dask worker at {lacking[0]} has no Instructory; install the version that builds here there too"
        )


def _close_without_workers(client: Any, ended: Event) -> None:
    """Close the client when there has been no worker for GONE_SECONDS: Dask would wait for new ones for ever."""
    gone = 0
    while not ended.wait(LOOK_SECONDS):
        gone = 0 if client.scheduler_info()["workers"] else gone + LOOK_SECONDS
        if gone >= GONE_SECONDS:
            client.close()
            return


def _flush_workers(client: Any) -> None:
    """Have all workers send the events and logs that they still hold to Prefect's server."""
    from distributed import CancelledError

    workers = client.scheduler_info()["workers"]
    for future in [client.submit(_flush, workers=[address], pure=False) for address in workers]:
        with suppress(TimeoutError, CancelledError, OSError):  # a dead worker has nothing left to send
            future.result(timeout=DRAIN_SECONDS)


def _flush() -> None:
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    for sender in (EventsWorker, APILogWorker):
        sender.drain_all(timeout=DRAIN_SECONDS, at_exit=False)
