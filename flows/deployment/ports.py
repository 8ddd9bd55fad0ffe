"""Ports of loopback: one that is free, and whether one is taken."""

import random
import socket
from typing import Final

_LISTENING: Final = range(20_000, 32_768)
"""Below Linux's ports of outgoing connections (32768 to 60999): one of those can take a port between its choice and its use."""


def free_port() -> int:
    """A port on loopback, drawn at random, that nobody listens on."""
    return next(port for port in random.SystemRandom().sample(_LISTENING, len(_LISTENING)) if not is_taken(port))


def is_taken(port: int) -> bool:
    """Whether somebody listens on a port of loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
