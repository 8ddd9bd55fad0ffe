"""Keeps secrets out of logs, exceptions, journal and answers.

A secret is what the environment holds under a name like OPENAI_API_KEY or PREFECT_API_AUTH_STRING, and the password of any
address it holds. It is masked as it stands and as it travels: in JSON, in an address, in base64 (as HTTP's Basic
authentication sends it). Text written by others is also rid of whatever looks like a key.
"""

import base64
import json
import logging
import os
import re
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote, quote_plus, unquote, urlsplit

from tasks.core.errors import InstructoryError

MASK: Final = "[secret]"
SHORTEST: Final = 8
"""Characters from which a value is taken for a secret; masking shorter ones would take words out of texts."""
CUT_OFF: Final = 8
"""Of a secret that a text breaks off in, so many characters are masked too."""

_SECRET_NAME: Final = re.compile(
    r"(?:API_?KEY|ACCESS_?KEY|SECRET|TOKEN|PASSWORD|PASSWD|AUTH_STRING|CREDENTIALS)(?:_|$)", re.IGNORECASE
)
_IN_ADDRESS: Final = re.compile(r"(?<=://)[^/\s@\"']+(?=@)")
"""User and password of an address."""
_LOOKS_SECRET: Final = re.compile(
    r"\b(?:sk|pk|rk)-[\w*.…-]{6,}|(?<=[Bb]earer )[\w.~+/*-]{6,}=*|(?<=[Bb]asic )[\w+/-]{8,}=*"
)
"""Keys as vendors print them back, also shortened with stars; bearer tokens; HTTP's Basic authentication."""


class Redactor:
    """Masks the secrets it was given wherever they stand, and whatever looks like a key in text written by others."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = tuple(sorted({secret for secret in secrets if len(secret) >= SHORTEST}))
        self._pattern = _pattern(self._secrets)

    def exact(self, text: str) -> str:
        """`text` without the secrets given, nor the beginning of one where it breaks off."""
        if self._pattern is None:
            return text
        text = self._pattern.sub(MASK, text)
        for secret in self._secrets:
            for length in range(len(secret) - 1, CUT_OFF - 1, -1):
                if text.endswith(secret[:length]):
                    return text[:-length] + MASK
        return text

    def text(self, text: str) -> str:
        """`text` without them and without anything that looks like a key or a password."""
        return _IN_ADDRESS.sub(MASK, _LOOKS_SECRET.sub(MASK, self.exact(text)))

    def error(self, text: str) -> str:
        """The same, in one line."""
        return self.text(" ".join(text.split()))


def environment_secrets() -> dict[str, str]:
    """Every secret of the environment: value → the name of its variable."""
    found: dict[str, str] = {}
    for name, value in os.environ.items():
        if _SECRET_NAME.search(name) and not value.startswith(("/", "~")):  # a file that holds one
            found |= {value.strip(): name, value.partition(":")[2].strip(): name}
        if "://" in value and (given := _IN_ADDRESS.search(value)):
            password = given[0].partition(":")[2]
            found |= {given[0]: name, password: name, unquote(password): name}
    return {value: name for value, name in found.items() if len(value) >= SHORTEST}


def masked(text: str) -> str:
    """`text` without the environment's secrets, and without anything that looks like a key or a password."""
    return Redactor(environment_secrets()).text(text)


def holds_secret(text: str | bytes) -> str | None:
    """The variable of the environment whose secret stands in `text`; None if none does."""
    for value, name in environment_secrets().items():
        if (value in text) if isinstance(text, str) else (value.encode("utf-8", "surrogateescape") in text):
            return name
    return None


def has_credentials(url: str) -> bool:
    """Whether an address names a user, a password, or a key in its query."""
    return bool(_IN_ADDRESS.search(url)) or bool(
        re.search(r"[?&][\w-]*(?:key|token|secret|password|signature)=", url, re.IGNORECASE)
    )


def plain_address(url: str) -> str:
    """Scheme, host, port and path of an address: no user, password or query."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}{parts.path.rstrip('/')}" if host else ""


def redact_logs() -> None:
    """From now on no log record of this process holds a secret, whoever writes it and wherever it goes.

    Done where records are made: a filter on the root logger would miss every logger that has handlers of its own.
    """
    make = logging.getLogRecordFactory()
    if getattr(make, "redacts", False):
        return

    def record(*arguments: Any, **named: Any) -> logging.LogRecord:
        return _redacted(make(*arguments, **named))

    record.redacts = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(record)


@contextmanager
def without_secrets() -> Iterator[None]:
    """Exceptions that leave the block hold no secret: their texts become Prefect's states, logs and records."""
    try:
        yield
    except Exception as error:
        redactor = Redactor(environment_secrets())
        cleansed = [_cleansed(one, redactor) for one in _chain(error)]
        if all(cleansed):
            raise
        raise InstructoryError(redactor.error(f"{type(error).__name__}: {error}")) from None


def _redacted(record: logging.LogRecord) -> logging.LogRecord:
    try:
        said = record.getMessage()
    except (TypeError, ValueError, KeyError):  # logging itself tells of arguments that do not fit
        return record
    redactor = Redactor(environment_secrets())
    if (clean := redactor.text(said)) != said:
        record.msg, record.args = clean, None
    if record.exc_info and record.exc_info[0]:
        told = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
        if (clean := redactor.text(told)) != told:
            record.exc_info, record.exc_text = None, clean
    return record


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception, and those it was raised from or groups."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__, *getattr(one, "exceptions", ())]


def _cleansed(error: BaseException, redactor: Redactor) -> bool:
    """Takes secrets out of an exception's arguments and attributes; False if its text still holds one."""
    if redactor.text(f"{error!s}{error.args!r}") == f"{error!s}{error.args!r}" and not hasattr(error, "__notes__"):
        return True
    error.args = tuple(redactor.text(part) if isinstance(part, str) else part for part in error.args)
    own = {"strerror": error.strerror, "filename": error.filename} if isinstance(error, OSError) else {}
    for name, value in (vars(error) | own).items():
        if isinstance(value, str):
            setattr(error, name, redactor.text(value))
        elif name == "__notes__":
            error.__notes__ = [redactor.text(str(note)) for note in value]
    return redactor.text(str(error)) == str(error)


@lru_cache(maxsize=16)
def _pattern(secrets: tuple[str, ...]) -> re.Pattern[str] | None:
    forms = {form for secret in secrets for form in _forms(secret)}
    return re.compile("|".join(map(re.escape, sorted(forms, key=lambda form: (-len(form), form))))) if forms else None


def _forms(secret: str) -> Iterator[str]:
    """A secret as it stands, in JSON, in an address, and inside base64, where its three neighbourhoods look different."""
    yield from (secret, json.dumps(secret)[1:-1], quote(secret, safe=""), quote(secret), quote_plus(secret))
    data = secret.encode("utf-8", "surrogateescape")
    for before, from_here in ((0, 0), (1, 2), (2, 3)):
        encoded = base64.b64encode(bytes(before) + data).decode()[from_here : (before + len(data)) * 8 // 6]
        yield from (encoded, encoded.translate(str.maketrans("+/", "-_")))
