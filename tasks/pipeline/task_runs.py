"""Functions run as tasks of Prefect, one after those whose rows they read."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from prefect.client.schemas.objects import State
from prefect.tasks import Task

from tasks.store.snapshot import Snapshot

R = TypeVar("R")
NO_RESULT: Final = True
"""What tasks return: a value that Prefect does not look for in what later tasks are given (see `run_and_wait`)."""


def run_and_wait(task: Task[[], Any], after: Sequence[State[Any]]) -> State[Any]:
    """The state in which `task()` ended, once the task runs of the states in `after` have ended; raises what it raised.

    Tasks take no arguments and return NO_RESULT: Prefect looks through all that a task is given for results of other tasks, which
    it knows by their address in memory. It would draw an edge from a task whose result is gone and its address used again.
    """
    state = task(return_state=True, wait_for=list(after))
    state.result()
    return state


def run_as_task(name: str, function: Callable[..., R], *arguments: Any, after: Snapshot | None = None) -> R:
    """What `function(*arguments)` returns, run as a Prefect task of its own, each time. It waits for the tasks of `after`.

    Like stages and gates, it gives Prefect neither arguments nor a result (see `run_and_wait`).
    """
    returned: list[R] = []

    def run() -> bool:
        returned.append(function(*arguments))
        return NO_RESULT

    task = Task(run, name=name, task_run_name=name, persist_result=False, log_prints=False)
    run_and_wait(task, after=after.after if after else ())
    return returned[-1]
