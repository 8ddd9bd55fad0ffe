"""Commands of ours that serve, as processes of their own."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.cli.commands import COMMAND, HOUSE


@contextmanager
def listening(port: int, *arguments: str, **surroundings: str) -> Iterator["subprocess.Popen[bytes]"]:
    """`instructory ARGUMENTS`, once it listens at a port; ended with the block."""
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        env={**os.environ, "PYTHONPATH": str(HOUSE), **surroundings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        for _ in range(1200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, process.stderr and process.stderr.read()
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait(15)
        if process.stderr:
            process.stderr.close()
