"""Sends texts to a server that scores them: one POST, tried again after trouble that may pass, with growing pauses."""

import os
import time
import urllib.error
import urllib.request
from typing import Final

from tasks.core.errors import BadInput, TeacherDown
from tasks.teachers.http import is_loopback, retry_after

_TRIES: Final = 5
_LONGEST_WAIT: Final = 30.0
"""Seconds."""


def key_for(base_url: str, variable: str, setting: str) -> str:
    """The key in the environment; empty for a server on this machine. BadInput where a server elsewhere has none."""
    key = os.environ.get(variable, "")
    if not key and not is_loopback(base_url):
        raise BadInput(f"{setting}: {base_url} needs a key; set {variable}")
    return key


def posted(url: str, body: bytes, key: str, variable: str, timeout_seconds: float, what: str) -> bytes:
    """The body of the answer. Raises BadInput if the key is refused, TeacherDown if `what` cannot be reached or gives none."""
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
    trouble = ""
    for attempt in range(_TRIES):
        wait = None
        try:
            return _sent(urllib.request.Request(url, body, headers), url, timeout_seconds)  # noqa: S310
        except urllib.error.HTTPError as error:
            trouble, wait = f"it answered {error.code}", retry_after(dict(error.headers.items()))
            if error.code in (401, 403):
                raise BadInput(f"{url} refuses the key in {variable} ({error.code})") from None
            if error.code < 500 and error.code not in (408, 409, 429):
                break
        except (OSError, TimeoutError) as error:
            trouble = str(getattr(error, "reason", error)) or type(error).__name__
        if attempt + 1 < _TRIES:
            time.sleep(min(wait if wait is not None else 0.5 * 2**attempt, _LONGEST_WAIT))
    raise TeacherDown(f"{what} {url} gives no scores: {trouble}")


def _sent(request: urllib.request.Request, url: str, timeout_seconds: float) -> bytes:
    opener = urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if is_loopback(url) else []))
    with opener.open(request, timeout=timeout_seconds) as response:
        return bytes(response.read())
