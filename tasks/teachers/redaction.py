"""Keeps secrets out of errors, journal and answers."""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

MASK: Final = "[secret]"

_LOOKS_SECRET: Final = re.compile(r"\b(?:sk|pk|rk)-[\w*.…-]{6,}|(?<=[Bb]earer )[\w.~+/*-]{6,}=*")
"""Keys as vendors print them back, also shortened with stars; bearer tokens."""


class Redactor:
    """Masks the secrets it was given wherever they stand, and whatever looks like a key in text written by others."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = [secret for secret in secrets if len(secret) >= 8]

    def exact(self, text: str) -> str:
        """`text` without the secrets given."""
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, MASK)
        return text

    def error(self, text: str) -> str:
        """`text` without them and without anything that looks like a key, in one line."""
        return _LOOKS_SECRET.sub(MASK, self.exact(" ".join(text.split())))


def plain_address(url: str) -> str:
    """Scheme, host, port and path of an address: no user, password or query."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}{parts.path.rstrip('/')}" if host else ""
