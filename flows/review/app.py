"""The review page as an application: who may ask, what every form has to hold, and the headers of every answer.

/login                       for everybody, as is /static/…
/                            the datasets
/DATASET/                    progress, and where to begin
/DATASET/next                to the next row;  /DATASET/pairs/next to the next two answers
/DATASET/row/ID              a row, to decide about
/DATASET/pair/ID             its two answers, to compare
/DATASET/find                rows by words and columns, and what is done to all of them
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from flows.deployment import web
from flows.review.auth import SITTING_SECONDS, FailedLogins, Reviewers, Sitting
from tasks.core.errors import BadInput, InstructoryError

STATIC: Final = Path(__file__).parent / "static"
HEADERS: Final = {
    **web.HEADERS,
    "referrer-policy": "same-origin",  # with none, a browser does not say where a form came from
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
}
COOKIE: Final = "instructory_review"
LARGEST_FORM: Final = 16 * 2**20
FORM_SECONDS: Final = 30.0
Answer = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class PageRequest:
    """A request of somebody who is signed in."""

    sitting: Sitting
    path: dict[str, str]
    query: list[tuple[str, str]]
    form: dict[str, str] = field(default_factory=dict)

    def said(self, name: str) -> str:
        """A parameter of the query; "" without it."""
        return next((value for key, value in self.query if key == name), "")


Page = Callable[[PageRequest], Response]


def guarded(reviewers: Reviewers, page: Page, method: str) -> Answer:
    """A page for those who are signed in. A form has to come from a page of the same sitting."""

    async def answer(request: Request) -> Response:
        sitting = await run_in_threadpool(reviewers.sitting, request.cookies.get(COOKIE, ""))
        if sitting is None:
            return _strict(RedirectResponse("/login", 303) if method == "GET" else _plain("sign in first", 401))
        form: dict[str, str] = {}
        if method == "POST":
            if (refused := _foreign(request)) is not None:
                return _strict(refused)
            try:
                form = await _form(request)
            except _Refused as error:
                return _strict(_plain(str(error), error.status))
            if not await run_in_threadpool(reviewers.is_form_token, sitting.cookie, form.pop("token", "")):
                return _strict(
                    _plain("this form is of another sitting; go back, load the page again, and repeat it", 403)
                )
        asked = PageRequest(
            sitting, dict(request.path_params), parse_qsl(request.url.query, keep_blank_values=True), form
        )
        try:
            return _strict(await run_in_threadpool(page, asked))
        except BadInput as error:
            return _strict(_plain(str(error), 404 if method == "GET" else 400))
        except InstructoryError as error:
            return _strict(_plain(str(error), 500))

    return answer


def application(
    reviewers: Reviewers,
    pages: list[tuple[str, str, Page]],
    login: Callable[[str, str], Response],
    cookie_path: str = "/",
) -> Starlette:
    """The ASGI application of (method, path, page), with the pages to sign in and out. `login` makes the page to sign in from a
    form token and a message."""

    def sign_out(_asked: PageRequest) -> Response:
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(COOKIE, path=cookie_path, httponly=True, samesite="strict")
        return answer

    routes = [
        Route("/login", _sign_in(reviewers, login, cookie_path), methods=["GET", "POST"]),
        Route("/logout", guarded(reviewers, sign_out, "POST"), methods=["POST"]),
        Route("/static/{name}", _static),
        *(Route(path, guarded(reviewers, page, method), methods=[method]) for method, path, page in pages),
    ]
    made = Starlette(routes=routes, exception_handlers=dict(_ERRORS))
    made.router.redirect_slashes = False
    return made


def _sign_in(reviewers: Reviewers, login: Callable[[str, str], Response], cookie_path: str) -> Answer:
    """The page to sign in, and what becomes of its form."""
    failed = FailedLogins()

    async def sign_in(request: Request) -> Response:
        if request.method == "GET":
            return _asking(reviewers, login, "")
        try:
            form = await _form(request)
        except _Refused as error:
            return _strict(_plain(str(error), error.status))
        before = request.cookies.get(f"{COOKIE}_before", "")
        if _foreign(request) or not before or not reviewers.is_form_token(before, form.get("token", "")):
            return _asking(reviewers, login, "That took too long. Please sign in again.", 403)
        name = form.get("name", "").strip()
        who = f"{request.client.host if request.client else ''}\0{name}"
        if failed.too_many(who, time.monotonic()):
            return _asking(reviewers, login, "Too many attempts. Wait a minute.", 429)
        if not await run_in_threadpool(reviewers.admits, name, form.get("secret", "").strip()):
            failed.add(who, time.monotonic())
            return _asking(reviewers, login, "This name and token do not belong together.", 401)
        sitting = await run_in_threadpool(reviewers.sit_down, name)
        answer = RedirectResponse("/", 303)
        _set_cookie(answer, request, COOKIE, sitting.cookie, SITTING_SECONDS)
        answer.delete_cookie(f"{COOKIE}_before", path=cookie_path, httponly=True, samesite="strict")
        return _strict(answer)

    return sign_in


async def _static(request: Request) -> Response:
    known = {path.name: path for path in STATIC.iterdir()}
    found = known.get(request.path_params["name"])
    return _strict(FileResponse(found) if found else _plain("no such page", 404))


def _saying(text: str, status: int) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Answers an error with one line."""

    async def answer(_request: Request, _error: Exception) -> Response:
        return _strict(_plain(text, status))

    return answer


