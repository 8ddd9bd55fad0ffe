"""The HTTP transport below both SDKs: each request in flight has a connection of its own.

A shared pool looks at all its connections whenever a request comes or goes, and asks the kernel about each idle one; with 64
requests in flight that took a third of the CPU time. Here free connections are on a stack, so nothing is searched.
"""

import functools
import ssl
from collections.abc import AsyncIterator
from typing import cast
from urllib.request import getproxies

import httpx2

from tasks.teachers.http import is_loopback

KEEP_ALIVE = 30.0
"""Seconds that an idle connection is kept: longer than the usual pause after a rejection, shorter than servers keep it."""


class ConnectionPerRequest(httpx2.AsyncBaseTransport):
    """A transport with as many connections as there are requests at once."""

    def __init__(self) -> None:
        self._free: list[httpx2.AsyncHTTPTransport] = []
        self._all: list[httpx2.AsyncHTTPTransport] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send on a free connection, which is free again when the response has been read or closed."""
        if self._free:
            connection = self._free.pop()
        else:
            limits = httpx2.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEEP_ALIVE)
            connection = httpx2.AsyncHTTPTransport(verify=_tls(), limits=limits)
            self._all.append(connection)
        try:
            response = await connection.handle_async_request(request)
        except BaseException:
            self._free.append(connection)
            raise
        response.stream = _ReturningStream(cast(httpx2.AsyncByteStream, response.stream), connection, self._free)
        return response

    async def aclose(self) -> None:
        """Close every connection."""
        for connection in self._all:
            await connection.aclose()


@functools.cache
def _tls() -> ssl.SSLContext:
    """The trusted certificates, read once per process: that takes longer than many a request."""
    return httpx2.create_ssl_context()


class _ReturningStream(httpx2.AsyncByteStream):
    """A response's body that returns its connection to the stack when it is closed."""

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
    """The HTTP client for the SDKs. Behind a proxy, which only httpx's own transport uses, a pool with room for all requests."""
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
