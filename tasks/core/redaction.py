"""Keeps secrets out of logs, exceptions, journal and answers.

A secret is the value of an environment variable with a name like OPENAI_API_KEY, GITHUB_PAT or SENTRY_DSN, and the password in any
address that the environment holds; not the path of a file, which names like …_FILE and …_PATH say, or the file that is there. It is
masked in every form in which it is sent or sent back: as it is, in JSON, in an address, in base64 (HTTP's Basic authentication), in
hexadecimal digits, backwards, and in other cases. In texts of others, whatever looks like a key is masked too.
"""

import base64
import json
import logging
import os
import re
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, quote_plus, unquote, urlsplit

from tasks.core.errors import InstructoryError
from tasks.core.visible import visible

MASK: Final = "[secret]"
SHORTEST: Final = 8
"""Characters that a value must have to count as a secret; masking shorter ones would take ordinary words out of texts."""
CUT_OFF: Final = 8
"""Where a text ends within a secret, so many of its first characters are enough to be masked."""

_SECRET_NAME: Final = re.compile(
    r"(?:API_?KEYS?|(?:ACCESS|ACCOUNT|PRIVATE|SHARED|AI)_?KEY|SECRETS?|TOKENS?|PASSWORDS?|PASSWD|PASSPHRASE|SSHPASS|AUTH_STRING"
    r"|CREDENTIALS?|WEBHOOK(?:_URL)?|COOKIES?)\d*(?:[_-]|$)"
    r"|(?:^|[_-])(?:KEYS?|PASS|PAT|DSN|AUTH|AUTHORIZATION|BEARER|CREDS?|JWT|HMAC|SK|SAS)\d*(?:[_-]|$)|_PWD\d*$",
    re.IGNORECASE,
)
_PATH_NAME: Final = re.compile(r"_(?:FILE|PATH|DIR|FOLDER|HOME|SOCK)$|^GOOGLE_APPLICATION_CREDENTIALS$", re.IGNORECASE)
"""Variables that say where a secret lies."""
_PRINTED: Final = re.compile(
    r"[?&;#](?:[\w-]*(?:key|token|secret|passw(?:or)?d|signature)|sig|code|pat|auth|pwd|jwt|hmac)=([^&;\s\"'<>]+)",
    re.IGNORECASE,
)
"""The value of a parameter of an address or a connection string that is a key by its name: `sig` of Azure, `code` of OAuth,
X-Amz-Signature, AccountKey."""
_IN_ADDRESS: Final = re.compile(r"(?<=://)[^/\s@\"']+(?=@)")
"""User and password of an address."""
_LOOKS_SECRET: Final = re.compile(
    r"\b(?:sk|pk|rk)-[\w*.…-]{6,}|(?<=[Bb]earer )[\w.~+/*-]{6,}=*|(?<=[Bb]asic )[\w+/-]{8,}=*"
)
"""Keys as vendors print them back, also shortened with stars; bearer tokens; HTTP's Basic authentication."""


class Redactor:
    """Masks the secrets that it was given, and in texts of others whatever looks like a key."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = tuple(sorted({secret for secret in secrets if len(secret) >= SHORTEST}))
        self._pattern = _pattern(self._secrets)

    def exact(self, text: str) -> str:
        """`text` with the given secrets masked, also the beginning of one at which the text ends."""
        if self._pattern is None:
            return text
        text = self._pattern.sub(MASK, text)
        for secret in self._secrets:
            for length in range(len(secret) - 1, CUT_OFF - 1, -1):
                if text.endswith(secret[:length]):
                    return text[:-length] + MASK
        return text

    def text(self, text: str) -> str:
        """`text` with the given secrets masked, and anything that looks like a key or a password."""
        looks = _IN_ADDRESS.sub(MASK, _LOOKS_SECRET.sub(MASK, self.exact(text)))
        return _PRINTED.sub(lambda found: found[0].removesuffix(found[1]) + MASK, looks)

    def error(self, text: str) -> str:
        """`text` in one line, masked as `text()` does."""
        return self.text(" ".join(text.split()))


def environment_secrets() -> dict[str, str]:
    """Every secret of the environment: value → the name of its variable, or of one of them."""
    return {secret: name for name, value in os.environ.items() for secret in _secrets_of(name, value)}


def secret_variables() -> set[str]:
    """The names of the environment's variables that hold a secret, however short."""
    return {name for name, value in os.environ.items() if value and list(_secrets_of(name, value, shortest=1))}


