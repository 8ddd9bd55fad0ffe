"""The child that becomes a program: it gives up all rights, takes on the limits, and then runs Python code or another program."""

import atexit
import io
import os
import resource
import signal
import sys
import threading
import types
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NoReturn

from tasks.verification.execution.inside import kernel, syscalls

SCRATCH: Final = "/scratch"
ENVIRONMENT: Final = {
    "HOME": SCRATCH,
    "LANG": "C.UTF-8",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "PYTHONHASHSEED": "0",
    "TMPDIR": SCRATCH,
    "TZ": "UTC",
}
"""All that a program finds in its environment, beside what its language needs."""
_OPEN_FILES: Final = 256
_OWN_PROCESSES: Final = 4
"""Processes of the worker that the kernel counts too, where it cannot give the program a user of its own."""


def become(step: dict[str, Any], streams: tuple[int, int, int], uid: int | None) -> NoReturn:
    """Run a step: `python` (a file's name) or `argv` with `env`, under the limits that the step names."""
    os.setsid()
    for target, descriptor in enumerate(streams):
        os.dup2(descriptor, target)
    os.closerange(3, 1 << 20)
    os.chdir(SCRATCH)
    os.umask(0o022)
    _limit(step, 0 if uid is not None else _OWN_PROCESSES)
    kernel.bound_capabilities()
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    kernel.drop_capabilities()
    kernel.prctl(kernel.DUMPABLE, 1)
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(name, signal.SIG_DFL)
    syscalls.restrict()
    if "python" in step:
        _run_python(step["python"])
    _execute(step)


def _limit(step: dict[str, Any], own: int) -> None:
    limits = {
        resource.RLIMIT_CPU: step["cpu_seconds"],
        resource.RLIMIT_DATA: step["data_bytes"],
        resource.RLIMIT_NPROC: step["processes"] + own,
        resource.RLIMIT_FSIZE: step["disk_bytes"],
        resource.RLIMIT_NOFILE: _OPEN_FILES,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    if step["address_bytes"]:
        limits[resource.RLIMIT_AS] = step["address_bytes"]
    for which, value in limits.items():
        hard = resource.getrlimit(which)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        end = value + 1 if which == resource.RLIMIT_CPU and hard == resource.RLIM_INFINITY else value
        resource.setrlimit(which, (value, end))  # at a hard limit the kernel kills without saying that it was time


def _execute(step: dict[str, Any]) -> NoReturn:
    try:
        os.execve(step["argv"][0], step["argv"], {**ENVIRONMENT, **step["env"]})  # noqa: S606  no shell
    except OSError as error:
        os.write(2, f"{step['argv'][0]}: {error.strerror}\n".encode())
    os._exit(127)


def _run_python(name: str) -> NoReturn:
    """What `python NAME` does, in this process."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    path = f"{SCRATCH}/{name}"
    for module in [module for module in sys.modules if module == "tasks" or module.startswith("tasks.")]:
        del sys.modules[module]
    main = types.ModuleType("__main__")
    main.__dict__.update(__file__=path, __builtins__=__builtins__)
    sys.modules["__main__"] = main
    sys.argv, sys.path[:0] = [path], [SCRATCH]
    sys.stdin = _text(0, "r", "strict")
    sys.stdout = _text(1, "w", "strict")
    sys.stderr = _text(2, "w", "backslashreplace")
    sys.__dict__.update(__stdin__=sys.stdin, __stdout__=sys.stdout, __stderr__=sys.stderr)
    os._exit(_finish(_outcome(path, main.__dict__)))


def _text(descriptor: int, mode: str, errors: str) -> io.TextIOWrapper:
    raw = io.FileIO(descriptor, mode, closefd=False)
    buffer = io.BufferedReader(raw) if mode == "r" else io.BufferedWriter(raw)
    return io.TextIOWrapper(buffer, "utf-8", errors, line_buffering=descriptor == 2)  # type: ignore[type-var,unused-ignore]


def _outcome(path: str, namespace: dict[str, Any]) -> int:
    try:
        exec(compile(Path(path).read_bytes(), path, "exec", dont_inherit=True), namespace)  # noqa: S102  what it is for
    except SystemExit as error:
        return _code(error)
    except BaseException as error:  # noqa: BLE001,RUF100
        behind = error.__traceback__.tb_next if error.__traceback__ else None
        with suppress(BaseException):
            sys.excepthook(type(error), error.with_traceback(behind), behind)
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    return 0


def _code(error: SystemExit) -> int:
    if error.code is None or isinstance(error.code, int):
        return (error.code or 0) & 0xFF
    with suppress(BaseException):
        print(error.code, file=sys.stderr)
    return 1


def _finish(code: int) -> int:
    """What the interpreter does at its end: threads are waited for, exit functions run, output written."""
    with suppress(BaseException):
        threading._shutdown()  # type: ignore[attr-defined]
    with suppress(BaseException):
        atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:  # noqa: BLE001,RUF100
            code = code or 120
    return code
