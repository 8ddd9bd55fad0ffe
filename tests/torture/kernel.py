"""What the kernel answers, under the test's control: a supervisor sees every named system call of a process before it is
made, and says whether it happens, fails with an error, or is the process's last.

Seccomp's user notification (Linux 5.5 and later, no privileges needed). The process under test runs unchanged code on real
files; that a disk is full, that an fsync fails, that kill -9 falls between two steps is what the kernel tells it.
"""

import ctypes
import errno
import fcntl
import os
import platform
import select
import signal
import socket
import struct
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tasks.core.errors import InstructoryError

NUMBERS = {
    "x86_64": {
        "write": 1, "pwrite64": 18, "fsync": 74, "fdatasync": 75, "ftruncate": 77, "rename": 82, "mkdir": 83, "link": 86,
        "unlink": 87, "openat": 257, "mkdirat": 258, "unlinkat": 263, "renameat": 264, "linkat": 265, "renameat2": 316,
        "seccomp": 317,
    },
    "aarch64": {
        "write": 64, "pwrite64": 68, "fsync": 82, "fdatasync": 83, "ftruncate": 46, "openat": 56, "mkdirat": 34,
        "unlinkat": 35, "renameat": 38, "linkat": 37, "renameat2": 276, "seccomp": 277,
    },
}.get(platform.machine(), {})  # fmt: skip
"""System calls by name, as the machine numbers them."""

STEPS = (
    "fsync", "fdatasync", "rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat", "mkdir", "mkdirat",
)  # fmt: skip
"""What a commit to disk is made of, beside writes."""
WRITES = ("write", "pwrite64", "ftruncate")

_PATH = {"rename": (0, 1), "renameat": (1, 3), "renameat2": (1, 3), "link": (0, 1), "linkat": (1, 3), "unlink": (0,),
         "unlinkat": (1,), "mkdir": (0,), "mkdirat": (1,), "openat": (1,)}  # fmt: skip
_ALLOW, _NOTIFY = 0x7FFF0000, 0x7FC00000
_RECEIVE, _SEND = 0xC0502100, 0xC0182101  # SECCOMP_IOCTL_NOTIF_RECV and _SEND
KILL = "kill -9"


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_ushort),
        ("if_true", ctypes.c_ubyte),
        ("if_false", ctypes.c_ubyte),
        ("operand", ctypes.c_uint),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(_Instruction)))


def watched(names: tuple[str, ...]) -> int:
    """Have this process and its threads watched from now on; returns the file descriptor for the supervisor."""
    numbers = [NUMBERS[name] for name in names if name in NUMBERS]
    program = [(0x20, 0, 0, 0)]
    program += [(0x15, len(numbers) - i, 0, number) for i, number in enumerate(numbers)]
    program += [(0x06, 0, 0, _ALLOW), (0x06, 0, 0, _NOTIFY)]
    array = (_Instruction * len(program))(*(_Instruction(*one) for one in program))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0) != 0:  # PR_SET_NO_NEW_PRIVS
        raise OSError(ctypes.get_errno(), "prctl")
    handle = libc.syscall(NUMBERS["seccomp"], 1, 8, ctypes.byref(_Program(len(program), array)))
    if handle < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    return int(handle)


def available() -> bool:
    """Whether this machine lets a process be supervised."""
    if not NUMBERS or (child := os.fork()) == 0:
        with suppress(OSError):
            watched(("mkdir", "mkdirat"))
            os._exit(0)
        os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@dataclass(frozen=True)
class Call:
    """A system call about to be made."""

    name: str
    path: str
    """What it acts on: the file written or synced, or the new name."""


Judge = Callable[[Call], "int | str | None"]
"""None: let it happen; an errno: let it fail; KILL: kill the process before it happens."""


def from_the(nth: int, said: "int | str", which: Callable[[Call], bool] = lambda _: True) -> Judge:
    """Let calls happen until the nth (from 0) of those that `which` names; that one and all later ones get `said`."""
    count = 0

    def judge(call: Call) -> "int | str | None":
        nonlocal count
        if not which(call):
            return None
        count += 1
        return said if count > nth else None

    return judge


class Supervisor:
    """Judges the calls of one process on a thread of its own until that process has ended."""

    def __init__(self, handle: int, pid: int, judge: Judge) -> None:
        self._handle, self._pid, self._judge = handle, pid, judge
        self._names = {number: name for name, number in NUMBERS.items()}
        self.trouble: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._thread.is_alive()

    def join(self) -> None:
        self._thread.join()
        if self.trouble:
            raise self.trouble

    def _run(self) -> None:
        poll = select.poll()
        poll.register(self._handle, select.POLLIN | select.POLLHUP)
        try:
            while not any(event & (select.POLLHUP | select.POLLERR) for _, event in poll.poll()):
                self._one()
        except BaseException as error:
            self.trouble = error
            os.kill(self._pid, signal.SIGKILL)
        finally:
            os.close(self._handle)

    def _one(self) -> None:
        notice = bytearray(80)
        try:
            fcntl.ioctl(self._handle, _RECEIVE, notice)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EINTR):
                return  # it died between the call and our look at it
            raise
        identity, thread, _, number = struct.unpack_from("=QIIi", notice)
        arguments = struct.unpack_from("=6Q", notice, 32)
        said = self._judge(self._call(thread, self._names[number], arguments))
        if said == KILL:
            os.kill(self._pid, signal.SIGKILL)
            return
        answer = struct.pack("=QqiI", identity, 0, -int(said) if said else 0, 0 if said else 1)
        with suppress(FileNotFoundError):
            fcntl.ioctl(self._handle, _SEND, answer)

    def _call(self, thread: int, name: str, arguments: tuple[int, ...]) -> Call:
        try:
            if name not in _PATH:
                return Call(name, str(Path(f"/proc/{thread}/fd/{arguments[0]}").readlink()))
            with Path(f"/proc/{thread}/mem").open("rb", buffering=0) as memory:
                memory.seek(arguments[_PATH[name][-1]])
                return Call(name, _string(memory))
        except (OSError, ValueError):
            return Call(name, "")


def _string(memory: "object") -> str:
    """A C string; paths may end at the last readable page, so it is read in small steps."""
    found = b""
    while b"\0" not in found and len(found) < 4096:
        found += memory.read(64)  # type: ignore[attr-defined]
    return found.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def supervised(work: Callable[[], None], judge: Judge, names: tuple[str, ...] = STEPS, out: Path | None = None) -> int:
    """Run `work` in a forked process under a judge; returns its exit code (negative: the signal that ended it).

    What stops it is written to `out`: the message of an error made for people (exit code 1), the traceback of any other (70).
    """
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        _work(work, theirs, names, out)
    theirs.close()
    with ours:
        _, handles, _, _ = socket.recv_fds(ours, 1, 1)
    supervisor = Supervisor(handles[0], pid, judge)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    supervisor.join()
    return code


def _work(work: Callable[[], None], supervisor: socket.socket, names: tuple[str, ...], out: Path | None) -> None:
    code, told = 70, ""
    try:
        handle = watched(names)
        socket.send_fds(supervisor, [b"x"], [handle])
        os.close(handle)
        work()
        code = 0
    except InstructoryError as error:
        code, told = 1, str(error)
    except BaseException:
        told = traceback.format_exc()
    finally:
        if out is not None and told:
            out.write_text(told)
        os._exit(code)