class _Refused(Exception):
    """A form that is not taken."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form; of several with one name the last."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        raise _Refused(415, "a form, please")
    body = bytearray()
    try:
        async with asyncio.timeout(FORM_SECONDS):
            async for piece in request.stream():
                body += piece
                if len(body) > LARGEST_FORM:
                    raise _Refused(413, f"a form holds at most {LARGEST_FORM:,} bytes; nothing was saved")
    except (TimeoutError, ClientDisconnect):
        raise _Refused(408, "the form did not arrive in time; nothing was saved") from None
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=2000))
    except ValueError:
        raise _Refused(400, "the form is not what a browser sends; nothing was saved") from None


def _foreign(request: Request) -> Response | None:
    """An answer to a form that another site sent; None to one of ours."""
    origin, host = request.headers.get("origin"), request.headers.get("host", "")
    site = request.headers.get("sec-fetch-site", "same-origin")
    if site not in ("same-origin", "none") or (origin is not None and urlsplit(origin).netloc != host):
        return _plain("this form came from another site", 403)
    return None


def _asking(reviewers: Reviewers, login: Callable[[str, str], Response], message: str, status: int = 200) -> Response:
    """The page to sign in, for a browser that will be known by a cookie of its own until it has."""
    import secrets

    before = secrets.token_urlsafe(16)
    answer = login(reviewers.form_token(before), message)
    answer.status_code = status
    answer.set_cookie(f"{COOKIE}_before", before, max_age=3600, httponly=True, samesite="strict")
    if status == 429:
        answer.headers["retry-after"] = str(int(FailedLogins.WITHIN_SECONDS))
    return _strict(answer)


def _set_cookie(answer: Response, request: Request, name: str, value: str, seconds: int) -> None:
    secure = request.headers.get("origin", "").startswith("https:")
    answer.set_cookie(name, value, max_age=seconds, httponly=True, samesite="strict", secure=secure)


def _plain(text: str, status: int) -> Response:
    return PlainTextResponse(f"{text}\n", status)


def _strict(answer: Response) -> Response:
    return web.strict(answer, HEADERS)


_ERRORS: Final[dict[Any, Any]] = {
    404: _saying("no such page", 404),
    405: _saying("not allowed", 405),
    500: _saying("this page could not be made; nothing was saved by this request unless it said so", 500),
}
