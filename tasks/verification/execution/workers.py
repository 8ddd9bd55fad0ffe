"""Workers outside the sandbox's walls: starting them, handing them programs, keeping idle ones warm, ending them."""

import atexit
import contextlib
import json
import os
import socket
import subprocess
import threading
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Final

from tasks.core.errors import BadInput, InstructoryError
from tasks.verification.execution import jail
from tasks.verification.execution.jail import Jail

_STARTS_WITHIN: Final = 30.0
"""Seconds that a worker may take to start on a busy machine."""
_GRACE: Final = 20.0
"""Seconds beyond a program's own limits after which the worker itself is taken for lost."""
_IDLE: Final = 16
"""Idle workers that are kept, of each kind."""
_LONGEST_HEADER: Final = 1 << 16


class NoSandbox(BadInput):
    """Nothing on this machine can run a stranger's program safely."""


class SandboxFailed(InstructoryError):
    """The sandbox itself broke while it ran a program."""


class Worker:
    """One sandbox, in which one program runs at a time."""

    def __init__(self, method: str, cell: Jail) -> None:
        """Start it. Raises OSError with what went wrong where this machine does not let it."""
        ours, theirs = socket.socketpair()
        self._socket = ours
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  our own launcher, no shell
                jail.command(method, cell, theirs.fileno()),
                env=cell.environment,
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        ours.settimeout(_STARTS_WITHIN)
        self._stream = ours.makefile("rb")
        try:
            ready = self._stream.readline(_LONGEST_HEADER)
        except OSError:
            ready = b""
        if not ready:
            raise OSError(self.close().strip().rpartition("\n")[2] or f"{method} ended without a word")

    def run(
        self, request: dict[str, Any], contents: list[bytes], seconds: float
    ) -> tuple[dict[str, Any], bytes, bytes]:
        """The answer to a request, standard output and standard error. Raises OSError where the worker is lost, TimeoutError where
        it does not answer within `seconds` and some more."""
        self._socket.settimeout(seconds + _GRACE)
        self._socket.sendall(json.dumps(request).encode() + b"\n" + b"".join(contents))
        header = self._stream.readline(_LONGEST_HEADER)
        if not header.endswith(b"\n"):
            raise OSError("the worker ended")
        answer = json.loads(header)
        if "error" in answer:
            raise OSError(answer["error"])
        return answer, self._stream.read(answer["out"]), self._stream.read(answer["err"])

    def close(self) -> str:
        """End it and everything in it; what it wrote to standard error."""
        self._stream.close()
        self._socket.close()
        self._process.terminate()
        try:
            return self._process.communicate(timeout=_GRACE)[1].decode("utf-8", "replace")
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.communicate()[1].decode("utf-8", "replace")


@dataclass(frozen=True)
class _Kind:
    read: tuple[str, ...]
    whole_system: bool


class WorkerPool:
    """Warm workers. Safe to use from any number of threads; each program has a worker of its own while it runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: dict[_Kind, list[Worker]] = defaultdict(list)
        self._owner = os.getpid()
        self._method: str | None = None

    def method(self) -> str:
        """The way in which workers are shut in on this machine. Raises NoSandbox."""
        with self._lock:
            if self._method is None:
                self._method = _first_that_works()
            return self._method

    def run(
        self, request: dict[str, Any], contents: list[bytes], seconds: float, read: tuple[str, ...], whole_system: bool
    ) -> tuple[dict[str, Any], bytes, bytes]:
        """Have a warm worker run a program. Raises NoSandbox, SandboxFailed, and TimeoutError as `Worker.run` does."""
        kind = _Kind(read, whole_system)
        for attempt in (1, 2):
            worker = self._taken(kind, fresh=attempt == 2)
            try:
                answer = worker.run(request, contents, seconds)
            except TimeoutError:
                worker.close()
                raise
            except OSError as error:
                worker.close()
                if attempt == 2:
                    raise SandboxFailed(f"the sandbox broke while it ran a program: {error}") from None
            except BaseException:
                worker.close()
                raise
            else:
                self._give_back(kind, worker)
                return answer
        raise AssertionError("unreachable")

    def _taken(self, kind: _Kind, fresh: bool) -> Worker:
        method = self.method()
        with self._lock:
            if self._owner != os.getpid():  # a fork: the workers are the parent's
                self._idle, self._owner = defaultdict(list), os.getpid()
            if self._idle[kind] and not fresh:
                return self._idle[kind].pop()
        try:
            return Worker(method, jail.jail_for(kind.read, kind.whole_system))
        except OSError as error:
            raise SandboxFailed(f"the sandbox could not be started: {error}") from None

    def _give_back(self, kind: _Kind, worker: Worker) -> None:
        with self._lock:
            if len(self._idle[kind]) < _IDLE:
                self._idle[kind].append(worker)
                return
        worker.close()

    def close(self) -> None:
        """End all idle workers."""
        with self._lock:
            if self._owner != os.getpid():
                return
            workers = [worker for idle in self._idle.values() for worker in idle]
            self._idle.clear()
        for worker in workers:
            with contextlib.suppress(OSError, ValueError):
                worker.close()


def _first_that_works() -> str:
    if not jail.supported():
        raise NoSandbox(
            "programs are run on Linux only (x86-64 or ARM64), where the kernel can shut them in; leave out verifiers that run them"
        )
    tried = []
    for method in jail.methods():
        try:
            Worker(method, jail.jail_for((), whole_system=False)).close()
        except OSError as error:
            tried.append(f"{method}: {error}")
        else:
            return method
    raise NoSandbox(
        f"nothing here can run a stranger's program safely ({'; '.join(tried)}); "
        "install bubblewrap, or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, "
        "kernel.apparmor_restrict_unprivileged_userns=0; in Docker: --security-opt seccomp=unconfined)"
    )


POOL: Final = WorkerPool()
atexit.register(POOL.close)
