"""System calls that Python 3.11 has no function for, through the C library."""

import ctypes
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

NEWNS: Final = 0x00020000
NEWCGROUP: Final = 0x02000000
NEWUTS: Final = 0x04000000
NEWIPC: Final = 0x08000000
NEWUSER: Final = 0x10000000
NEWPID: Final = 0x20000000
NEWNET: Final = 0x40000000

RDONLY: Final = 1
NOSUID: Final = 2
NODEV: Final = 4
NOEXEC: Final = 8
REMOUNT: Final = 32
BIND: Final = 4096
REC: Final = 16384
PRIVATE: Final = 1 << 18
DETACH: Final = 2

PDEATHSIG: Final = 1
DUMPABLE: Final = 4
NO_NEW_PRIVS: Final = 38
_CAPBSET_DROP: Final = 24
_CAP_AMBIENT: Final = 47
_SECUREBITS: Final = 28
_PIVOT_ROOT: Final = {"x86_64": 155, "aarch64": 41}

_libc: Final = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def unshare(flags: int) -> None:
    """Move this process into namespaces of its own. Raises OSError where the machine does not let it."""
    _checked(_libc.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    """mount(2). Raises OSError."""
    arguments = (source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode())
    _checked(_libc.mount(*arguments), f"mount {target}")


def unmount(target: str) -> None:
    """Take a mount away, also while it is in use. Raises OSError."""
    _checked(_libc.umount2(target.encode(), DETACH), f"umount {target}")


def bind_read_only(source: str, target: str) -> None:
    """Show `source` (with what is mounted under it) at `target`, not writable. Raises OSError."""
    mount(source, target, flags=BIND | REC)
    inherited = os.statvfs(target).f_flag & (NOSUID | NODEV | NOEXEC | 1024 | 2048 | 4096)
    atime = {1024: 1024, 2048: 2048, 4096: 1 << 21}  # ST_NOATIME, ST_NODIRATIME, ST_RELATIME as mount flags
    kept = inherited & (NOSUID | NODEV | NOEXEC) | sum(flag for bit, flag in atime.items() if inherited & bit)
    mount("", target, flags=REMOUNT | BIND | RDONLY | NOSUID | kept)


def pivot_root(new: str, old: str) -> None:
    """Make `new` the root; the old one is at `old`. Raises OSError."""
    number = _PIVOT_ROOT[os.uname().machine]
    _checked(_libc.syscall(ctypes.c_long(number), new.encode(), old.encode()), "pivot_root")


def prctl(option: int, value: int, third: int = 0) -> None:
    """prctl(2). Raises OSError."""
    arguments = [ctypes.c_ulong(one) for one in (value, third, 0, 0)]
    _checked(_libc.prctl(option, *arguments), "prctl")


def bound_capabilities() -> None:
    """Whatever this process becomes can gain no capability. Needs those of root: to be called before another user is taken on."""
    for capability in range(64):
        with suppress(OSError):
            prctl(_CAPBSET_DROP, capability)
    with suppress(OSError):
        prctl(_CAP_AMBIENT, 4)
    with suppress(OSError):
        prctl(_SECUREBITS, 0x2F)  # root is nobody special, and that is locked


def drop_capabilities() -> None:
    """Give up the capabilities that this process has."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    _checked(_libc.capset(header, (ctypes.c_uint32 * 6)()), "capset")


def capabilities() -> int:
    """The effective capabilities of this process, as bits."""
    for line in Path("/proc/self/status").read_text("ascii", "replace").splitlines():
        if line.startswith("CapEff:"):
            return int(line.split()[1], 16)
    return 0
