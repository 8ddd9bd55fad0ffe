"""Workers in other processes, by one of Prefect's task runners: started when there is first work for them, ended with the build.

Prefect names and records every group of shards as a task run; only references into the store go through it. The task runner
is ours and not the flow's: a flow's own is fixed before its recipe is read.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, Final

from prefect import Flow
from prefect.context import FlowRunContext, TaskRunContext
from prefect.futures import PrefectFuture
from prefect.task_runners import TaskRunner
from prefect.tasks import Task

from tasks.core.errors import BadInput, InstructoryError
from tasks.pipeline.runners import task_runners
from tasks.pipeline.runners.settings import RunnerSettings

UNREACHED: Final = "Failed to reach API"
"""What Prefect says where a task run cannot begin because its server is away."""


class Runner:
    """Calls functions in worker processes, as many at a time as there are workers."""

    def __init__(self, settings: RunnerSettings, workers: int, stack: ExitStack) -> None:
        self.settings = settings
        self.workers = settings.workers or workers
        self._stack = stack
        self._runner: TaskRunner[Any] | None = None

    def run(
        self,
        stage: str,
        function: Callable[[Any], Any],
        groups: Mapping[int, Any],
        total: int,
        progress: Callable[[int], None],
    ) -> None:
        """Call `function` with each of `groups`, by number, as task runs named `filters 3/16`; return when all have ended.

        Raises the error of the first of them that failed, once the others are done. A task run whose worker dies is begun again
        by another worker, as Dask and Ray do it: three times.
        """
        if not groups:
            return
        if self._runner is None:
            opened = task_runners.OPEN[self.settings.kind](self.settings, self.workers)
            self._runner = self._stack.enter_context(opened)
        with _small_contexts():
            futures = {
                number: self._runner.submit(_task(stage, function, f"{stage} {number}/{total}"), {"group": group})
                for number, group in groups.items()
            }
        problems: list[Exception] = []
        for number, future in futures.items():
            try:
                self._await(f"{stage} {number}/{total}", future)
            except Exception as problem:
                problems.append(problem)
            progress(number)
        if problems:
            raise problems[0]

    def _await(self, name: str, future: PrefectFuture[Any]) -> None:
        """Return when a task run has ended; raises its error, in words where a worker or the cluster is the cause."""
        try:
            future.result()
        except InstructoryError:
            raise
        except Exception as error:
            if UNREACHED in str(error):
                raise BadInput(
                    f"{name}: its worker cannot reach Prefect's server at {os.environ.get('PREFECT_API_URL', '')}; set "
                    "PREFECT_API_URL to an address of that server which the workers can reach too"
                ) from None
            if "No module named" in str(error):
                raise BadInput(
                    f"{name}: its worker lacks a module ({str(error).strip().splitlines()[-1]}); install Instructory there, the "
                    "version that builds here"
                ) from None
            if type(error).__module__.partition(".")[0] not in {"distributed", "ray"}:
                raise
            raise InstructoryError(
                f"{name}: the {self.settings.kind} cluster gave up ({' '.join(str(error).split())[:200]}); a worker that dies "
                "again and again has too little memory: have fewer of them, or larger ones; what is done is kept, run again"
            ) from None


@contextmanager
def open_runner(settings: RunnerSettings, workers: int) -> Iterator[Runner | None]:
    """The runner that a recipe names, until the block ends; None where threads of this process do the work."""
    with ExitStack() as stack:
        yield None if settings.kind == "threads" else Runner(settings, workers, stack)


def _task(stage: str, function: Callable[[Any], Any], name: str) -> Task[Any, Any]:
    def work(group: Any) -> Any:
        return function(group)

    return Task(work, name=f"{stage} shard", task_run_name=name, persist_result=False, log_prints=False)


@contextmanager
def _small_contexts() -> Iterator[None]:
    """Prefect pickles the contexts of the flow and of the stage with every task. Inside the block they are without the functions
    of both, which refer to the build and so to everything in memory."""

    def placeholder() -> None:
        """Never called."""

    flow, task = FlowRunContext.get(), TaskRunContext.get()
    with ExitStack() as stack:
        if flow is not None and flow.flow is not None:
            empty_flow = Flow(placeholder, name=flow.flow.name)
            stack.enter_context(flow.model_copy(update={"flow": empty_flow, "parameters": {}}))
        if task is not None:
            empty_task = Task(placeholder, name=task.task.name)
            stack.enter_context(task.model_copy(update={"task": empty_task, "parameters": {}}))
        yield
