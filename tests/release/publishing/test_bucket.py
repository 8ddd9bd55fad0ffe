"""A release below a prefix of a real S3 server: what is there is not sent again, and nothing that others wrote is replaced."""

import secrets
from pathlib import Path
from typing import Any

import pytest

from tasks.core.errors import BadInput, InstructoryError
from tasks.release.publishing.bucket import to_bucket
from tasks.release.publishing.listing import MANIFEST, publication
from tasks.store.store import Store
from tests.release.publishing.conftest import release, rows, store
from tests.release.publishing.test_hub import bytes_of
from tests.servers.s3 import S3Server

__all__ = ["store"]


class Prefix:
    """A prefix of a bucket, looked at behind the product's back."""

    def __init__(self, server: S3Server) -> None:
        self.bucket: Any = server.client("published")
        self.name = secrets.token_hex(6)
        self.address = f"s3://published/{self.name}"
        self.endpoint = server.environment["AWS_ENDPOINT_URL"]

    def held(self) -> dict[str, bytes]:
        found = [one["path"] for some in self.bucket.list(f"{self.name}/") for one in some]
        return {path.removeprefix(f"{self.name}/"): bytes(self.bucket.get(path).bytes()) for path in found}


@pytest.fixture(scope="module")
def server(s3: S3Server) -> S3Server:
    s3.make_bucket("published")
    return s3


@pytest.fixture
def prefix(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Prefix:
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return Prefix(server)


def test_versions_follow_each_other_and_the_second_run_sends_nothing(prefix: Prefix, store: Store) -> None:
    first = publication(store, release(store, 1, rows(15, split=True)))
    second = publication(store, release(store, 2, rows(9)))
    assert to_bucket(first, prefix.address, prefix.endpoint).copied == len(first.files)
    assert prefix.held() == bytes_of(first)
    assert to_bucket(first, prefix.address, prefix.endpoint)[1:] == (0, 0, len(first.files))
    to_bucket(second, prefix.address, prefix.endpoint)
    assert prefix.held() == bytes_of(second)


def test_what_a_run_that_broke_off_left_is_compared_and_not_trusted(prefix: Prefix, store: Store) -> None:
    found = publication(store, release(store, 1, rows(15, split=True)))
    to_bucket(found, prefix.address, prefix.endpoint)
    of_same_size = found.files[0].listed.size * b"x"
    prefix.bucket.put(f"{prefix.name}/{found.files[0].name}", of_same_size)
    assert to_bucket(found, prefix.address, prefix.endpoint).copied == 1
    prefix.bucket.delete(f"{prefix.name}/{MANIFEST}")
    assert to_bucket(found, prefix.address, prefix.endpoint).copied == 0
    assert prefix.held() == bytes_of(found)


def test_what_others_wrote_is_left_alone(prefix: Prefix, store: Store) -> None:
    found = publication(store, release(store, 1, rows(5)))
    prefix.bucket.put(f"{prefix.name}/data/train-other.parquet", b"PAR1")
    with pytest.raises(BadInput, match=r"holds data/train-other\.parquet"):
        to_bucket(found, prefix.address, prefix.endpoint)
    prefix.bucket.delete(f"{prefix.name}/data/train-other.parquet")
    prefix.bucket.put(f"{prefix.name}/{MANIFEST}", found.manifest.replace(b'"shop"', b'"other"'))
    with pytest.raises(BadInput, match="holds 'other', not 'shop'"):
        to_bucket(found, prefix.address, prefix.endpoint)
    assert set(prefix.held()) == {MANIFEST}
    with pytest.raises(InstructoryError, match="has no bucket 'absent'"):
        to_bucket(found, "s3://absent/x", prefix.endpoint)


def test_a_store_on_s3_publishes_from_a_machine_that_has_nothing_of_it(
    prefix: Prefix, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "one"))
    here = Store(Path(f"{prefix.address}/store"))
    made = release(here, 1, rows(15, split=True))
    first = publication(here, made)
    here.backend.flush()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "two"))
    there = publication(Store(Path(f"{prefix.address}/store")), made, ["reviews"])
    assert publication(Store(Path(f"{prefix.address}/store")), made).manifest == first.manifest
    assert {file.name for file in there.files} == {file.name for file in first.files}
