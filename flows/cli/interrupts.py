"""Ctrl-C is remembered, because a library may swallow the exception.

Python raises KeyboardInterrupt wherever the main thread is. In a callback, a destructor, or a coroutine that takes its cancellation
for something else, it is lost, and the build would go on. So it is also remembered, and looked for between stages.
"""

import signal
import threading
from types import FrameType
from typing import Final

_asked: Final = threading.Event()


def listen() -> None:
    """From now on Ctrl-C is remembered. Where somebody else listens, or nobody may (a background job), it stays so."""
    if (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    ):
        signal.signal(signal.SIGINT, _hear)


def _hear(_signal: int, _frame: FrameType | None) -> None:
    _asked.set()
    raise KeyboardInterrupt


def check() -> None:
    """Raises KeyboardInterrupt if Ctrl-C was pressed."""
    if _asked.is_set():
        raise KeyboardInterrupt
