"""Who is let in: nobody without a name and its token, no form of another site, and nothing that says more than it must."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.routing import Route

from flows.review.app import COOKIE, HEADERS, LARGEST_FORM
from flows.review.auth import FailedLogins, Reviewers
from flows.review.queues import QueueSettings
from flows.review.serving import app
from tasks.core.errors import BadInput
from tasks.store.store import Store
from tests.review_page.people import Forms, Person, people

OPEN = {"/login", "/static/{name}"}


def every_route(store: Path) -> list[tuple[str, str]]:
    routes = app(Store(store), dict, QueueSettings()).routes
    found = [(method, route.path) for route in routes if isinstance(route, Route) for method in route.methods or ()]
    assert len(found) > 20
    return [(method, path) for method, path in found if path not in OPEN]


def concrete(path: str) -> str:
    return re.sub(r"{(\w+)}", lambda found: {"dataset": "shop", "name": "response"}.get(found[1], "0" * 32), path)


@pytest.mark.parametrize("cookie", [None, "", "ada", "ada.s.9999999999.0", "ada.s.9999999999.é", "x" * 3000])
def test_no_route_answers_without_a_sitting(store: Path, address: str, ada: Person, cookie: str | None) -> None:
    headers = {"cookie": f"{COOKIE}={cookie}".encode()} if cookie is not None else {}
    with httpx.Client(base_url=address) as client:
        for method, path in every_route(store):
            answer = client.request(method, concrete(path), headers=headers)
            if method == "POST":
                assert (answer.status_code, answer.text) == (401, "sign in first\n"), path
            else:
                assert (answer.status_code, answer.headers.get("location")) == (303, "/login"), path


def test_every_form_needs_the_token_of_its_sitting_and_comes_from_this_site(
    store: Path, address: str, ada: Person
) -> None:
    bob = people(store, address, "shop", "bob")[0]
    bob.next()
    foreign = Forms(bob.page.text).found["/logout"]["token"]
    own = Forms(ada.open("")).found["/logout"]["token"]
    for method, path in every_route(store):
        if method == "POST":
            for given in ({"x": "y"}, {"token": ""}, {"token": foreign}, {"token": "é"}):
                assert ada.client.post(concrete(path), data=given).status_code == 403, path
            for header in ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
                assert ada.client.post(concrete(path), data={"token": own}, headers=header).status_code == 403, path


def test_every_answer_has_strict_headers_and_no_page_holds_script_of_its_own(address: str, ada: Person) -> None:
    row = ada.next()
    pages = [
        "/login",
        "/static/review.css",
        "/nowhere",
        "/shop/",
        f"/shop/row/{row}",
        f"/shop/row/{row}?edit=1",
        "/shop/find",
    ]
    for cookies in (ada.client.cookies, None):
        for path in pages:
            answer = httpx.get(f"{address}{path}", cookies=cookies)
            assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, path
            assert "server" not in answer.headers
            assert not re.search(
                r"<script(?! src=\"/static/review.js\" defer></script>)|<[^>]+ on\w+=|<style|style=", answer.text
            )
    assert "unsafe" not in HEADERS["content-security-policy"]
    assert "default-src 'none'" in HEADERS["content-security-policy"]


def test_the_cookie_is_for_this_site_and_no_script(store: Path, address: str) -> None:
    token = Reviewers(store).add("carl")
    with httpx.Client(base_url=address) as client:
        form = Forms(client.get("/login").text).found["/login"]
        answer = client.post("/login", data={**form, "name": "carl", "secret": token}, headers={"origin": address})
        cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith(f"{COOKIE}="))
        assert {"httponly", "samesite=strict", "max-age=43200"} <= set(cookie.lower().split("; "))
        assert "secure" not in cookie.lower()
        form = Forms(client.get("/login").text).found["/login"]
        behind_tls = {"origin": address.replace("http:", "https:")}
        answer = client.post("/login", data={**form, "name": "carl", "secret": token}, headers=behind_tls)
        assert any(
            "secure" in one.lower() for one in answer.headers.get_list("set-cookie") if one.startswith(f"{COOKIE}=")
        )


def test_a_token_is_shown_once_and_void_when_it_is_drawn_again_or_its_reviewer_removed(
    store: Path, address: str
) -> None:
    dora = people(store, address, "shop", "dora")[0]
    assert dora.client.get("/shop/").url.path == "/shop/"
    reviewers = Reviewers(store)
    token = reviewers.add("dora")
    assert dora.client.get("/shop/").url.path == "/login"
    again = Person(address, "shop", "dora", token)
    assert again.client.get("/shop/").url.path == "/shop/"
    kept = b"".join(path.read_bytes() for path in reviewers.folder.iterdir() if path.is_file())
    assert token.encode() not in kept
    assert all(path.stat().st_mode & 0o077 == 0 for path in [reviewers.folder, *reviewers.folder.rglob("*")])
    reviewers.remove("dora")
    assert again.client.get("/shop/").url.path == "/login"


def test_signing_out_needs_a_form_and_ends_the_sitting_of_the_browser(store: Path, address: str) -> None:
    emil = people(store, address, "shop", "emil")[0]
    form = Forms(emil.open("")).found["/logout"]
    assert emil.client.post("/logout", data=form).url.path == "/login"
    assert emil.client.get("/shop/").url.path == "/login"


def test_who_guesses_has_to_wait_and_others_do_not(store: Path, address: str) -> None:
    token = Reviewers(store).add("fay")
    with httpx.Client(base_url=address) as client:

        def attempt(name: str, secret: str) -> int:
            form = Forms(client.get("/login").text).found["/login"]
            return client.post("/login", data={**form, "name": name, "secret": secret}).status_code

        assert [attempt("fay", "guess") for _ in range(FailedLogins.OF_ONE)] == [401] * FailedLogins.OF_ONE
        assert attempt("fay", token) == 429
        assert attempt("nobody", token) == 401
    counted = FailedLogins()
    counted.add("x", 0.0)
    for _ in range(FailedLogins.OF_ONE - 1):
        assert not counted.too_many("x", 1.0)
        counted.add("x", 1.0)
    assert counted.too_many("x", 2.0)
    assert not counted.too_many("x", 2.0 + FailedLogins.WITHIN_SECONDS)


@pytest.mark.parametrize("name", ["", "Ada", "../x", "a b", "a" * 41, "ada\n", "é"])
def test_a_reviewer_has_a_name_that_can_stand_in_a_file_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput):
        Reviewers(tmp_path).add(name)


def test_a_form_that_is_too_large_or_no_form_is_refused(ada: Person) -> None:
    post: Any = ada.client.post
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert post("/shop/undo", content=b"a=" + b"x" * LARGEST_FORM, headers=form).status_code == 413
    assert post("/shop/undo", json={"token": "x"}).status_code == 415
    assert post("/shop/undo", content=b"a=\xff", headers=form).status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "/static/../auth.py",
        "/static/%2e%2e%2fauth.py",
        "/static/",
        "/static/x",
        "/hostile/",
        "/shop",
        "/shop/row/x",
        "/shop/row/",
    ],
)
def test_no_address_leads_anywhere_else(ada: Person, path: str) -> None:
    assert ada.client.get(path).status_code == 404
