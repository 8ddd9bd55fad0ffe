"""HTTP/1.1 on connections of our own, below the SDKs' client: each request in flight has one, and free ones are on a stack.

httpx2's own transport looks through a pool and goes through two more layers for every request, which took 0.9 of the 2.1 ms of
processor time that one cost (docs/benchmarks.md). h11, on which it stands too, reads what a server sends.
"""

import asyncio
import ssl
import time
from collections.abc import Mapping
from typing import Final

import h11
import httpx2

from tasks.teachers.bodies import Body
from tasks.teachers.provider import Fault

KEEP_ALIVE: Final = 30.0
"""Seconds that an idle connection is kept: longer than the usual pause after a rejection, shorter than servers keep it."""

FIRST_ADDRESS_SECONDS: Final = 0.25
"""Seconds after which another of a host's addresses is tried beside the first (RFC 8305, 5)."""

LONGEST_HEAD: Final = 100 * 1024
"""Bytes that the head of a response may have, as httpx2 has it."""

Origin = tuple[str, bytes, int | None]
Response = tuple[int, Mapping[str, str], bytes]
"""Status, headers in lower case, and decompressed body."""


class Connections:
    """Connections to servers, as many as there are requests at once. Used on one event loop."""

    def __init__(self, tls: ssl.SSLContext, connect_seconds: float) -> None:
        self._tls, self._connect_seconds = tls, connect_seconds
        self._free: dict[Origin, list[Connection]] = {}
        self._all: set[Connection] = set()

    async def exchange(self, request: httpx2.Request, most: int) -> Response:
        """The response, of whose body at most `most` bytes are read, as `bodies.Body` says.

        Raises Fault for a body that cannot be used, and httpx2's errors of the transport.
        """
        origin = request.url.raw_scheme.decode("ascii"), request.url.raw_host, request.url.port
        free = self._free.setdefault(origin, [])
        while free and (free[-1].is_closed or time.monotonic() - free[-1].idle_since > KEEP_ALIVE):
            free.pop().close()
        connection = free.pop() if free else await self._opened(*origin)
        try:
            return await connection.exchange(request, most)
        finally:
            # one turn of the loop later, when a server that closes after its answer has been heard
            asyncio.get_running_loop().call_soon(free.append, connection)

    def close(self) -> None:
        """Close every connection."""
        for connection in list(self._all):
            connection.close()

    async def _opened(self, scheme: str, host: bytes, port: int | None) -> "Connection":
        """A new connection. Raises httpx2.ConnectError or ConnectTimeout."""
        loop, is_tls = asyncio.get_running_loop(), scheme == "https"
        try:
            async with asyncio.timeout(self._connect_seconds):
                _, connection = await loop.create_connection(
                    lambda: Connection(self._all),
                    host.decode("ascii"),
                    port or (443 if is_tls else 80),
                    ssl=self._tls if is_tls else None,
                    happy_eyeballs_delay=FIRST_ADDRESS_SECONDS,
                )
        except TimeoutError:
            raise httpx2.ConnectTimeout(f"no connection within {self._connect_seconds:g} s") from None
        except OSError as error:
            raise httpx2.ConnectError(str(error)) from None
        return connection


class Connection(asyncio.Protocol):
    """One connection to a server, with one request at a time; after any error it is closed."""

    def __init__(self, opened: "set[Connection]") -> None:
        self._opened = opened
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=LONGEST_HEAD)
        self._transport: asyncio.Transport
        self._ended: asyncio.Future[Response] | None = None
        self._status, self._headers = 0, dict[str, str]()
        self._body: Body | None = None
        self._most = 0
        self.is_closed = False
        self.idle_since = 0.0

    async def exchange(self, request: httpx2.Request, most: int) -> Response:
        """Send a request, whose body is in memory, and read the response; see `Connections.exchange`."""
        self._ended, self._most, self._body = asyncio.get_running_loop().create_future(), most, None
        head = h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw)
        content = [h11.Data(data=request.content)] if request.content else []
        try:
            self._transport.write(b"".join(filter(None, map(self._http.send, (head, *content, h11.EndOfMessage())))))
            return await self._ended
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection at once."""
        self.is_closed = True
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio's word that there is a connection."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._opened.add(self)

    def data_received(self, data: bytes) -> None:
        """asyncio's word that something came; what nobody asked for ends the connection."""
        if self._ended is None or self._ended.done():
            return self.close()
        try:
            self._http.receive_data(data)
            while (event := self._http.next_event()) is not h11.NEED_DATA and event is not h11.PAUSED:
                if isinstance(event, h11.Response):
                    self._status = event.status_code
                    self._headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in event.headers}
                    self._body = Body(self._status, self._headers, self._most)
                elif self._body and (
                    isinstance(event, h11.EndOfMessage) or (isinstance(event, h11.Data) and self._body.add(event.data))
                ):
                    return self._end(self._body.content)
        except h11.RemoteProtocolError as error:
            self._fail(httpx2.RemoteProtocolError(str(error)))
        except Fault as fault:
            self._fail(fault)

    def eof_received(self) -> None:
        """asyncio's word that the server sends no more; a body without a length ends so."""
        if self._ended and not self._ended.done() and self._http.their_state is h11.SEND_RESPONSE:
            self._fail(httpx2.RemoteProtocolError("Server disconnected without sending a response."))
        elif self._ended and not self._ended.done():
            self.data_received(b"")
        self.is_closed = True

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio's word that the connection is gone."""
        self.is_closed = True
        self._opened.discard(self)
        self._fail(httpx2.ReadError(str(exc or "the connection was closed")))

    def _end(self, body: bytes) -> None:
        """Hand the response out; the connection is kept only if it was read to its end and both sides keep it."""
        if self._ended and not self._ended.done():
            self._ended.set_result((self._status, self._headers, body))
        is_whole = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        if is_whole and not self._http.trailing_data[0]:
            self._http.start_next_cycle()
            self.idle_since = time.monotonic()
        else:
            self.close()

    def _fail(self, error: Exception) -> None:
        if self._ended and not self._ended.done():
            self._ended.set_exception(error)
        self.close()