def _secrets_of(name: str, value: str, shortest: int = SHORTEST) -> Iterator[str]:
    """What in the value of a variable is a secret: all of it, its password, or both."""
    found = set()
    if _SECRET_NAME.search(name) and not _is_path(name, value):
        found |= {value.strip(), value.partition(":")[2].strip()}
    if "://" in value and (given := _IN_ADDRESS.search(value)):
        password = given[0].partition(":")[2]
        found |= {given[0], password, unquote(password)}
    for key in _PRINTED.findall(value):
        found |= {key, unquote(key)}
    yield from sorted(secret for secret in found if len(secret) >= shortest)


def _is_path(name: str, value: str) -> bool:
    """Whether a variable names a file, by its name or because the file is there: some keys begin with a slash."""
    if _PATH_NAME.search(name):
        return True
    with suppress(OSError, ValueError, RuntimeError):
        return value.startswith(("/", "~")) and Path(value).expanduser().exists()
    return False


def masked(text: str) -> str:
    """`text` with the environment's secrets masked, and anything that looks like a key or a password."""
    return Redactor(environment_secrets()).text(text)


def holds_secret(text: str | bytes) -> str | None:
    """The name of the environment variable whose secret is in `text`, in whatever form; None if there is none."""
    words = text if isinstance(text, str) else text.decode("utf-8", "surrogateescape")
    secrets = environment_secrets()
    if (pattern := _pattern(tuple(sorted(secrets)))) is None or not (found := pattern.search(words)):
        return None
    return next(name for secret, name in secrets.items() if (one := _pattern((secret,))) and one.search(found[0]))


def has_credentials(url: str) -> bool:
    """Whether an address names a user, a password, or a key in its query."""
    return bool(_IN_ADDRESS.search(url) or _PRINTED.search(url))


def plain_address(url: str) -> str:
    """Scheme, host, port and path of an address: no user, password or query."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}{parts.path.rstrip('/')}" if host else ""


def redact_logs() -> None:
    """Mask secrets in every log record of this process from now on, and write hidden characters by their names: what names a file
    may hold signs that a terminal obeys.

    Records are masked when they are created: a filter on the root logger would miss loggers that have handlers of their own.
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
    """Mask secrets in exceptions that leave the block: their texts become Prefect's states, logs and records."""
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
        message = record.getMessage()
    except (TypeError, ValueError, KeyError):  # logging itself reports arguments that do not fit
        return record
    redactor = Redactor(environment_secrets())
    if (clean := visible(redactor.text(message))) != message:
        record.msg, record.args = clean, None
    if record.exc_info and record.exc_info[0]:
        trace = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
        if (clean := visible(redactor.text(trace))) != trace:
            record.exc_info, record.exc_text = None, clean
    return record


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception, those it was raised from, and those in its group."""
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
    """Mask secrets and hidden characters in an exception's arguments and attributes; False if its text still holds one."""

    def clean(text: str) -> str:
        return visible(redactor.text(text))

    if clean(f"{error!s}{error.args!r}") == f"{error!s}{error.args!r}" and not hasattr(error, "__notes__"):
        return True
    error.args = tuple(clean(part) if isinstance(part, str) else part for part in error.args)
    own = {"strerror": error.strerror, "filename": error.filename} if isinstance(error, OSError) else {}
    for name, value in (vars(error) | own).items():
        if isinstance(value, str):
            setattr(error, name, clean(value))
        elif name == "__notes__":
            error.__notes__ = [clean(str(note)) for note in value]
    return clean(str(error)) == str(error)


@lru_cache(maxsize=16)
def _pattern(secrets: tuple[str, ...]) -> re.Pattern[str] | None:
    forms = {form for secret in secrets for form in _forms(secret)}
    longest_first = sorted(forms, key=lambda form: (-len(form), form))
    return re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE) if forms else None


def _forms(secret: str) -> Iterator[str]:
    """A secret as it is, backwards, in JSON, in an address, in hexadecimal digits, and in base64, where it looks different at each
    of three offsets."""
    yield from (
        secret,
        secret[::-1],
        json.dumps(secret)[1:-1],
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
    )
    data = secret.encode("utf-8", "surrogateescape")
    yield data.hex()
    for before, from_here in ((0, 0), (1, 2), (2, 3)):
        encoded = base64.b64encode(bytes(before) + data).decode()[from_here : (before + len(data)) * 8 // 6]
        yield from (encoded, encoded.translate(str.maketrans("+/", "-_")))
