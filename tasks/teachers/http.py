"""What the vendors' protocols share: how exceptions, error statuses and bodies become faults, and Retry-After."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from tasks.teachers.provider import SEEN_CHARACTERS, Fault

if TYPE_CHECKING:
    import httpx2

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
        if isinstance(response, httpx2.Response):
            raise status_fault(response.status_code, response.text, response.headers) from None
        if isinstance(cause, httpx2.TimeoutException) and not isinstance(cause, httpx2.ConnectTimeout):
            raise Fault("trouble", f"timeout: no complete answer within {timeout:g} s", maybe_paid=True) from None
        if isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.ProxyError):
            raise Fault("away", f"unreachable: {cause or type(cause).__name__}") from None
        if isinstance(cause, httpx2.HTTPError | httpx2.StreamError):
            raise Fault("trouble", f"cut off: {cause or type(cause).__name__}", maybe_paid=True) from None
        raise


def status_fault(status: int, text: str, headers: Mapping[str, str]) -> Fault:
    """The fault for an error status, with the vendor's message."""
    message, code = _message_and_code(text)
    detail, wait = f"{status}: {message}", retry_after(headers)
    if status == 402 or any(word in code or word in message.lower() for word in QUOTA):
        return Fault("stop", f"the account is out of credit ({detail})", status=status)
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
    return Fault("refused", detail, status=status)


def _message_and_code(text: str) -> tuple[str, str]:
    """Message and code of an error body, as far as it has them; the message names the parameter if the body does."""
    try:
        error = json.loads(text)["error"]
        message = str(error["message"]) if isinstance(error, dict) else str(error)
    except (ValueError, KeyError, TypeError):
        return " ".join(text.split())[:SEEN_CHARACTERS] or "no body", ""
    if not isinstance(error, dict):
        return message, ""
    parameter = error.get("param")
    named = f" (parameter {parameter})" if parameter and str(parameter) not in message else ""
    return " ".join(message.split()) + named, f"{error.get('code') or ''} {error.get('type') or ''}"


def objects(text: str) -> Iterator[dict[str, Any]]:
    """The objects of a JSONL text; raises Fault for a line that is not JSON."""
    for line in text.splitlines():
        if line.strip():
            try:
                yield json.loads(line)
            except ValueError:
                raise Fault.unusable("a malformed line in the batch's results", line) from None


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
    except (ValueError, TypeError):
        return None


def json_body(response: "httpx2.Response") -> dict[str, Any]:
    """The JSON object of a 200; raises Fault for an empty body, an HTML page, broken JSON or anything but an object."""
    text = response.text
    if not text.strip():
        raise Fault.unusable("empty body", "")
    if text.lstrip().startswith("<"):
        raise Fault.unusable("an HTML page instead of an answer", text)
    try:
        body = json.loads(text)
    except ValueError:
        raise Fault.unusable("malformed JSON", text) from None
    if not isinstance(body, dict):
        raise Fault.unusable("not a JSON object", text)
    return body
