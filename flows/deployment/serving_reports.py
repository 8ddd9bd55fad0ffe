"""Reports over HTTP: read-only, behind the password of the Prefect UI, and nothing but the pages that are meant to be read.

/                          the datasets
/DATASET/                  its releases and their trends
/DATASET/N/report.html     the report of release N
/metrics                   figures of the latest releases, for Prometheus

An address is never made into a path: a dataset's name and a version's number are looked up among those that the store knows.
"""

import base64
import binascii
import hmac
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Lock
from typing import Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from flows.deployment import web
from tasks.core.errors import BadInput
from tasks.release.site import front, history, overview, report_of
from tasks.store.store import Store

PASSWORD: Final = "PREFECT_SERVER_API_AUTH_STRING"  # noqa: S105  (a variable's name)
HEADERS: Final = {
    **web.HEADERS,
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; sandbox allow-same-origin",
}
Answer = Callable[[Request], Awaitable[Response]]


def serve(root: Path, host: str, port: int) -> None:
    """Serve the reports of the store at `root` until stopped. BadInput without a password."""
    web.run(app(root, password()), host, port)


def password() -> str:
    """The user and password that the environment names. BadInput if it names none."""
    given = os.environ.get(PASSWORD, "")
    user, colon, word = given.partition(":")
    if not (user and colon and word):
        raise BadInput(
            f"reports are not served without a password: set {PASSWORD}=USER:PASSWORD, as for the Prefect UI"
        )
    return given


def app(root: Path, secret: str) -> Starlette:
    """The ASGI application: GET and HEAD only, Basic authentication, strict headers on every answer."""
    pages = _Pages(Store(root))

    def guarded(made: Callable[[Request], Response]) -> Answer:
        async def answer(request: Request) -> Response:
            # whether an Authorization header holds `secret`, compared in a time that tells nothing about it
            scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
            try:
                given = base64.b64decode(credentials.strip(), validate=True)
            except (binascii.Error, ValueError):
                given = b""
            if not (hmac.compare_digest(given, secret.encode()) and scheme.lower() == "basic"):
                challenge = {"www-authenticate": 'Basic realm="Instructory reports", charset="UTF-8"'}
                return _strict(PlainTextResponse("user and password, please\n", 401, challenge))
            return _strict(await run_in_threadpool(made, request))

        return answer

    async def lost(request: Request, _error: Exception) -> Response:
        return await guarded(lambda _: PlainTextResponse("no such page\n", 404))(request)

    async def refused(request: Request, _error: Exception) -> Response:
        return await guarded(lambda _: PlainTextResponse("read-only\n", 405, {"allow": "GET, HEAD"}))(request)

    async def broken(_request: Request, _error: Exception) -> Response:
        return _strict(PlainTextResponse("this page could not be made; `instructory verify` says why\n", 500))

    routes = [
        Route("/", guarded(pages.front)),
        Route("/metrics", guarded(pages.metrics)),
        Route("/index.html", guarded(lambda _: RedirectResponse("/"))),
        Route("/{dataset}/", guarded(pages.dataset)),
        Route("/{dataset}/index.html", guarded(pages.dataset)),
        Route("/{dataset}/{version}/report.html", guarded(pages.report)),
    ]
    handlers: dict[Any, Any] = {404: lost, 405: refused, 500: broken}
    made = Starlette(routes=routes, exception_handlers=handlers)
    made.router.redirect_slashes = False
    return made


class _Pages:
    """The pages of a store, made when they are asked for and kept until there is another release."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._kept: dict[str, tuple[Any, str]] = {}
        self._making = Lock()

    def front(self, _request: Request) -> Response:
        """The datasets."""
        versions = {dataset: self.store.versions(dataset) for dataset in self.store.datasets()}
        return self._page("", versions, lambda: front({name: history(self.store, name)[-1:] for name in versions}))

    def dataset(self, request: Request) -> Response:
        """The releases of a dataset."""
        name = request.path_params["dataset"]
        if name not in self.store.datasets():
            return PlainTextResponse("no such page\n", 404)
        return self._page(name, self.store.versions(name), lambda: overview(name, history(self.store, name)))

    def report(self, request: Request) -> Response:
        """The report of a release."""
        name, version = request.path_params["dataset"], request.path_params["version"]
        if name not in self.store.datasets() or version not in map(str, self.store.versions(name)):
            return PlainTextResponse("no such page\n", 404)
        return HTMLResponse(report_of(self.store, self.store.release(name, int(version))))

    def metrics(self, _request: Request) -> Response:
        """Figures of the latest releases."""
        from flows.observability.metrics import of_releases

        return Response(of_releases(self.store), media_type="text/plain; version=0.0.4; charset=utf-8")

    def _page(self, name: str, state: Any, made: Callable[[], str]) -> Response:
        with self._making:
            if name not in self._kept or self._kept[name][0] != state:
                self._kept[name] = (state, made())
            return HTMLResponse(self._kept[name][1])


def _strict(answer: Response) -> Response:
    return web.strict(answer, HEADERS)
