"""How a worker is shut in: by bubblewrap where that is installed, else by namespaces that this package makes itself."""

import json
import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tasks.verification.execution import languages
from tasks.verification.execution.inside import program

PROGRAM_UID: Final = 65534
"""The user that programs are where root runs the build: "nobody"."""
_INSIDE: Final = Path(__file__).parent / "inside"
_SHOWN: Final = "/sandbox/tasks/verification/execution/inside"
_START: Final = (
    "import sys; sys.path.insert(0, {root!r}); from tasks.verification.execution.inside import {module}; "
    "sys.path.pop(0); {module}.main()"
)
_OPTIONS: Final = ("-s", "-S", "-P", "-X", "utf8", "-c")


@dataclass(frozen=True)
class Jail:
    """What a worker sees of this machine."""

    read: tuple[str, ...] = ()
    """Paths, shown read-only where they are."""
    empty: tuple[str, ...] = ()
    """Folders in them that are shown empty."""
    environment: dict[str, str] = field(default_factory=dict)


def jail_for(read: Iterable[str], whole_system: bool) -> Jail:
    """A jail with the interpreter, the system's libraries (with `whole_system` its tools too), and `read`."""
    shown = (*languages.interpreter()[1], *(languages.system() if whole_system else languages.libraries()), *read)
    packages = tuple(str(folder) for path in shown for folder in Path(path).glob("*-packages") if folder.is_dir())
    return Jail(_without_nested(shown), packages, program.ENVIRONMENT)


def _without_nested(paths: Iterable[str]) -> tuple[str, ...]:
    """Each once; none that another one already shows."""
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not any(Path(path).is_relative_to(one) for one in kept):
            kept.append(path)
    return tuple(kept)


def _shows_below(jail: Jail, folder: str) -> bool:
    """Whether a package that is shown lies in it: it is then a folder, and no link to the scratch folder."""
    return any(Path(path).is_relative_to(folder) for path in jail.read)


def methods() -> list[str]:
    """The ways that may work here, the one to try first in front.

    For root, bubblewrap is left out: it cannot give programs a user of their own, and the kernel counts no processes of root's.
    """
    return ["bubblewrap", "namespaces"] if shutil.which("bwrap") and os.geteuid() != 0 else ["namespaces"]


def command(method: str, jail: Jail, socket: int) -> list[str]:
    """The command that starts a worker which serves `socket`."""
    python = languages.interpreter()[0]
    uid = PROGRAM_UID if method == "namespaces" and os.geteuid() == 0 else 0
    worker = [python, *_OPTIONS, _START.format(root="/sandbox", module="worker"), str(socket), str(uid)]
    read = [*((path, path) for path in jail.read), (str(_INSIDE), _SHOWN)]
    links = [(program.SCRATCH, path) for path in ("/tmp", "/dev/shm") if not _shows_below(jail, path)]  # noqa: S108  inside
    links += languages.links()
    if method == "bubblewrap":
        return _bubblewrap(read, links, jail, worker)
    spec = {
        "read": read, "links": links, "empty": jail.empty, "argv": worker, "env": jail.environment,
        "program_uid": PROGRAM_UID,
    }  # fmt: skip
    root = str(Path(__file__).parents[3])
    return [python, *_OPTIONS, _START.format(root=root, module="launch"), json.dumps(spec)]


def _bubblewrap(read: list[tuple[str, str]], links: list[tuple[str, str]], jail: Jail, worker: list[str]) -> list[str]:
    words = [shutil.which("bwrap") or "bwrap", "--unshare-all", "--unshare-user"]
    words += ["--uid", "0", "--gid", "0", "--cap-add", "ALL"]
    words += ["--die-with-parent", "--new-session", "--clearenv", "--hostname", "sandbox"]
    for name, value in jail.environment.items():
        words += ["--setenv", name, value]
    for source, shown in read:
        words += ["--ro-bind", source, shown]
    for folder in jail.empty:
        words += ["--tmpfs", folder, "--remount-ro", folder]
    words += ["--proc", "/proc", "--dir", "/scratch", "--dir", "/dev"]
    for device in ("null", "zero", "full", "random", "urandom"):
        words += ["--dev-bind", f"/dev/{device}", f"/dev/{device}"]
    for target, path in links:
        words += ["--symlink", target, path]
    return [*words, "--remount-ro", "/", "--chdir", "/", "--", *worker]


def supported() -> bool:
    """Whether this is a system that any of the ways exists for."""
    from tasks.verification.execution.inside import syscalls

    return sys.platform == "linux" and syscalls.known()
