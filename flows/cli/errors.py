"""Errors as a person reads them: an unexpected one becomes one line, and its traceback a file that only its owner can read."""

import os
import tempfile
import traceback
from pathlib import Path
from typing import Final

from tasks.core.errors import InstructoryError
from tasks.core.redaction import masked
from tasks.core.visible import visible
from tasks.store.files import private_folder

FILE_NAME: Final = "instructory-error.log"
LONGEST: Final = 200
"""Characters of an unexpected error's message that are shown; the file has all of it."""

STOPPED: Final = "stopped; what is finished is kept, and the same command goes on from there"


def is_interruption(error: BaseException | None) -> bool:
    """Whether Ctrl-C is behind an error: pressed at an unlucky moment, it makes Prefect stumble over what it had not yet set."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


def message(error: Exception) -> str:
    """The message of an error of ours: no secret, and nothing that would steer a terminal."""
    return visible(masked(str(error)))


def keep_traceback(error: Exception, store: Path | None) -> str:
    """One line about an unexpected error, its traceback kept in the store; in a temporary file where that can't be written."""
    trace = masked("".join(traceback.format_exception(error)))
    path = _keep(trace.encode("utf-8", "backslashreplace"), store)
    return f"unexpected {type(error).__name__}: {' '.join(message(error).split())[:LONGEST]}; details in {path}"


def _keep(trace: bytes, store: Path | None) -> Path:
    try:
        if store is not None:
            path = private_folder(store) / FILE_NAME
            # not through a link: what it points to would be overwritten
            _write(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), trace)
            return path
    except (OSError, InstructoryError):
        pass
    handle, name = tempfile.mkstemp(prefix="instructory-error-", suffix=".log")
    _write(handle, trace)
    return Path(name)


def _write(handle: int, data: bytes) -> None:
    with os.fdopen(handle, "wb") as file:
        os.fchmod(handle, 0o600)
        file.write(data)
