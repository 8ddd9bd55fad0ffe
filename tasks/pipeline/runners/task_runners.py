"""Prefect's task runners on Dask and Ray, opened as a build needs them: one thread a worker, quiet, closed to others.

Whoever can speak to a worker can have it run anything. A cluster that is started here listens on loopback, and asks for what
only this process and its workers know: Dask for a certificate, Ray for a token. Adding a kind: a context manager like these
two, a line in OPEN, and what `runners` says of it.
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
"""How long the first worker of a cluster may take to come."""
GONE_SECONDS: Final = 60
"""How long there may be no worker at all before a build gives up."""
LOOK_SECONDS: Final = 5
DRAIN_SECONDS: Final = 10
"""How long a worker that is let go may take to send what it has to tell Prefect's server."""


@contextmanager
def dask(settings: RunnerSettings, workers: int) -> Iterator[TaskRunner[Any]]:
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
            # whatever else may listen there, Dask waits for ever for what it takes for the rest of a message
            _within(WORKER_SECONDS, lambda: _greeted(runner))
        except OSError as error:
            raise BadInput(
                f"no Dask worker came in {WORKER_SECONDS} s to {settings.address or 'a cluster on this machine'} "
                f"({error or 'no answer'}); look after the scheduler there, and start `dask worker {settings.address or 'ADDRESS'}`"
            ) from None
        ended = Event()
        Thread(target=_watched, args=(runner.client, ended), daemon=True).start()
        try:
            yield runner
        finally:
            ended.set()
            if not settings.address:
                _drained(runner.client)


@contextmanager
def ray(settings: RunnerSettings, workers: int) -> Iterator[TaskRunner[Any]]:
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
    with ExitStack() as stack:
        try:
            stack.enter_context(runner)
        except (OSError, ImportError) as error:
            raise BadInput(
                f"no Ray cluster can be had at {settings.address or 'this machine'} ({' '.join(str(error).split())[:200]}); look "
                "after its head there: `ray status`"
            ) from None
        yield runner


OPEN: Final[dict[str, Callable[[RunnerSettings, int], AbstractContextManager[TaskRunner[Any]]]]] = {
    "dask": dask,
    "ray": ray,
}


def _within(seconds: float, work: Callable[[], object]) -> None:
    """Do `work` in a thread that is given up, by a TimeoutError, when it takes longer."""
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


def _greeted(runner: Any) -> None:
    """Return when there is a worker, and all there are have Instructory: without it they would die of the first thing sent."""

    def has_it() -> bool:  # sent as it stands, since nothing of ours may be there to be referred to
        from importlib.util import find_spec

        return find_spec("tasks") is not None and find_spec("tasks.pipeline.runners.remote_work") is not None

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of versions that differ; those that matter are compared by the worker
        runner.client.wait_for_workers(1, timeout=WORKER_SECONDS)
    bare = [place for place, has in runner.client.run(has_it).items() if not has]
    if bare:
        raise BadInput(
            f"the Dask worker at {bare[0]} has no Instructory; install the version that builds here there too"
        )


def _watched(client: Any, ended: Event) -> None:
    """Give everything up when all workers have been gone for long: Dask would wait for new ones for ever."""
    gone = 0
    while not ended.wait(LOOK_SECONDS):
        gone = 0 if client.scheduler_info()["workers"] else gone + LOOK_SECONDS
        if gone >= GONE_SECONDS:
            client.close()
            return


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
