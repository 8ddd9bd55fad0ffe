"""Clearing up never takes what a release, a latest build or a live one needs; a rollback is a version of its own."""

import os
import threading
import time
from pathlib import Path

import pyarrow as pa
import pytest

from tasks.core.errors import BadInput, InstructoryError, IntegrityError
from tasks.core.schema import INVENTORY
from tasks.pipeline.build import Build, StageDone
from tasks.store.lease import exclusive, lease
from tasks.store.manifest import GateVerdict, Manifest, Release
from tasks.store.store import Store
from tasks.store.upkeep import gc, rollback
from tests.store import records

ROWS = pa.schema([("id", pa.string())])
WEEK = 7 * 86_400


def made(store: Store, stage: str, word: str, shards: tuple[str, ...] = (), **more: object) -> Manifest:
    parts = store.put(pa.table({"id": [word]}, schema=ROWS))
    manifest = records.manifest(stage, f"key-{word}".replace(" ", "-"), parts, shards=shards, **more)
    store.put_manifest(manifest)
    return manifest


def found(store: Store, word: str) -> Manifest:
    """An inventory of one document, whose bytes are kept."""
    row = {
        "document_id": word,
        "source": "s",
        "path": word,
        "licence": "x",
        "raw_sha256": store.keep_raw(word.encode()),
    }
    table = pa.Table.from_pylist([row], schema=INVENTORY)
    manifest = made(store, "inventory", word)
    manifest = manifest.model_copy(update={"tables": {"kept": store.put(table), "rejected": (), "failed": ()}})
    store.put_manifest(manifest)
    return manifest


def released(store: Store, *manifests: Manifest) -> Release:
    store.put_verdict(GateVerdict(stage="mix", key=manifests[-1].key, passed=True, checks=()))
    return store.publish(records.release("d", *manifests, verdicts=(("mix", manifests[-1].key),)))


def age(store: Store, seconds: float = 2 * WEEK) -> None:
    """Let time pass over everything that is there."""
    then = time.time() - seconds
    for path in store.root.rglob("*"):
        if path.is_file():
            os.utime(path, (then, then))


def names(store: Store) -> set[str]:
    return {str(path.relative_to(store.root)) for path in store.root.rglob("*") if path.is_file()} - {
        "leases/.store.lock"
    }


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_what_a_release_needs_stays_and_the_rest_goes(store: Store) -> None:
    shard = made(store, "documents.shards", "shard")
    inventory = found(store, "kept")
    documents = made(store, "documents", "kept", (shard.key,), inputs=((inventory.stage, inventory.key),))
    released(store, documents, made(store, "mix", "kept"))  # the inventory is found through what was made from it
    needed = names(store)
    made(store, "mix", "dropped")
    found(store, "dropped too")
    store.put_verdict(GateVerdict(stage="mix", key="dropped", passed=False, checks=()))
    (store.root / "objects" / "aa").mkdir(exist_ok=True)
    (store.root / "objects" / "aa" / ".x.parquet.0123.tmp").write_bytes(b"half")
    age(store)
    before = names(store)
    dry = gc(store, WEEK, dry_run=True)
    assert names(store) == before
    assert gc(store, WEEK) == dry
    assert names(store) == needed
    assert dict(dry.files) == {"manifests": 2, "verdicts": 1, "objects": 3, "raw": 1, "releases": 0, "temporary": 1}
    assert dry.bytes > 0
    assert gc(store, WEEK).bytes == 0


def test_what_is_younger_than_the_grace_period_stays(store: Store) -> None:
    old = store.put(pa.table({"id": ["reused"]}, schema=ROWS))
    age(store)
    made(store, "mix", "reused")
    assert gc(store, WEEK).bytes == 0
    assert store.get(old, ROWS).num_rows == 1, "an old object is needed by a young record"
    assert gc(store, 0).files["objects"] == 1


