"""Workers in other processes, by one of Prefect's task runners: hired when there is first work for them, let go at the end.

Prefect names and records every piece of work as a task run; nothing but pointers into the store goes through it. The task
runner is ours and not the flow's: what a flow runs on is settled before its recipe is read.
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
from tasks.pipeline.runners.settings import Runner

UNREACHED: Final = "Failed to reach API"
"""What Prefect says where a task run cannot begin because its server is away."""


class Crew:
    """Does pieces of work, as many at a time as there are workers."""

    def __init__(self, settings: Runner, workers: int, until: ExitStack) -> None:
        self.settings = settings
        self.workers = settings.workers or workers
        self._until = until
        self._runner: TaskRunner[Any] | None = None

    def do(
        self,
        stage: str,
        function: Callable[[Any], Any],
        pieces: Mapping[int, Any],
        total: int,
        progress: Callable[[int], None],
    ) -> None:
        """Call `function` with each of `pieces`, by number, as task runs named `filters 3/16`; return when all have ended.

        Raises what the first of them raised that failed, once the others are done. A piece whose worker dies is begun again by
        another, as Dask and Ray do it: three times.
        """
        if not pieces:
            return
        runner = self._hired()
        with _lightly():
            futures = {
                number: runner.submit(_task(stage, function, f"{stage} {number}/{total}"), {"piece": piece})
                for number, piece in pieces.items()
            }
        problems: list[Exception] = []
        for number, future in futures.items():
            try:
                self._ended(f"{stage} {number}/{total}", future)
            except Exception as problem:
                problems.append(problem)
            progress(number)
        if problems:
            raise problems[0]

    def _hired(self) -> TaskRunner[Any]:
        if self._runner is None:
            opened = task_runners.OPEN[self.settings.kind](self.settings, self.workers)
            self._runner = self._until.enter_context(opened)
        return self._runner

    def _ended(self, name: str, future: PrefectFuture[Any]) -> None:
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
                    f"{name}: its worker lacks something ({str(error).strip().splitlines()[-1]}); install Instructory there, the "
                    "version that builds here"
                ) from None
            if type(error).__module__.partition(".")[0] not in {"distributed", "ray"}:
                raise
            raise InstructoryError(
                f"{name}: the {self.settings.kind} cluster gave up ({' '.join(str(error).split())[:200]}); a worker that dies "
                "again and again has too little memory: have fewer of them, or larger ones; what is done is kept, run again"
            ) from None


@contextmanager
def hired(settings: Runner, workers: int) -> Iterator[Crew | None]:
    """The crew that a recipe's `runner` names, until the block ends; None where threads of this process do the work."""
    with ExitStack() as until:
        yield None if settings.kind == "threads" else Crew(settings, workers, until)


def _task(stage: str, function: Callable[[Any], Any], name: str) -> Task[Any, Any]:
    def work(piece: Any) -> Any:
        return function(piece)

    return Task(work, name=f"{stage} shard", task_run_name=name, persist_result=False, log_prints=False)


@contextmanager
def _lightly() -> Iterator[None]:
    """What is submitted takes the contexts of the flow and of the stage along, pickled: here without the functions of both,
    which refer to the build and so to all there is."""
    flow, task = FlowRunContext.get(), TaskRunContext.get()
    with ExitStack() as stack:
        if flow is not None and flow.flow is not None:
            stand_in = Flow(_nothing, name=flow.flow.name)
            stack.enter_context(flow.model_copy(update={"flow": stand_in, "parameters": {}}))
        if task is not None:
            stack.enter_context(task.model_copy(update={"task": Task(_nothing, name=task.task.name), "parameters": {}}))
        yield


def _nothing() -> None:
    """Stands for a function that is not called."""
