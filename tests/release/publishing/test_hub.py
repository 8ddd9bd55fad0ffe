"""A release on a hub is one commit; what is there is not sent again; what a broken run has sent stays."""

from collections.abc import Iterator

import pytest

from tasks.core.errors import BadInput, InstructoryError
from tasks.release.publishing.hub import page_of, to_hub
from tasks.release.publishing.listing import MANIFEST, Publication, publication
from tasks.store.store import Store
from tests.release.publishing.conftest import release, rows, store
from tests.servers.hub_uploads import TOKEN, Repository, UploadHub, taking

__all__ = ["store"]
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
"""How the hub's client gives its HTTP library the bytes of a file."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[UploadHub]:
    with taking(UploadHub()) as found:
        monkeypatch.setenv("HF_ENDPOINT", found.address)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield found


def bytes_of(found: Publication) -> dict[str, bytes]:
    files = {
        one.name: one.content if isinstance(one.content, bytes) else one.content.read_bytes() for one in found.files
    }
    return files | {MANIFEST: found.manifest}


def held(hub: UploadHub) -> dict[str, bytes]:
    return {name: data for name, data in hub.repositories["org/shop"].files.items() if name != ".gitattributes"}


def test_versions_are_commits_and_the_second_run_sends_nothing(hub: UploadHub, store: Store) -> None:
    first = publication(store, release(store, 1, rows(15, split=True)), url=page_of("org/shop"))
    assert to_hub(first, "org/shop", private=True)[1:] == (
        len(first.files),
        sum(one.listed.size for one in first.files),
        0,
    )
    assert held(hub) == bytes_of(first)
    assert hub.repositories["org/shop"].private
    assert to_hub(first, "org/shop", private=False)[1:] == (0, 0, len(first.files))
    assert hub.repositories["org/shop"].messages == ["Release shop@1"]
    hub.repositories["org/shop"].files["LICENSE"] = b"written by a person"
    second = publication(store, release(store, 2, rows(9)))
    to_hub(second, "org/shop", private=True)
    assert held(hub) == {**bytes_of(second), "LICENSE": b"written by a person"}
    assert hub.repositories["org/shop"].messages == ["Release shop@1", "Release shop@2"]
    assert len(hub.uploads) == len(set(hub.uploads)) == 4


def test_a_run_that_broke_off_is_gone_on_with(hub: UploadHub, store: Store) -> None:
    found = publication(store, release(store, 1, rows(15, split=True)))
    hub.refused_uploads, hub.taken_before_refusal = 3, 1
    with pytest.raises(InstructoryError, match="what it has is kept, run again") as raised:
        to_hub(found, "org/shop", private=False)
    assert TOKEN not in str(raised.value)
    assert held(hub) == {}, "nothing of a version is seen before all of it is there"
    sent = list(hub.uploads)
    hub.refused_uploads = 0
    to_hub(found, "org/shop", private=False)
    assert held(hub) == bytes_of(found)
    assert len(sent) >= 1
    assert len(hub.uploads) == len(set(hub.uploads)) == 3


def test_what_must_not_be_published_there_is_refused(
    hub: UploadHub, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = publication(store, release(store, 1, rows(5)))
    hub.repositories["org/shop"] = Repository(private=False)
    with pytest.raises(BadInput, match="is public; make it private there"):
        to_hub(found, "org/shop", private=True)
    hub.repositories["org/shop"].files["data/train-other.parquet"] = b"PAR1"
    with pytest.raises(BadInput, match=r"holds data/train-other\.parquet, which `publish` did not write"):
        to_hub(found, "org/shop", private=False)
    with pytest.raises(BadInput, match="is org/name"):
        page_of("../shop")
    monkeypatch.setenv("HF_TOKEN", "hf_another-token")
    with pytest.raises(BadInput, match=r"refuses it \(status 401\)") as raised:
        to_hub(found, "org/shop", private=False)
    assert "hf_another-token" not in str(raised.value)
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(BadInput, match="set HF_TOKEN"):
        to_hub(found, "org/shop", private=False)
    assert hub.repositories["org/shop"].messages == []
