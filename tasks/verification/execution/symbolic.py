"""Symbolic algebra in processes of its own: SymPy, with a deadline for each question and a limit of memory.

SymPy can run for ever on a short expression, and a thread cannot be stopped; a process can. No signal handler is installed here,
so that stages that run in threads may ask.
"""

import atexit
import json
import os
import selectors
import subprocess
import sys
import threading
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Literal

SECONDS: Final = 3.0
"""Processor time that one question may take, so that a busy machine says the same; what is not known by then is not known."""
GRACE: Final = 30.0
"""Seconds of the clock beyond that after which a process that does not answer is killed."""
STARTING: Final = 60.0
"""Seconds that a new process may need to import SymPy on a busy machine."""
MOST: Final = 4
"""Processes at a time."""
_PROGRAM: Final = Path(__file__).with_name("symbolic_child.py")

Kind = Literal["scalar", "relation", "sets", "latex"]


class _Process:
    """One process with SymPy in it."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.fresh = True
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", str(_PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.defpath},
            cwd="/",
        )

    def ask(self, line: bytes, seconds: float) -> bytes | None:
        """The line that it answers; None where it gave none in time, or died."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(line)
            self._process.stdin.flush()
        except OSError:
            return None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            if not selector.select(seconds + (STARTING if self.fresh else 0)):
                return None
        self.fresh = False
        return self._process.stdout.readline() or None

    def stop(self) -> None:
        if self.pid != os.getpid():
            return
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue


class _Pool:
    """Processes that wait for questions. Those of a parent process are never used by its fork."""

    def __init__(self) -> None:
        self._idle: list[_Process] = []
        self._lock = threading.Lock()
        self._free = threading.BoundedSemaphore(MOST)
        atexit.register(self.close)

    def ask(self, line: bytes, seconds: float) -> bytes | None:
        with self._free:
            with self._lock:
                self._idle = [one for one in self._idle if one.pid == os.getpid()]
                process = self._idle.pop() if self._idle else None
            process = process or _Process()
            answer = process.ask(line, seconds)
            if answer is None:
                process.stop()
            else:
                with self._lock:
                    self._idle.append(process)
            return answer

    def close(self) -> None:
        with self._lock:
            for process in self._idle:
                process.stop()
            self._idle = []


_POOL: Final = _Pool()


def same(kind: Kind, one: Any, other: Any) -> bool | None:
    """Whether two trees (or, of kind `latex`, two texts) mean the same; None where it is not known, or not in time."""
    question = {"kind": kind, "one": one, "other": other, "seconds": SECONDS}
    line = json.dumps(question, default=_written).encode() + b"\n"
    answer = _POOL.ask(line, SECONDS + GRACE)
    found = json.loads(answer) if answer else None
    return found if isinstance(found, bool) else None


def _written(value: Any) -> str:
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    raise TypeError(type(value).__name__)
