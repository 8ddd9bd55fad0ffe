"""Processes that outlive the command which started them: each holds the lock of a file for as long as it lives.

So whether it runs is the kernel's knowledge, not a number in a file, which may have become another process's.
"""

import fcntl
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

STOP_SECONDS: Final = 30.0
"""A worker that is asked to end lets its builds record that they were stopped."""


def process_of(lock: Path) -> int | None:
    """The number of the process that holds `lock`, or None if nobody does."""
    try:
        with lock.open("r+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return int(lock.read_text("utf-8"))
    return None


def stop(lock: Path, seconds: float = STOP_SECONDS) -> bool:
    """End the process that holds `lock`, and all that it started; whether there was one. It is killed after `seconds`."""
    process = process_of(lock)
    if process is None:
        return False
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process, sign)
        deadline = time.monotonic() + seconds
        while process_of(lock) is not None and time.monotonic() < deadline:
            time.sleep(0.05)
    return True
