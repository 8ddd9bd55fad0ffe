"""Sends texts to a server that scores them: one POST, tried again after trouble that may pass, with growing pauses.

The server is trusted no more than a model's (tasks/teachers/connections.py): its body is bounded, and no redirect is followed.
"""

import os
import time
from typing import Final

from tasks.core.errors import BadInput, TeacherDown
from tasks.teachers import event_loop
from tasks.teachers.bodies import MOST_BYTES
from tasks.teachers.connections import client, requested
from tasks.teachers.http import is_loopback, status_fault, translated
from tasks.teachers.provider import Fault

TRIES: Final = 5
_LONGEST_WAIT: Final = 30.0
"""Seconds."""


def key_for(base_url: str, variable: str, setting: str) -> str:
    """The key in the environment; empty for a server on this machine. BadInput where a server elsewhere has none."""
    key = os.environ.get(variable, "")
    if not key and not is_loopback(base_url):
        raise BadInput(f"{setting}: {base_url} needs a key; set {variable}")
    return key


def posted(
    url: str, body: bytes, key: str, variable: str, timeout_seconds: float, what: str, tries: int = TRIES
) -> bytes:
    """The body of the answer, of at most MOST_BYTES, whole within `timeout_seconds`. Raises BadInput if the key is refused,
    TeacherDown if `what` cannot be reached or gives none."""
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
    trouble = ""
    for attempt in range(tries):
        try:
            return event_loop.run(_sent(url, body, headers, timeout_seconds))
        except Fault as fault:
            if fault.status in (401, 403):
                raise BadInput(f"{url} refuses the key in {variable} ({fault.status})") from None
            trouble = f"it answered {fault.detail}" if fault.status else fault.detail
            if fault.kind in ("refused", "stop", "garbage"):
                break
            wait = fault.retry_after
        if attempt + 1 < tries:
            time.sleep(min(wait if wait is not None else 0.5 * 2**attempt, _LONGEST_WAIT))
    raise TeacherDown(f"{what} {url} gives no scores: {trouble}")


async def _sent(url: str, body: bytes, headers: dict[str, str], timeout_seconds: float) -> bytes:
    async with client(url, 1, timeout_seconds, MOST_BYTES) as connection, translated(timeout_seconds):
        response = await requested(connection, "POST", url, content=body, headers=headers)
    if response.status_code >= 300:
        raise status_fault(response.status_code, response.content.decode("utf-8", "replace"), response.headers)
    return response.content
