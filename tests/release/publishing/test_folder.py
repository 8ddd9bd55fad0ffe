"""A release in a folder is whole, is not copied twice, follows an older version cleanly, and holds nothing private."""

import json
import multiprocessing
import random
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.errors import BadInput, IntegrityError
from tasks.core.params import sha256_file
from tasks.imports.datasets.stage import files_of
from tasks.release.publishing.folder import to_folder
from tasks.release.publishing.listing import MANIFEST, Publication, publication
from tasks.store.manifest import Release
from tasks.store.store import Store
from tests.release.publishing.conftest import REJECTED, contents, release, rows, store

__all__ = ["store"]


def is_whole(folder: Path) -> int:
    """The version that a folder holds; fails where a file is missing, damaged or too much."""
    listed = json.loads((folder / MANIFEST).read_text("utf-8"))
    found = {name: sha256_file(folder / name) for name in contents(folder) if name != MANIFEST}
    assert found == {file["name"]: file["sha256"] for file in listed["files"]}
    version: int = listed["version"]
    return version


def test_what_is_published_is_whole_and_is_copied_once(store: Store, tmp_path: Path) -> None:
    found = publication(store, release(store, 1, rows(7)))
    folder = tmp_path / "out" / "shop"
    assert to_folder(found, folder).copied == len(found.files)
    assert is_whole(folder) == 1
    before = {path: path.stat().st_ino for path in folder.rglob("*")}
    assert to_folder(publication(store, release(store, 1, rows(7))), folder)[1:] == (0, 0, len(found.files))
    assert {path: path.stat().st_ino for path in folder.rglob("*")} == before
    assert list(folder.parent.iterdir()) == [folder]


def test_of_a_published_folder_only_the_rows_are_imported(store: Store, tmp_path: Path) -> None:
    to_folder(publication(store, release(store, 1, rows(7))), tmp_path / "shop")
    data, others = files_of(tmp_path / "shop")
    assert [name for _, name in data] == ["data/train-00000-of-00001.parquet"]
    assert {"metrics.json", "recipe.json", MANIFEST} <= set(others)


