"""Rows judged by what the sandbox says of them, several at a time."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tasks.core.outcome import Tools
from tasks.verification.execution import sandbox

Tried = TypeVar("Tried")
Judgement = TypeVar("Judgement")


def tried(waiting: Mapping[int, Tried], judge: Callable[[int, Tried], Judgement], tools: Tools) -> dict[int, Judgement]:
    """What `judge(row, item)` says of each item, by row number, in the order of `waiting`. Raises NoSandbox before anything is
    judged where nothing safe is there."""
    if waiting:
        sandbox.POOL.method()
    found: dict[int, Judgement] = {}
    with ThreadPoolExecutor(max(1, tools.workers)) as threads:
        judged = threads.map(judge, waiting.keys(), waiting.values())
        for done, (row, one) in enumerate(zip(waiting, judged, strict=True), 1):
            found[row] = one
            tools.progress(done, len(waiting))
    return found
