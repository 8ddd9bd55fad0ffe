"""The HTTP client below both SDKs: it trusts no server, and each request in flight has a connection of its own."""

import functools
import ssl
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final
from urllib.request import getproxies

import httpx2

from tasks.core.errors import BadInput
from tasks.teachers.bodies import read
from tasks.teachers.http import is_loopback
from tasks.teachers.http_connection import KEEP_ALIVE, Connections, Response

CONNECT_SECONDS: Final = 10.0
"""Seconds after which a server that takes no connection counts as unreachable."""

KEPT_HEADERS: Final = ("content-type", "location", "retry-after", "retry-after-ms")

BATCH_FACTOR: Final = 8
"""The results of a batch may be so many times as long as the answer to one request."""


@functools.cache
def _tls() -> ssl.SSLContext:
    """The trusted certificates, read once per process: that takes longer than many a request."""
    context = httpx2.create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


@functools.lru_cache(maxsize=64)
def _address(url: str) -> httpx2.URL:
    return httpx2.URL(url)


class BoundedClient(httpx2.AsyncClient):
    """Hands a response to the SDKs only when its body is read: so many bytes at most, decompressed here, whatever its headers say.

    Follows no redirect, keeps no cookie, and drops every header that nobody needs. Bodies of GET are results of batches, which may
    be larger. Requests travel on `connections`, or on httpx2's own transport where there are none and where the body is a file.
    """

    def __init__(self, most_bytes: int, connections: Connections | None, **options: Any) -> None:
        cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
        super().__init__(headers={"Accept-Encoding": "gzip, deflate"}, cookies=cookies, **options)
        self._most_bytes, self._connections = most_bytes, connections

    def build_request(self, method: str, url: httpx2.URL | str, **given: Any) -> httpx2.Request:
        """As httpx2 makes it; what the SDKs give for a call is complete, so nothing is merged into it and no address read anew."""
        whole = {"headers", "content", "timeout"}
        if not self._connections or any(value is not None for name, value in given.items() if name not in whole):
            return super().build_request(method, url, **given)
        return httpx2.Request(method, _address(str(url)), headers=given.get("headers"), content=given.get("content"))

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """The response, read. Raises Fault for a body that is too long or not what its encoding says."""
        request.headers["Accept-Encoding"] = "gzip, deflate"
        most = self._most_bytes * (BATCH_FACTOR if request.method == "GET" else 1)
        if self._connections and isinstance(request.stream, httpx2.ByteStream):
            status, headers, body = await self._connections.exchange(request, most)
        else:
            status, headers, body = await self._exchanged(request, most, options)
        kept = {name: headers[name] for name in KEPT_HEADERS if name in headers}
        return httpx2.Response(status, headers=kept, content=body, request=request)

    async def _exchanged(self, request: httpx2.Request, most: int, options: dict[str, Any]) -> Response:
        response = await super().send(request, **{**options, "stream": True, "follow_redirects": False})
        try:
            return response.status_code, response.headers, await read(response, most)
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        if self._connections:
            self._connections.close()
        await super().aclose()


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
    connect = min(timeout, CONNECT_SECONDS)
    try:
        return BoundedClient(
            most_bytes,
            Connections(_tls(), connect) if own_machine or not getproxies() else None,
            verify=_tls(),
            limits=limits,
            timeout=httpx2.Timeout(timeout, connect=connect),
            trust_env=not own_machine,
        )
    except (OSError, ValueError, ImportError, httpx2.InvalidURL) as error:
        raise BadInput(
            f"no connection to the model can be made ({type(error).__name__}: {error}); check HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, "
            "NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR in the environment"
        ) from None
