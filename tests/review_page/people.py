"""People who review over HTTP: a server process, and clients that fill in its forms as a browser without JavaScript does."""

import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import uvicorn

from flows.deployment.patience import ImpatientConnection
from flows.deployment.ports import free_port
from flows.review.auth import Reviewers
from flows.review.queues import QueueSettings
from flows.review.serving import app
from tasks.store.store import Store
from tests.servers.commands import listening


@contextmanager
def serving(root: Path, dataset: str, *options: str) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """`instructory review` as a process of its own: its address, and the process."""
    port = free_port()
    with listening(port, "review", dataset, "--store", str(root), "--port", str(port), *options) as process:
        yield f"http://127.0.0.1:{port}", process


@contextmanager
def serving_here(root: Path, dataset: str, **settings: Any) -> Iterator[str]:
    """The same server in a thread of this process, which is there at once: its address."""
    store = Store(root)
    release = store.release(dataset)
    made = app(store, lambda: {dataset: release}, QueueSettings(**settings))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(made, log_level="warning", http=ImpatientConnection, server_header=False)
        )
        thread = Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


class Forms(HTMLParser):
    """The forms of a page: where each goes, and the fields that it sends as they are."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str]] = {}
        self._open: dict[str, str] | None = None
        self._text: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._open = self.found.setdefault(given.get("action") or "", {})
        elif self._open is not None and tag == "input" and (given.get("type") != "radio" or "checked" in given):
            self._open[given.get("name") or ""] = given.get("value") or ""
        elif self._open is not None and tag == "textarea":
            self._text = given.get("name") or ""
            self._open[self._text] = ""

    def handle_data(self, data: str) -> None:
        if self._open is not None and self._text is not None:
            self._open[self._text] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._open is not None and self._text is not None:
            self._open[self._text] = self._open[self._text].removeprefix("\n")  # as a browser drops the first newline
            self._text = None
        elif tag == "form":
            self._open = None


ONE_BY_ONE = httpx.Limits(max_keepalive_connections=0)
"""No connection outlives its request."""


class Person:
    """A reviewer at a browser without JavaScript."""

    def __init__(self, address: str, dataset: str, name: str, token: str) -> None:
        self.dataset, self.name = dataset, name
        self.client = httpx.Client(base_url=address, timeout=30, follow_redirects=True, limits=ONE_BY_ONE)
        page = self.client.get("/login").text
        form = Forms(page).found["/login"]
        self.page = self.client.post("/login", data={**form, "name": name, "secret": token})
        assert self.page.status_code == 200, self.page.text

    def next(self) -> str | None:
        """Opens the next row; its id, None if nothing is left."""
        self.page = self.client.get(f"/{self.dataset}/next")
        return self.row_id

    @property
    def row_id(self) -> str | None:
        """The row that is shown."""
        found = re.search(r"/(?:row|pair)/([0-9a-z]+)", str(self.page.url))
        return found[1] if found else None

    def open(self, path: str) -> str:
        """Opens a page of the dataset; its text."""
        self.page = self.client.get(f"/{self.dataset}/{path}")
        assert self.page.status_code == 200, (path, self.page.text)
        return self.page.text

    def send(self, action: str, **given: Any) -> httpx.Response:
        """Sends the form of the page that goes to this path of the dataset, with some fields filled in."""
        form = Forms(self.page.text).found[f"/{self.dataset}/{action}"]
        self.page = self.client.post(f"/{self.dataset}/{action}", data={**form, **given})
        return self.page

    def decide(self, word: str, **given: str) -> httpx.Response:
        """Presses a button of the row that is shown."""
        return self.send(f"row/{self.row_id}", decide=word, **given)

    def edit(self, **texts: str) -> httpx.Response:
        """Edits texts of the row that is shown, looks at the changes and saves them."""
        row_id = self.row_id
        self.open(f"row/{row_id}?edit=1")
        self.send(f"row/{row_id}", decide="preview", **{f"edit.{name}": text for name, text in texts.items()})
        return self.send(f"row/{row_id}", decide="edit")

    def undo(self) -> httpx.Response:
        """Presses undo on the row that is shown."""
        form = Forms(self.page.text).found[f"/{self.dataset}/row/{self.row_id}"]
        self.page = self.client.post(f"/{self.dataset}/undo", data={"token": form["token"]})
        return self.page


def people(root: Path, address: str, dataset: str, *names: str) -> list[Person]:
    """New reviewers, signed in."""
    reviewers = Reviewers(root)
    return [Person(address, dataset, name, reviewers.add(name)) for name in names]
