"""The connection below both SDKs: one lane per request in flight, each with a connection of its own.

A shared pool looks at all its connections whenever a request comes or goes, and asks the kernel about each idle one; at 64
in flight that was a third of the time on the CPU. Lanes are taken from a stack, so nothing is searched.
"""

import functools
import ssl
from collections.abc import AsyncIterator
from typing import cast
from urllib.request import getproxies

import httpx2

from tasks.teachers.http import is_loopback

KEEP_ALIVE = 30.0
"""Seconds an idle connection is kept; longer than a round of waiting, shorter than the usual minute of servers."""


class ConnectionPerRequest(httpx2.AsyncBaseTransport):
    """As many single connections as there are requests at once."""

    def __init__(self) -> None:
        self._free: list[httpx2.AsyncHTTPTransport] = []
        self._all: list[httpx2.AsyncHTTPTransport] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Sends on a free lane, which is free again when the response has been read or closed."""
        connection = self._free.pop() if self._free else self._new_connection()
        try:
            response = await connection.handle_async_request(request)
        except BaseException:
            self._free.append(connection)
            raise
        response.stream = _ReturningStream(cast(httpx2.AsyncByteStream, response.stream), connection, self._free)
        return response

    async def aclose(self) -> None:
        """Closes every connection."""
        for connection in self._all:
            await connection.aclose()

    def _new_connection(self) -> httpx2.AsyncHTTPTransport:
        limits = httpx2.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEEP_ALIVE)
        connection = httpx2.AsyncHTTPTransport(verify=_tls(), limits=limits)
        self._all.append(connection)
        return connection


@functools.cache
def _tls() -> ssl.SSLContext:
    """The certificates trusted, read once per process: reading them takes longer than many an answer."""
    return httpx2.create_ssl_context()


class _ReturningStream(httpx2.AsyncByteStream):
    """A response's body that gives its lane back."""

    def __init__(
        self,
        stream: httpx2.AsyncByteStream,
        connection: httpx2.AsyncHTTPTransport,
        free: list[httpx2.AsyncHTTPTransport],
    ) -> None:
        self._stream, self._lane, self._free = stream, connection, free

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
        if self._lane not in self._free:
            self._free.append(self._lane)


def client(base_url: str, most_requests: int, timeout: float) -> httpx2.AsyncClient:
    """What the SDKs send through. Behind a proxy, which only an ordinary client finds, a pool with room for every request."""
    own_machine = is_loopback(base_url)
    most = most_requests + 8
    limits = httpx2.Limits(max_connections=most, max_keepalive_connections=most, keepalive_expiry=KEEP_ALIVE)
    return httpx2.AsyncClient(
        transport=ConnectionPerRequest() if own_machine or not getproxies() else None,
        limits=limits,
        timeout=httpx2.Timeout(timeout, connect=min(timeout, 10)),
        follow_redirects=True,
        trust_env=not own_machine,
    )
