"""The seccomp filter of a program: system calls that reach past its own processes and files fail.

The list follows the default profile of Docker (what it allows only with capabilities, programs here may not call at all), plus
sockets of the network, and what would outlive a program or is memory that no limit counts (System V IPC, message queues).
"""

import ctypes
import errno
import os
from typing import Final

from tasks.verification.execution.inside import kernel

NAMESPACES: Final = (
    kernel.NEWNS | kernel.NEWCGROUP | kernel.NEWUTS | kernel.NEWIPC | kernel.NEWUSER | kernel.NEWPID | kernel.NEWNET
)

_COMMON: Final = {
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "open_tree": 428, "move_mount": 429,
    "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433, "clone3": 435, "pidfd_getfd": 438,
    "process_madvise": 440, "mount_setattr": 442, "quotactl_fd": 443, "memfd_secret": 447,
}  # fmt: skip
"""Numbers that all machines share: those since Linux 5.1."""
_NUMBERS: Final = {
    "x86_64": {
        "shmget": 29, "shmat": 30, "shmctl": 31, "socket": 41, "clone": 56, "semget": 64, "msgget": 68, "ptrace": 101,
        "syslog": 103,
        "personality": 135, "vhangup": 153, "modify_ldt": 154, "pivot_root": 155, "adjtimex": 159, "chroot": 161,
        "acct": 163, "settimeofday": 164, "mount": 165, "umount2": 166, "swapon": 167, "swapoff": 168, "reboot": 169,
        "sethostname": 170, "setdomainname": 171, "iopl": 172, "ioperm": 173, "init_module": 175, "delete_module": 176,
        "quotactl": 179, "lookup_dcookie": 212, "clock_settime": 227, "mq_open": 240, "kexec_load": 246,
        "add_key": 248, "request_key": 249, "keyctl": 250, "migrate_pages": 256, "unshare": 272, "move_pages": 279,
        "perf_event_open": 298, "fanotify_init": 300, "name_to_handle_at": 303, "open_by_handle_at": 304,
        "clock_adjtime": 305, "setns": 308, "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312,
        "finit_module": 313, "memfd_create": 319, "kexec_file_load": 320, "bpf": 321, "userfaultfd": 323,
    },
    "aarch64": {
        "lookup_dcookie": 18, "umount2": 39, "mount": 40, "pivot_root": 41, "chroot": 51, "vhangup": 58,
        "quotactl": 60, "acct": 89, "personality": 92, "unshare": 97, "kexec_load": 104, "init_module": 105,
        "delete_module": 106, "clock_settime": 112, "syslog": 116, "ptrace": 117, "reboot": 142, "sethostname": 161,
        "setdomainname": 162, "settimeofday": 170, "adjtimex": 171, "mq_open": 180, "msgget": 186, "semget": 190, "shmget": 194,
        "shmctl": 195, "shmat": 196, "socket": 198, "add_key": 217, "request_key": 218, "keyctl": 219, "clone": 220,
        "swapon": 224, "swapoff": 225, "migrate_pages": 238, "move_pages": 239, "perf_event_open": 241,
        "fanotify_init": 262, "name_to_handle_at": 264, "open_by_handle_at": 265, "clock_adjtime": 266, "setns": 268,
        "process_vm_readv": 270, "process_vm_writev": 271, "kcmp": 272, "finit_module": 273, "memfd_create": 279,
        "bpf": 280, "userfaultfd": 282, "kexec_file_load": 294,
    },
}  # fmt: skip
_ABSENT: Final = {"clone3", "memfd_create", "memfd_secret", "io_uring_setup", "io_uring_enter", "io_uring_register"}
"""Programs fall back to something else where the kernel seems not to have these."""
_AUDIT: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_ALLOW: Final = 0x7FFF0000
_ERRNO: Final = 0x00050000
_KILL: Final = 0x80000000
_LOAD, _EQUAL, _ANY, _AT_LEAST, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_UNIX: Final = 1

Code = tuple[int, int, int, int]


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_ushort),
        ("if_true", ctypes.c_ubyte),
        ("if_false", ctypes.c_ubyte),
        ("operand", ctypes.c_uint),
    )


class _FilterProgram(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(_Instruction)))


def known() -> bool:
    """Whether the numbers of this machine's system calls are known."""
    return os.uname().machine in _NUMBERS


def _program() -> list[Code]:
    """Wrong machine: killed. x32 numbers, and what is listed: an error. New namespaces and sockets of the network: an error."""
    machine = os.uname().machine
    numbers = {**_COMMON, **_NUMBERS[machine]}
    refuse, absent = (_RETURN, 0, 0, _ERRNO | errno.EPERM), (_RETURN, 0, 0, _ERRNO | errno.ENOSYS)
    code: list[Code] = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, _AUDIT[machine]), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, 0)]
    code += [(_AT_LEAST, 0, 1, 0x40000000), absent]
    for name, number in sorted(numbers.items()):
        if name not in {"socket", "clone"}:
            code += [(_EQUAL, 0, 1, number), absent if name in _ABSENT else refuse]
    code += [(_EQUAL, 0, 4, numbers["clone"]), (_LOAD, 0, 0, 16), (_ANY, 0, 1, NAMESPACES), refuse]
    code += [(_RETURN, 0, 0, _ALLOW)]
    code += [(_EQUAL, 0, 3, numbers["socket"]), (_LOAD, 0, 0, 16), (_EQUAL, 1, 0, _UNIX), refuse]
    code += [(_RETURN, 0, 0, _ALLOW)]
    return code


_code: Final = [_Instruction(*one) for one in _program()] if known() else []
_filter: Final = _FilterProgram(len(_code), (_Instruction * len(_code))(*_code))


def restrict() -> None:
    """Put the filter on this process and all that it will start. Raises OSError where the kernel has no seccomp."""
    kernel.prctl(kernel.NO_NEW_PRIVS, 1)
    kernel.prctl(22, 2, ctypes.addressof(_filter))  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
