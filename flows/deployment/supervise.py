"""Runs a command for as long as whoever started it lives: `python supervise.py COMMAND…`, with a pipe as standard input.

A process that is killed can stop nothing. But the kernel closes its end of the pipe, and that ends the command here.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from typing import Any, Final

GRACE_SECONDS: Final = 8
"""Between asking the command to stop and making it."""


def main() -> int:
    """The command's exit code."""
    command = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)  # noqa: S603
    ending = threading.Event()

    def end(*_: Any) -> None:
        ending.set()

    def orphaned() -> None:
        os.read(0, 1)  # nothing is ever written: it returns at the end
        ending.set()

    def stop() -> None:
        ending.wait()
        command.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            command.wait(GRACE_SECONDS)
        command.kill()

    signal.signal(signal.SIGTERM, end)
    for task in (orphaned, stop):
        threading.Thread(target=task, daemon=True).start()
    return command.wait()


if __name__ == "__main__":
    sys.exit(main())
