"""numba's compiler, with a cache folder of its own.

Compiled code is kept in a folder that only its owner can enter, so it is compiled once per machine instead of once per process.
Kernels release the interpreter lock; their callers run them on several ranges of rows at once.
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
"""The files whose code, or constants, are compiled."""


def fingerprint(sources: Iterable[Path]) -> str:
    """16 digits that change with any of these files.

    numba looks only at a function's own file, not at those of functions it calls, and would run code compiled from their old text.
    """
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:16]


def cache_folder() -> Path | None:
    """The folder for compiled code: below `instructory/numba` in the user's cache folder, private to its owner.

    None if there can be no such folder; then every process compiles anew.
    """
    base = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    folder = base / "instructory" / "numba" / fingerprint(_SOURCES)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)  # fails if the folder belongs to another user, whose code must not be run
    except (OSError, RuntimeError):
        return None
    return folder if os.access(folder, os.W_OK | os.X_OK) else None


_FOLDER: Final = cache_folder()


def compiled(**options: bool) -> Any:
    """numba.njit with our cache folder; numba's own setting is restored afterwards."""

    def decorate(function: Any) -> Any:
        before = _settings.CACHE_DIR
        _settings.CACHE_DIR = str(_FOLDER or "")
        try:
            return _njit(cache=_FOLDER is not None, nogil=True, **options)(function)
        finally:
            _settings.CACHE_DIR = before

    return decorate
