"""The HTTP transport below both SDKs: each request in flight has a connection of its own.

A shared pool looks at all its connections whenever a request comes or goes, and asks the kernel about each idle one; with 64
requests in flight that took a third of the CPU time. Here free connections are on a stack, so nothing is searched.
"""

import functools
import ssl
from collections.abc import AsyncIterator
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final, cast
from urllib.request import getproxies

import httpx2

from tasks.core.errors import BadInput
from tasks.teachers.bodies import read
from tasks.teachers.http import is_loopback

KEEP_ALIVE: Final = 30.0
"""Seconds that an idle connection is kept: longer than the usual pause after a rejection, shorter than servers keep it."""

KEPT_HEADERS: Final = ("content-type", "location", "retry-after", "retry-after-ms")

BATCH_FACTOR: Final = 8
"""The results of a batch may be so many times as long as the answer to one request."""


class ConnectionPerRequest(httpx2.AsyncBaseTransport):
    """A transport with as many connections as there are requests at once."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._free: list[httpx2.AsyncHTTPTransport] = []
        self._all: list[httpx2.AsyncHTTPTransport] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send on a free connection, which is free again when the response has been read or closed."""
        if self._free:
            connection = self._free.pop()
        else:
            limits = httpx2.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEEP_ALIVE)
            connection = httpx2.AsyncHTTPTransport(verify=self._tls, limits=limits)
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


class BoundedClient(httpx2.AsyncClient):
    """Hands a response to the SDKs only when its body is read: so many bytes at most, decompressed here, whatever its headers say.

    Follows no redirect, keeps no cookie, and drops every header that nobody needs. Bodies of GET are results of batches, which may
    be larger.
    """

    def __init__(self, most_bytes: int, **options: Any) -> None:
        cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
        super().__init__(headers={"Accept-Encoding": "gzip, deflate"}, cookies=cookies, **options)
        self._most_bytes = most_bytes

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """The response, read. Raises Fault for a body that is too long or not what its encoding says."""
        request.headers["Accept-Encoding"] = "gzip, deflate"
        response = await super().send(request, **{**options, "stream": True, "follow_redirects": False})
        try:
            most = self._most_bytes * (BATCH_FACTOR if request.method == "GET" else 1)
            body = await read(response, most)
        finally:
            await response.aclose()
        headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        return httpx2.Response(response.status_code, headers=headers, content=body, request=request)


async def requested(connection: httpx2.AsyncClient, method: str, url: str, **given: Any) -> httpx2.Response:
    """A request outside the SDKs, for a block that `translated` stands around."""
    try:
        return await connection.request(method, url, **given)
    except httpx2.HTTPError as error:
        raise error from None  # its cause is of the library below, whose classes `translated` does not know


def client(base_url: str, most_requests: int, timeout: float, most_bytes: int) -> httpx2.AsyncClient:
    """The HTTP client for the SDKs. Behind a proxy, which only httpx's own transport uses, a pool with room for all requests.

    Raises BadInput where the environment names a proxy or certificates that cannot be used.
    """
    own_machine = is_loopback(base_url)
    most = most_requests + 8
    limits = httpx2.Limits(max_connections=most, max_keepalive_connections=most, keepalive_expiry=KEEP_ALIVE)
    try:
        return BoundedClient(
            most_bytes,
            transport=ConnectionPerRequest(_tls()) if own_machine or not getproxies() else None,
            limits=limits,
            timeout=httpx2.Timeout(timeout, connect=min(timeout, 10)),
            trust_env=not own_machine,
        )
    except (OSError, ValueError, ImportError, httpx2.InvalidURL) as error:
        raise BadInput(
            f"no connection to the model can be made ({type(error).__name__}: {error}); check HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, "
            "NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR in the environment"
        ) from None
