"""Tries each wall and each limit of the sandbox on this machine, with a program that goes against it."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from tasks.verification.execution import languages, sandbox
from tasks.verification.execution.sandbox import Run

_NETWORK: Final = """
import socket
for address in (('127.0.0.1', 22), ('192.0.2.1', 80)):
    try:
        socket.create_connection(address, 1)
    except PermissionError:
        continue
    except OSError:
        pass
    print(address)
"""
_FILES: Final = """
import os
for path in ('/etc/passwd', '/home', '/var', os.path.expanduser('~/.ssh'), '/proc/1/environ', '/proc/1/root/etc'):
    try:
        os.listdir(path) if os.path.isdir(path) else open(path).read()
        print(path)
    except OSError:
        pass
for folder in ('/', '/usr', '/etc', '/dev', '/root'):
    try:
        open(folder + '/written', 'w')
        print(folder)
    except OSError:
        pass
"""
_RIGHTS: Final = """
import ctypes
libc = ctypes.CDLL(None)
print([name for name, did in (
    ('trace', libc.ptrace(16, 1, 0, 0)), ('namespaces', libc.unshare(0x10000000)), ('mount', libc.mount(0, b'/', 0, 32, 0)),
) if did == 0] or '')
"""
_DAEMON: Final = """
import os, time
if os.fork() == 0:
    os.setsid()
    open('/proc/self/comm', 'w').write('sandbox-daemon')
    time.sleep(60)
time.sleep(0.2)
print('begun')
"""


class Proof(NamedTuple):
    """What became of one attempt."""

    limit: str
    held: bool
    what: str
    """What was seen where it did not hold."""


def _lives(name: str) -> bool:
    """Whether a process of this name runs on this machine."""
    for file in Path("/proc").glob("[0-9]*/comm"):
        with suppress(OSError):
            if file.read_text("utf-8", "replace").strip() == name:
                return True
    return False


_silent: Final[Callable[[Run], bool]] = lambda run: not run.stdout.strip() and run.exit_code == 0  # noqa: E731
_ATTEMPTS: Final[tuple[tuple[str, str, Callable[[Run], bool]], ...]] = (
    ("time", "while True: pass", lambda run: run.killed_by == "time"),
    ("memory", "bytearray(10 << 30)", lambda run: run.killed_by == "memory"),
    ("shared memory", "import mmap, time\nmmap.mmap(-1, 300 << 20).write(b'a' * (300 << 20))\ntime.sleep(9)",
     lambda run: run.killed_by == "memory"),
    ("processes", "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass", lambda run: run.killed_by == "processes"),
    ("output", "while True: print('x' * 1000)", lambda run: run.killed_by == "output"),
    ("disk", "f = open('x', 'wb')\nwhile True: f.write(b'x' * 2**20)", lambda run: "No space left" in run.stderr),
    ("files", _FILES, _silent),
    ("network", _NETWORK, _silent),
    ("rights", _RIGHTS, _silent),
    ("daemons", _DAEMON, lambda run: run.stdout == "begun\n" and not _lives("sandbox-daemon")),
    ("what ran before", "import os; print(*(set(os.listdir('.')) - {'program.py'}))", _silent),
)  # fmt: skip


def prove() -> list[Proof]:
    """One attempt against each limit, some seconds in all. Raises NoSandbox where there is no sandbox to try."""
    proofs = []
    for limit, code, holds in _ATTEMPTS:
        run = sandbox.run(code, seconds=2 if limit == "time" else 10, memory_mb=256)
        seen = run.stdout.strip()[:80] or run.stderr.strip().rpartition("\n")[2][:80] or f"ended by {run.killed_by}"
        proofs.append(Proof(limit, holds(run), seen))
    return proofs


def summary() -> str:
    """A line for `instructory doctor`: how programs are shut in, what was tried and held, and which languages run."""
    method = sandbox.POOL.method()
    proofs = prove()
    weak = [f"{proof.limit} ({proof.what})" for proof in proofs if not proof.held]
    held = ", ".join(proof.limit for proof in proofs if proof.held)
    here = [one.name for one in languages.LANGUAGES if sandbox.available(one.name)]
    missing = [f"{one.name} ({one.remedy})" for one in languages.LANGUAGES if one.name not in here]
    words = [f"by {method}; tried and held: {held}"]
    if weak:
        words.append(f"WEAKER HERE, do not run strangers' programs: {', '.join(weak)}")
    words.append(f"runs {', '.join(here)}")
    if missing:
        words.append(f"not available: {', '.join(missing)}")
    return "; ".join(words)
