"""What every page that this product serves has in common: strict headers, and a server that no idle connection can fill."""

from collections.abc import Mapping
from typing import Final

from starlette.applications import Starlette
from starlette.responses import Response

HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "x-robots-tag": "noindex",
}
CONNECTIONS: Final = 1000
"""At once; one more is answered 503. An idle one takes some 20 kB, and ends by itself."""


def strict(answer: Response, headers: Mapping[str, str]) -> Response:
    """An answer with these headers set."""
    for name, value in headers.items():
        answer.headers[name] = value
    return answer


def run(app: Starlette, host: str, port: int) -> None:
    """Serve an application until stopped."""
    import uvicorn

    from flows.deployment.patience import ImpatientConnection

    settings = uvicorn.Config(
        app, host=host, port=port, log_level="warning", server_header=False, proxy_headers=False,
        limit_concurrency=CONNECTIONS, timeout_keep_alive=5, http=ImpatientConnection,
    )  # fmt: skip
    uvicorn.Server(settings).run()
