"""What the vendors' protocols share: how exceptions and error statuses become faults, and Retry-After."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from tasks.core.redaction import plain_address
from tasks.teachers.provider import SEEN_CHARACTERS, Fault, sendable

MESSAGE_CHARACTERS: Final = 1000
"""So much of what a server says about an error is kept."""

QUOTA: Final = ("insufficient_quota", "billing_hard_limit_reached", "billing_error", "credit balance")
"""Codes and words in errors that mean an empty account; waiting would not help."""

AWAY: Final = frozenset({502, 503, 504, 520, 521, 522, 523, 524, 529})
"""Statuses of a proxy or an overloaded vendor: no request is being answered."""


def is_loopback(base_url: str) -> bool:
    """Whether an address is this machine: no key is needed and no proxy used."""
    host = urlsplit(base_url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@asynccontextmanager
async def translated(timeout: float) -> AsyncIterator[None]:
    """Turn exceptions of the SDKs and of the connection into Faults; the block must end within `timeout` seconds."""
    import httpx2

    try:
        async with asyncio.timeout(timeout):
            yield
    except TimeoutError:
        raise Fault("trouble", f"timeout: no complete answer within {timeout:g} s", maybe_paid=True) from None
    except Exception as error:
        response, cause = getattr(error, "response", None), error.__cause__ or error
        if isinstance(cause, Fault):  # of our own client, below the SDKs
            raise cause from None
        if isinstance(response, httpx2.Response):
            text = response.content.decode("utf-8", "replace")
            raise status_fault(response.status_code, text, response.headers) from None
        if isinstance(cause, httpx2.TimeoutException) and not isinstance(cause, httpx2.ConnectTimeout):
            raise Fault("trouble", f"timeout: no complete answer within {timeout:g} s", maybe_paid=True) from None
        if "CERTIFICATE_VERIFY_FAILED" in str(cause):
            why = _short(str(cause).partition("CERTIFICATE_VERIFY_FAILED]")[2] or str(cause), SEEN_CHARACTERS)
            raise Fault(
                "stop", f"the server's certificate is not trusted ({why}); name its issuer's in SSL_CERT_FILE"
            ) from None
        if isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.ProxyError):
            raise Fault("away", f"unreachable: {cause or type(cause).__name__}") from None
        if isinstance(cause, httpx2.HTTPError | httpx2.StreamError):
            raise Fault("trouble", f"cut off: {cause or type(cause).__name__}", maybe_paid=True) from None
        # what else the SDKs and the connection trip over is something that the server sent
        raise Fault.unusable(f"no usable response ({type(error).__name__})", str(error)) from None


def status_fault(status: int, text: str, headers: Mapping[str, str]) -> Fault:
    """The fault for an error status, with the vendor's message."""
    error = _error_body(text)
    detail, wait = f"{status}: {error.message}", retry_after(headers)
    if 300 <= status < 400:
        return Fault("stop", f"{status}: {_redirected(headers)}; set teacher.base_url to where it is", status=status)
    if status == 402 or any(word in error.code or word in error.message.lower() for word in QUOTA):
        return Fault("stop", f"the account is out of credit ({detail})", status=status)
    if status == 407:
        return Fault(
            "stop", f"the proxy wants a user and a password ({detail}); give them in HTTPS_PROXY", status=status
        )
    if status in (401, 403):
        return Fault("stop", f"the key is not accepted ({detail}); check it in the environment", status=status)
    if status == 404:
        return Fault(
            "stop", f"no such model or address ({detail}); check teacher.model and teacher.base_url", status=status
        )
    if status == 429:
        return Fault("busy", detail, wait, status=status)
    if status in AWAY:
        return Fault("away", detail, wait, status=status)
    if status >= 500 or status in (408, 409):
        return Fault("trouble", detail, wait, status=status)
    return Fault("refused", detail, status=status, parameter=error.parameter)


def _redirected(headers: Mapping[str, str]) -> str:
    try:
        target = _short(plain_address(headers.get("location", "")), SEEN_CHARACTERS)
    except ValueError:
        target = ""
    return f"the server sends us on{f' to {target}' if target else ''}, and no redirect is followed"


@dataclass(frozen=True)
class ErrorBody:
    """What an error's body says."""

    message: str
    code: str = ""
    """The vendor's code and type, as far as there are any."""
    parameter: str = ""
    """The parameter that it is about: the field `param`, or where a validation failed."""


def _error_body(text: str) -> ErrorBody:
    """Message, code and parameter of an error's body, in the shapes of OpenAI, Anthropic, vLLM, FastAPI and others."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    error = body.get("error", body) if isinstance(body, Mapping) else body
    if isinstance(error, str) and error.strip():
        return ErrorBody(_short(error))
    if not isinstance(error, Mapping):
        return ErrorBody(_short(text, SEEN_CHARACTERS) or "no body")
    found = error.get("detail")
    problem = found[0] if isinstance(found, list) and found and isinstance(found[0], Mapping) else {}
    where = problem.get("loc")
    path = where if isinstance(where, list) else []
    steps = ".".join(step for step in path if isinstance(step, str) and step != "body")
    parameter = next((_short(name, 100) for name in (error.get("param"), steps) if name and isinstance(name, str)), "")
    messages = (error.get("message"), problem.get("msg"), found)
    said = _short(next((message for message in messages if message and isinstance(message, str)), text))
    named = f" (parameter {parameter})" if parameter and parameter not in said else ""
    codes = [_short(code, 100) for code in (error.get("code"), error.get("type")) if isinstance(code, str)]
    return ErrorBody(said + named, " ".join(codes), parameter)


def _short(text: str, most: int = MESSAGE_CHARACTERS) -> str:
    """The beginning of a text, in one line."""
    return sendable(" ".join(text[: 4 * most].split())[:most])


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from a Retry-After header in seconds or as an HTTP date (RFC 9110, 10.2.3)."""
    if milliseconds := headers.get("retry-after-ms"):
        try:
            return max(0.0, float(milliseconds) / 1000)
        except ValueError:
            pass
    value = headers.get("retry-after")
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None
