"""Makes a sandbox out of the kernel's namespaces and becomes the worker in it; for machines without bubblewrap, and for root.

Started as a process of its own, with one argument: JSON with `read` (pairs of a path outside and the path inside it is shown at,
read-only), `links` (pairs of a target and a path), `empty` (folders in what is read that are shown empty), `argv` and `env` of the
worker, `program_uid`.
The worker gets user, mount, process, network, IPC, UTS and cgroup namespaces of its own, and a root folder that holds what `read`
names, a few devices, /proc, and nothing else.
"""

import errno
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from tasks.verification.execution.inside import kernel

_ROOT: Final = "/tmp"  # noqa: S108  the mount point of the new root, seen by this process alone
_DEVICES: Final = ("null", "zero", "full", "random", "urandom")
_SPACES: Final = kernel.NEWNS | kernel.NEWPID | kernel.NEWNET | kernel.NEWIPC | kernel.NEWUTS | kernel.NEWCGROUP


def main() -> None:
    """Make the sandbox and wait for the worker in it; SIGTERM ends all that runs there, and then this process."""
    spec = json.loads(sys.argv[1])
    try:
        _own_user_namespace(spec["program_uid"])
        kernel.unshare(_SPACES)
        child = os.fork()
        if child == 0:
            _become_worker(spec)
    except OSError as error:
        sys.stderr.write(f"{error.strerror or error}\n")
        sys.exit(3)
    _wait(child)


def _wait(child: int) -> None:
    def end(_signal: int, _frame: object) -> None:
        os.kill(child, signal.SIGKILL)

    signal.signal(signal.SIGTERM, end)
    for descriptor in (0, 1):
        os.close(descriptor)
    os.closerange(3, 1024)
    os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 0xFF)


def _own_user_namespace(program_uid: int) -> None:
    """Enter a user namespace in which this process may do everything and outside of which it may do nothing.

    Root maps a second user for programs, since the kernel counts no processes of root's. Where the kernel refuses user namespaces,
    root goes on without.
    """
    uid, gid = os.geteuid(), os.getegid()
    ready, go = os.pipe()
    mapper = os.fork() if uid == 0 else None
    if mapper == 0:
        _write_maps(os.getppid(), ready, program_uid)
    try:
        kernel.unshare(kernel.NEWUSER)
    except OSError:
        if uid != 0 or not kernel.capabilities() & 1 << 21:  # CAP_SYS_ADMIN
            raise
        if mapper:
            os.kill(mapper, signal.SIGKILL)
            os.waitpid(mapper, 0)
        return
    if mapper:
        os.write(go, b"1")
        if os.waitstatus_to_exitcode(os.waitpid(mapper, 0)[1]) == 0:
            return
    Path("/proc/self/setgroups").write_text("deny", "ascii")
    Path("/proc/self/gid_map").write_text(f"0 {gid} 1", "ascii")
    Path("/proc/self/uid_map").write_text(f"0 {uid} 1", "ascii")


def _write_maps(process: int, ready: int, program_uid: int) -> None:
    os.read(ready, 1)
    with suppress(OSError):
        for name in ("gid_map", "uid_map"):
            Path(f"/proc/{process}/{name}").write_text(f"0 0 1\n{program_uid} {program_uid} 1\n", "ascii")
        os._exit(0)
    os._exit(1)


def _become_worker(spec: dict[str, Any]) -> None:
    kernel.prctl(kernel.PDEATHSIG, signal.SIGKILL)
    try:
        kernel.mount("", "/", flags=kernel.PRIVATE | kernel.REC)
        opened = [(os.open(source, os.O_PATH), shown) for source, shown in spec["read"]]
        kernel.mount("root", _ROOT, "tmpfs", kernel.NOSUID | kernel.NODEV, "mode=755,size=1m")
        _furnish(spec, opened)
        os.chdir(_ROOT)
        Path("old").mkdir()
        kernel.pivot_root(".", "old")
        os.chdir("/")
        kernel.unmount("/old")
        Path("/old").rmdir()
        kernel.mount("", "/", flags=kernel.REMOUNT | kernel.BIND | kernel.RDONLY | kernel.NOSUID | kernel.NODEV)
        os.execve(spec["argv"][0], spec["argv"], spec["env"])  # noqa: S606  what the host names, without a shell
    except OSError as error:
        sys.stderr.write(f"{error.filename or ''} {error.strerror or error}\n".lstrip())
    os._exit(3)


def _furnish(spec: dict[str, Any], opened: list[tuple[int, str]]) -> None:
    """Fill the new root. What it shows was opened before, since the new root hides what lies under its mount point."""
    for folder in ("dev", "proc", "scratch"):
        _inside(folder).mkdir(parents=True, exist_ok=True)
    for descriptor, shown in opened:
        _show(f"/proc/self/fd/{descriptor}", _inside(shown))
        os.close(descriptor)
    for folder in spec["empty"]:
        flags = kernel.RDONLY | kernel.NOSUID | kernel.NODEV
        kernel.mount("empty", str(_inside(folder)), "tmpfs", flags, "size=4k,mode=755")
    for device in _DEVICES:
        target = _inside(f"dev/{device}")
        target.touch()
        kernel.mount(f"/dev/{device}", str(target), flags=kernel.BIND)
    for points_to, path in spec["links"]:
        _inside(path).parent.mkdir(parents=True, exist_ok=True)
        _inside(path).symlink_to(points_to)
    try:
        kernel.mount("proc", str(_inside("proc")), "proc", kernel.NOSUID | kernel.NODEV | kernel.NOEXEC)
    except OSError as error:
        if error.errno != errno.EPERM:
            raise


def _inside(path: str) -> Path:
    return Path(_ROOT, path.lstrip("/"))


def _show(source: str, target: Path) -> None:
    if Path(source).is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    kernel.bind_read_only(source, str(target))


if __name__ == "__main__":
    main()
