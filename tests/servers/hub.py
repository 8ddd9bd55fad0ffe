"""A Hugging Face hub on loopback: datasets with their commits, files and cards, behind the API that the hub's clients speak."""

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

LARGE = 1000
"""Bytes from which a file is one of Git LFS: it has a sha256, and is sent from another host."""


@dataclass
class Hub:
    """What it has, and what it was asked. `files`: by dataset; `cuts`: answers that end in the middle; `faults`: answers of 503."""

    files: Mapping[str, Mapping[str, bytes]]
    token: str = ""
    faults: int = 0
    cuts: int = 0
    address: str = ""
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Path, Authorization, Range."""

    def commit(self, name: str) -> str:
        """The only commit of a dataset."""
        return hashlib.sha1(repr(sorted(self.files[name].items())).encode(), usedforsecurity=False).hexdigest()


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """The hub at an address of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path)
            hub.asked.append((path, self.headers.get("Authorization", ""), self.headers.get("Range", "")))
            if hub.faults:
                hub.faults -= 1
                return self.answer(503, b"")
            if path.startswith("/cdn/"):
                name, _, file = path.removeprefix("/cdn/").partition("//")
                return self.send_file(hub.files[name][file])
            if hub.token and self.headers.get("Authorization") != f"Bearer {hub.token}":
                return self.answer(401, b"{}")
            name = next((name for name in hub.files if f"/datasets/{name}/" in path), "")
            revision = (
                path.split("/revision/")[-1] if "/revision/" in path else path.partition("/resolve/")[2].split("/")[0]
            )
            if not name or revision not in ("main", hub.commit(name)):
                return self.answer(404, b"{}")
            if path.startswith("/api/"):
                return self.answer(200, json.dumps(self.listing(name)).encode())
            file = path.partition(f"/resolve/{revision}/")[2]
            if file not in hub.files[name]:
                return self.answer(404, b"")
            if len(hub.files[name][file]) >= LARGE:
                self.send_response(302)
                self.send_header("Location", f"{hub.address.replace('127.0.0.1', 'localhost')}/cdn/{name}//{file}")
                self.end_headers()
                return None
            return self.send_file(hub.files[name][file])

        def listing(self, name: str) -> dict[str, object]:
            def entry(file: str, data: bytes) -> dict[str, object]:
                lfs = (
                    {"lfs": {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}}
                    if len(data) >= LARGE
                    else {}
                )
                return {"rfilename": file, "size": len(data), **lfs}

            return {"sha": hub.commit(name), "siblings": [entry(*item) for item in hub.files[name].items()]}

        def send_file(self, data: bytes) -> None:
            begin = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
            if begin >= len(data) and begin:
                return self.answer(416, b"")
            self.send_response(206 if begin else 200)
            self.send_header("Content-Length", str(len(data) - begin))
            self.end_headers()
            if hub.cuts and len(data) >= LARGE:
                hub.cuts -= 1
                self.wfile.write(data[begin : begin + (len(data) - begin) // 2])
                self.close_connection = True
                return None
            self.wfile.write(data[begin:])
            return None

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("", 0), Handler) as server:
        hub.address = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield hub
        server.shutdown()
