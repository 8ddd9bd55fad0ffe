"""An HTTP/1.1 connection of uvicorn's that is closed when its next request does not come, whole, in time.

uvicorn waits for the end of a request's headers for ever: connections that send nothing, or a byte now and then, would fill the
server, and nobody has to know the password for that.
"""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_SECONDS: Final = 10.0
"""From the connection, or the end of the answer before, to the end of a request's headers."""


class ImpatientConnection(H11Protocol):
    """As uvicorn's, with a limit to the time that a request's headers may take."""

    _limit: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """A connection began: its first request is awaited."""
        super().connection_made(transport)
        self._limit = self.loop.call_later(REQUEST_SECONDS, self._end_if_waiting)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection ended."""
        if self._limit is not None:
            self._limit.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """An answer ended: the next request is awaited."""
        if self._limit is not None:
            self._limit.cancel()
        self._limit = self.loop.call_later(REQUEST_SECONDS, self._end_if_waiting)
        super().on_response_complete()

    def _end_if_waiting(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()