def test_the_latest_build_stays_whether_released_or_not(store: Store) -> None:
    shard = made(store, "documents.shards", "shard")
    documents = made(store, "documents", "unreleased", (shard.key,))
    build = Build(store, "d", "b", done=[StageDone(documents, cached=False, seconds=0)])
    build.save_record()
    made(store, "documents", "of a build before that")
    age(store)
    assert gc(store, WEEK).files["manifests"] == 1
    assert store.manifest("documents", documents.key)
    assert store.manifest("documents.shards", shard.key)


def test_shards_of_former_releases_go(store: Store) -> None:
    for word in ("first", "second"):
        released(store, made(store, "documents", word, (made(store, "documents.shards", f"shard {word}").key,)))
    age(store)
    assert gc(store, WEEK).files["manifests"] == 1
    assert store.manifest("documents.shards", "key-shard-second")
    assert store.manifest("documents", "key-first")


def test_nothing_is_cleared_up_under_a_live_build_and_no_build_begins_meanwhile(store: Store) -> None:
    made(store, "mix", "a")
    with lease(store.root, "d", "nightly"), pytest.raises(InstructoryError, match="in use by run nightly"):
        gc(store, 0)
    assert store.manifest("mix", "key-a")
    with exclusive(store.root), pytest.raises(InstructoryError, match="in use"), exclusive(store.root):
        pass


def test_a_build_waits_for_the_end_of_clearing_up(store: Store) -> None:
    order: list[str] = []
    began = threading.Event()

    def clear_up() -> None:
        with exclusive(store.root):
            began.set()
            time.sleep(0.3)
            order.append("cleared up")

    thread = threading.Thread(target=clear_up)
    thread.start()
    began.wait()
    with lease(store.root, "d", "nightly"):
        order.append("built")
    thread.join()
    assert order == ["cleared up", "built"]


def test_a_record_that_cannot_be_read_stops_clearing_up_before_anything_is_removed(store: Store) -> None:
    released(store, made(store, "mix", "kept"))
    made(store, "mix", "dropped")
    age(store)
    path = store.manifest_path("mix", "key-kept")
    path.write_bytes(path.read_bytes().replace(b"mix", b"max"))
    before = names(store)
    with pytest.raises(IntegrityError, match="damaged"):
        gc(store, 0)
    assert names(store) == before


def test_a_release_folder_that_was_never_published_goes(store: Store) -> None:
    released(store, made(store, "mix", "kept"))
    for version in ("1", "2"):
        folder = store.root / "releases" / "d" / version
        (folder / "data").mkdir(parents=True)
        for name in ("report.html", "data/train-00000-of-00001.parquet"):
            (folder / name).write_text("x" * 10)
    age(store)
    assert (gc(store, WEEK).files["releases"], gc(store, WEEK).files["releases"]) == (2, 0)
    assert len(list((store.root / "releases" / "d" / "1").rglob("*.*"))) == 2


def test_a_rollback_is_a_new_version_that_says_what_it_restores(store: Store) -> None:
    first = released(store, made(store, "mix", "first"))
    second = released(store, made(store, "mix", "second"))
    third = store.publish(rollback(store, "d", 1))
    assert (third.version, third.restores, third.previous) == (3, 1, 2)
    assert (third.content, third.stages, third.verdicts) == (first.content, first.stages, first.verdicts)
    assert store.release("d", 2).content == second.content
    assert store.release("d") == third
    age(store)
    assert gc(store, 0).files["objects"] == 0
    with pytest.raises(BadInput, match="d@3 is the latest and holds the rows of d@1 already"):
        rollback(store, "d", 1)
    assert store.publish(rollback(store, "d", 2)).restores == 2


def test_damaged_rows_are_not_put_back(store: Store) -> None:
    first = made(store, "mix", "first")
    released(store, first)
    released(store, made(store, "mix", "second"))
    path = store.object_path(first.tables["kept"][0].sha256)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(IntegrityError, match=r"d@1 cannot be published again: .*damaged"):
        rollback(store, "d", 1)
