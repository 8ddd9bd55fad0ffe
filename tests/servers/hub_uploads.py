"""A Hugging Face hub on loopback that takes datasets: repositories, commits, and large files by Git LFS, as its client asks."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

TOKEN = "hf_token-of-a-tester"


@dataclass
class Repository:
    """A dataset: its files, which of them are large, and how many commits it has."""

    private: bool
    files: dict[str, bytes] = field(default_factory=lambda: {".gitattributes": b"*.parquet filter=lfs\n"})
    messages: list[str] = field(default_factory=list)

    @property
    def head(self) -> str:
        return hashlib.sha1(repr(self.messages).encode(), usedforsecurity=False).hexdigest()


@dataclass
class UploadHub:
    """What it has, and what it was sent. `refused_uploads`: large files that it refuses before it takes others."""

    address: str = ""
    repositories: dict[str, Repository] = field(default_factory=dict)
    large: dict[str, bytes] = field(default_factory=dict)
    uploads: list[str] = field(default_factory=list)
    """Hashes of the large files that arrived."""
    refused_uploads: int = 0
    taken_before_refusal: int = 0

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        """Status, and bytes or JSON."""
        words = path.strip("/").split("/")
        match (method, *words):
            case ("POST", "api", "repos", "create"):
                asked = json.loads(body)
                name = f"{asked['organization']}/{asked['name']}"
                status = 409 if name in self.repositories else 200
                self.repositories.setdefault(name, Repository(asked.get("visibility") == "private"))
                return status, {"url": f"{self.address}/datasets/{name}"}
            case ("POST", "api", "validate-yaml"):
                return 200, {}
            case ("PUT", "lfs", oid):
                if self.refused_uploads and len(self.uploads) >= self.taken_before_refusal:
                    self.refused_uploads -= 1
                    return 400, {}
                assert hashlib.sha256(body).hexdigest() == oid
                self.large[oid] = body
                self.uploads.append(oid)
                return 200, b""
            case ("POST", "verify"):
                return 200 if json.loads(body)["oid"] in self.large else 404, {}
            case ("POST", "datasets", org, name, "info", "lfs", "objects", "batch"):
                assert f"{org}/{name.removesuffix('.git')}" in self.repositories
                return 200, {
                    "transfer": "basic",
                    "objects": [self.transfer(one) for one in json.loads(body)["objects"]],
                }
            case ("GET", "datasets", org, name, "resolve", revision, *file):
                found = self.repositories[f"{org}/{name}"]
                assert revision == found.head
                return 200, found.files["/".join(file)]
            case ("GET" | "POST", "api", "datasets", org, name, *more) if f"{org}/{name}" in self.repositories:
                return self.of_repository(self.repositories[f"{org}/{name}"], f"{org}/{name}", more, body)
        return 404, {"error": "not here"}

    def of_repository(self, found: Repository, name: str, more: list[str], body: bytes) -> tuple[int, Any]:
        match more:
            case ["revision", "main"]:
                return 200, {"id": name, "sha": found.head, "private": found.private, "tags": [], "siblings": []}
            case ["tree", _]:
                return 200, [self.entry(path, data) for path, data in found.files.items()]
            case ["preupload", "main"]:
                files = [one["path"] for one in json.loads(body)["files"]]
                modes = [{"path": path, "uploadMode": "lfs" if is_large(path) else "regular"} for path in files]
                return 200, {"files": [one | {"shouldIgnore": False} for one in modes]}
            case ["commit", "main"]:
                return self.commit(found, name, [json.loads(line) for line in body.splitlines()])
        return 404, {"error": "not here"}

    def commit(self, found: Repository, name: str, lines: list[dict[str, Any]]) -> tuple[int, Any]:
        header = lines[0]["value"]
        if header.get("parentCommit", found.head) != found.head:
            return 412, {"error": "the branch has moved"}
        for line in lines[1:]:
            value = line["value"]
            if line["key"] == "file":
                assert not is_large(value["path"])
                found.files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                found.files[value["path"]] = self.large[value["oid"]]
            else:
                del found.files[value["path"]]
        found.messages.append(header["summary"])
        return 200, {"commitUrl": f"{self.address}/datasets/{name}/commit/{found.head}", "commitOid": found.head}

    def transfer(self, one: dict[str, Any]) -> dict[str, Any]:
        if one["oid"] in self.large:
            return one
        ways = {"upload": {"href": f"{self.address}/lfs/{one['oid']}"}, "verify": {"href": f"{self.address}/verify"}}
        return one | {"actions": ways}

    def entry(self, path: str, data: bytes) -> dict[str, Any]:
        blob = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
        lfs = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}
        return {"type": "file", "path": path, "size": len(data), "oid": blob} | ({"lfs": lfs} if is_large(path) else {})


def is_large(path: str) -> bool:
    return path.endswith(".parquet")


@contextmanager
def taking(hub: UploadHub) -> Iterator[UploadHub]:
    """The hub at an address of its own. Whoever has not TOKEN may do nothing, but for the addresses that uploads are sent to."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            path = unquote(urlsplit(self.path).path)
            allowed = self.headers.get("Authorization") == f"Bearer {TOKEN}" or path.startswith("/lfs/")
            status, answer = hub.answer(self.command, path, body) if allowed else (401, {"error": "no token"})
            data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PUT = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hub.address = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield hub
        server.shutdown()
