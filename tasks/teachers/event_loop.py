"""One event loop per process, on a thread of its own, for all teachers.

All stages share rate limits, budgets and connections on it without locks, and `ask` works from any thread, also from one that
runs an event loop itself.
"""

import asyncio
import atexit
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import wait
from typing import Any, Final, TypeVar

T = TypeVar("T")

PROGRESS_SECONDS: Final = 0.2
"""Seconds between two calls of `progress`."""

_lock: Final = threading.Lock()
_running: tuple[int, asyncio.AbstractEventLoop, threading.Thread] | None = None


def run(coroutine: Coroutine[Any, Any, T], progress: Callable[[], None] = lambda: None) -> T:
    """The coroutine's result; `progress` is called on the caller's thread meanwhile. An interrupt cancels the coroutine."""
    future = asyncio.run_coroutine_threadsafe(coroutine, _loop())
    try:
        while not wait([future], timeout=PROGRESS_SECONDS).done:
            progress()
        progress()
        return future.result()
    except BaseException:
        future.cancel()
        raise


def _loop() -> asyncio.AbstractEventLoop:
    global _running
    with _lock:
        if _running is None or _running[0] != os.getpid():  # a forked child has the loop but not its thread
            loop = asyncio.new_event_loop()
            thread = threading.Thread(target=loop.run_forever, name="teachers", daemon=True)
            thread.start()
            _running = os.getpid(), loop, thread
        return _running[1]


@atexit.register
def _stop() -> None:
    if _running is not None and _running[0] == os.getpid():
        _, loop, thread = _running
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=5)
        if not thread.is_alive():
            loop.close()
