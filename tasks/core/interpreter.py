"""Processes of our own interpreter."""

import os
import subprocess
import sys


def started(module: str, *words: str) -> "subprocess.Popen[bytes]":
    """A process that runs one of our modules, imports from where this one does, and is written to and read from.

    Not a copy of this process (`multiprocessing`), which would run the caller's script again or inherit its locks.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
        [sys.executable, "-P", "-m", module, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    )