def test_a_newer_version_takes_the_folder_and_leaves_nothing_of_the_older(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    first = publication(store, release(store, 1, rows(10, split=True)))
    to_folder(first, folder)
    assert {"data/test-00000-of-00001.parquet", "data/validation-00000-of-00001.parquet"} <= set(contents(folder))
    to_folder(publication(store, release(store, 2, rows(8))), folder)
    assert is_whole(folder) == 2
    to_folder(first, folder)
    assert is_whole(folder) == 1


def test_a_damaged_file_is_copied_again(store: Store, tmp_path: Path) -> None:
    found, folder = publication(store, release(store, 1, rows(7))), tmp_path / "shop"
    to_folder(found, folder)
    (folder / "README.md").write_bytes(b"x" * (folder / "README.md").stat().st_size)
    assert to_folder(found, folder).copied == 1
    assert is_whole(folder) == 1


@settings(max_examples=20)
@given(data=st.data())
def test_what_a_killed_run_left_is_gone_on_with(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    found, folder = ready_to_go(tmp_path_factory), tmp_path_factory.mktemp("out") / "shop"
    left = folder.with_name(".shop.publishing")
    left.mkdir()
    whole = 0
    for file in found.files:
        match data.draw(st.sampled_from(["absent", "whole", "damaged", "other"])):
            case "whole":
                (left / file.name).parent.mkdir(exist_ok=True)
                content = file.content
                (left / file.name).write_bytes(content if isinstance(content, bytes) else content.read_bytes())
                whole += 1
            case "damaged":
                (left / file.name).parent.mkdir(exist_ok=True)
                (left / file.name).write_bytes(b"cut o")
            case "other":
                (left / f"other-{len(file.name)}").write_bytes(b"of another version")
            case _:
                pass
    assert to_folder(found, folder).copied == len(found.files) - whole
    assert is_whole(folder) == 1
    assert list(folder.parent.iterdir()) == [folder]


_READY: list[Publication] = []


def ready_to_go(factory: pytest.TempPathFactory) -> Publication:
    if not _READY:
        kept = Store(factory.mktemp("ready") / "store")
        _READY.append(publication(kept, release(kept, 1, rows(7, split=True))))
    return _READY[0]


def publish_in_turn(root: Path, versions: tuple[Release, Release], folder: Path) -> None:
    """What is killed: two versions, one after the other, without end."""
    ready = [publication(Store(root), version) for version in versions]
    while True:
        for one in ready:
            to_folder(one, folder)


def test_a_killed_run_leaves_a_whole_version_or_none(store: Store, tmp_path: Path) -> None:
    versions = (release(store, 1, rows(10, split=True)), release(store, 2, rows(8)))
    folder, draws = tmp_path / "out" / "shop", random.Random(7)
    for one in versions:
        publication(store, one)
    fork = multiprocessing.get_context("forkserver")
    seen = set()
    for _ in range(3):
        child = fork.Process(target=publish_in_turn, args=(store.root, versions, folder))
        child.start()
        deadline = time.monotonic() + 60
        while not folder.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(draws.random() / 10)
        child.kill()
        child.join()
        if folder.exists():
            seen.add(is_whole(folder))
    assert seen
    folder.with_name(".shop.before").mkdir(exist_ok=True)
    to_folder(publication(store, versions[0]), folder)
    assert is_whole(folder) == 1
    assert [path.name for path in folder.parent.iterdir()] == ["shop"]


def test_a_folder_with_something_else_is_left_alone(store: Store, tmp_path: Path) -> None:
    found, folder = publication(store, release(store, 1, rows(7))), tmp_path / "thesis"
    folder.mkdir()
    (folder / "chapter.md").write_text("Years of work.")
    with pytest.raises(BadInput, match=r"holds chapter\.md, which `publish` did not write"):
        to_folder(found, folder)
    (folder / "chapter.md").unlink()
    (folder / MANIFEST).write_text(found.manifest.decode().replace('"shop"', '"other"'))
    with pytest.raises(BadInput, match="holds 'other', not 'shop'"):
        to_folder(found, folder)


def test_no_rejected_row_no_report_and_no_path_of_the_stages_is_published(store: Store, tmp_path: Path) -> None:
    to_folder(publication(store, release(store, 1, rows(7))), tmp_path / "shop")
    found = contents(tmp_path / "shop")
    assert "report.html" not in found
    assert not [name for name, data in found.items() if REJECTED.encode() in data]
    assert b"/home/ada" not in found["openlineage.jsonl"]
    report = (tmp_path / "store" / "releases" / "shop" / "1" / "report.html").read_text("utf-8")
    assert REJECTED in report, "the report is left out because it quotes such rows"


def test_private_columns_are_null_and_take_the_reviewers_with_them(store: Store, tmp_path: Path) -> None:
    recipe = {"review": {"names": "real", "weights": {"ada": 0.5}}}
    named, private = tmp_path / "named", tmp_path / "private"
    to_folder(publication(store, release(store, 1, rows(7), recipe)), named)
    assert b'"ada"' in contents(named)["recipe.json"]
    to_folder(publication(store, release(store, 1, rows(7), recipe), ["reviews", "evidence"]), private)
    tables = [pq.read_table(folder / "data") for folder in (named, private)]
    assert tables[1].schema == tables[0].schema
    assert tables[1]["reviews"].null_count == tables[1]["evidence"].null_count == 7
    assert tables[1]["instruction"] == tables[0]["instruction"]
    assert not [name for name, data in contents(private).items() if b'"ada"' in data]
    pseudonyms = {"review": {"names": "pseudonyms", "weights": {"ada": 0.5}}}
    to_folder(publication(store, release(store, 2, rows(7), pseudonyms)), private)
    assert b'"ada"' not in contents(private)["recipe.json"]


@pytest.mark.parametrize("columns", [["instruction"], ["no_such"]])
def test_a_column_that_rows_need_or_have_not_is_refused(store: Store, columns: list[str]) -> None:
    with pytest.raises(BadInput, match="--private-columns"):
        publication(store, release(store, 1, rows(7)), columns)


def test_a_secret_of_the_environment_is_not_published(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    found = release(store, 1, rows(7), {"description": "Ask with hunter2hunter2."})
    monkeypatch.setenv("SHOP_API_KEY", "hunter2hunter2")
    with pytest.raises(BadInput, match="holds the secret of the environment variable SHOP_API_KEY"):
        publication(store, found)


def test_rows_that_are_not_the_release_s_are_not_published(store: Store) -> None:
    found = release(store, 1, rows(7))
    publication(store, found)
    path = next((store.root / "releases" / "shop" / "1" / "data").iterdir())
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])
    assert path.stat().st_size == len(data)
    with pytest.raises(IntegrityError, match="is not an object of the store"):
        publication(store, found)
