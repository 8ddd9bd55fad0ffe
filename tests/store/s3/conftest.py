"""Machines that share a store on a real S3 server: each has a working copy of its own and nothing else."""

import multiprocessing
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from tasks.store.locations import store_folder
from tests.servers.relay import Relay, relay
from tests.servers.s3 import S3Server, surroundings

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.torture.commits", "obstore.store", "tasks.store.s3.backend"])
"""Processes that are to be killed are forked from one that never asked a server for anything."""


@dataclass(frozen=True)
class Shared:
    """A store that several machines share."""

    address: str
    bucket: Any
    """obstore's view of the bucket, for looking behind the store's back."""
    prefix: str
    environment: dict[str, str]

    def names(self, folder: str = "") -> set[str]:
        """The names of the objects below a folder."""
        found = [one["path"] for some in self.bucket.list(f"{self.prefix}/{folder}") for one in some]
        return {path.removeprefix(f"{self.prefix}/") for path in found}

    def read(self, key: str) -> bytes:
        return bytes(self.bucket.get(f"{self.prefix}/{key}").bytes())

    def write(self, key: str, data: bytes) -> None:
        self.bucket.put(f"{self.prefix}/{key}", data)

    def remove(self, key: str) -> None:
        self.bucket.delete(f"{self.prefix}/{key}")


@pytest.fixture(scope="session")
def bucket(s3: S3Server) -> str:
    return s3.make_bucket("stores")


@pytest.fixture
def shared_store(s3: S3Server, bucket: str, monkeypatch: pytest.MonkeyPatch) -> Shared:
    """An address that nobody has used, and the environment that opens it."""
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    prefix = f"team/{secrets.token_hex(6)}"
    return Shared(f"s3://{bucket}/{prefix}", s3.client(bucket), prefix, s3.environment)


Machine = Callable[[str], Path]


@pytest.fixture
def machine(shared_store: Shared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """The working copy of the shared store on the machine of a name."""

    def of(name: str) -> Path:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / name))
        return store_folder(shared_store.address)

    return of


@pytest.fixture
def between(s3: S3Server, shared_store: Shared) -> Iterator[Relay]:
    """A relay before the server; `through` opens a working copy that asks it."""
    with relay(s3.port) as found:
        yield found


@pytest.fixture
def through(between: Relay, machine: Machine, shared_store: Shared, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """The working copy of a machine that reaches the server through the relay only."""

    def of(name: str) -> Path:
        direct = os.environ["AWS_ENDPOINT_URL"]
        monkeypatch.setenv("AWS_ENDPOINT_URL", surroundings(between.port)["AWS_ENDPOINT_URL"])
        root = machine(name)
        monkeypatch.setenv("AWS_ENDPOINT_URL", direct)
        return root

    return of


def _child(environment: dict[str, str], work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    os.environ.update(environment)
    work(*arguments)


def process(shared: Shared, work: Callable[..., Any], *arguments: Any) -> BaseProcess:
    """`work` in a process of its own, begun."""
    child = _FORKS.Process(target=_child, args=({**os.environ, **shared.environment}, work, arguments))
    child.start()
    return child
