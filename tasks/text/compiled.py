"""numba's compiler, with a place of its own for what it compiled.

Compiled code is kept in a folder only its owner can enter, so that it is compiled once for a machine and not once for a
process. Kernels release the interpreter lock; their callers run them on several stretches of rows at once.
"""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, cast

import numba

_settings, _njit = cast("Any", numba.config), cast("Any", numba.njit)


_TASKS: Final = Path(__file__).parents[1]
_SOURCES: Final = (*sorted(_TASKS.rglob("*kernel*.py")), _TASKS / "filters" / "shingles.py")
"""What is compiled, with the constants in it."""


def fingerprint(sources: Iterable[Path]) -> str:
    """16 digits that change with any of these files. numba looks at a function's own file only, not at those of the functions
    it calls, and would run what was compiled from their earlier text."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:16]


def cache_folder() -> Path | None:
    """Where compiled code is kept: in `instructory/numba` of the user's cache folder, private to its owner; None if there can
    be no such folder, and then every process compiles anew."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    folder = base / "instructory" / "numba" / fingerprint(_SOURCES)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)  # refused where the folder is another's, whose code nobody should run
    except (OSError, RuntimeError):
        return None
    return folder if os.access(folder, os.W_OK | os.X_OK) else None


_FOLDER: Final = cache_folder()


def compiled(**options: bool) -> Any:
    """numba.njit that keeps what it compiles in our folder, and leaves numba's own setting as it was."""

    def decorate(function: Any) -> Any:
        before = _settings.CACHE_DIR
        _settings.CACHE_DIR = str(_FOLDER or "")
        try:
            return _njit(cache=_FOLDER is not None, nogil=True, **options)(function)
        finally:
            _settings.CACHE_DIR = before

    return decorate
