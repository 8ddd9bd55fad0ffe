"""Datasets of a hub: one revision, loaded once, with the licence of its card."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks.core.errors import BadInput
from tasks.core.outcome import Tools
from tasks.imports import Dataset, Imports
from tasks.imports import stage as reading
from tasks.imports.datasets import hub as hubs
from tasks.imports.datasets import stage as finding
from tasks.store.store import Store
from tests.servers.hub import Hub, serving

ROWS = [{"instruction": f"What is lever {i}?", "response": f"A rigid bar, number {i}."} for i in range(60)]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
CARD = b"---\nlicense: cc-by-sa-4.0\nlanguage: en\n---\n\n# Levers\n"
FILES = {
    "README.md": CARD,
    ".gitattributes": b"*.parquet lfs",
    "data/train.jsonl": LINES,
    "data/test.jsonl": json.dumps(ROWS[0]).encode(),
    "picture.png": b"\x89PNG",
    "dataset_infos.json": b"{}",
}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.setattr(hubs, "_WAIT", 0.01)
    with serving(Hub({"acme/levers": FILES})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        yield hub


def load(tmp_path: Path, **settings: Any) -> Any:
    store = Store(tmp_path / "store")
    tools = Tools("test", store.root, keep_file=store.keep_raw_file, raw_path=store.raw_path)
    params = Imports(datasets=(Dataset(**{"hub": "acme/levers", **settings}),))
    found = finding.compute(params, tools)
    return found, reading.compute(found.kept, params, None, tools)


def test_rows_come_with_their_licence_and_the_commit_is_said(hub: Hub, tmp_path: Path) -> None:
    found, rows = load(tmp_path)
    assert sorted(found.kept["path"].to_pylist()) == ["data/test.jsonl", "data/train.jsonl"]
    assert found.facts["notes"] == [f"acme/levers at revision {hub.commit('acme/levers')}"]
    assert rows.kept.num_rows == 61
    assert set(rows.kept["licence"].to_pylist()) == {"cc-by-sa-4.0"}
    assert set(rows.kept["source"].to_pylist()) == {"acme-levers"}
    assert {fact["licence_from"] for fact in rows.facts["files"].values()} == {"cc-by-sa-4.0, as its card says"}
    assert not {"picture.png", ".gitattributes"} & {path.rsplit("/", 1)[-1] for path, _, _ in hub.asked}


def test_a_pinned_revision_is_loaded_once_and_needs_no_network_then(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pinned = hub.commit("acme/levers")
    first, _ = load(tmp_path, revision=pinned, files="data/train*")
    asked = len(hub.asked)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    again, _ = load(tmp_path, revision=pinned, files="data/train*")
    assert again.kept.equals(first.kept)
    assert len(hub.asked) == asked
    assert first.kept["path"].to_pylist() == ["data/train.jsonl"]


def test_a_cut_connection_goes_on_where_it_was_cut(hub: Hub, tmp_path: Path) -> None:
    hub.faults, hub.cuts = 2, 2
    _, rows = load(tmp_path)
    assert rows.kept.num_rows == 61
    assert [begin for path, _, begin in hub.asked if path.startswith("/cdn/") and begin]


def test_the_token_goes_to_the_endpoint_alone_and_is_written_nowhere(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.token = "hf_canary0123456789"
    with pytest.raises(BadInput, match="set HF_TOKEN to a token that may read it"):
        load(tmp_path)
    monkeypatch.setenv("HF_TOKEN", hub.token)
    load(tmp_path)
    assert {sent for path, sent, _ in hub.asked if path.startswith("/cdn/")} == {""}
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not any(hub.token.encode() in path.read_bytes() for path in files)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hub": "acme/nothing"}, r"acme/nothing: http://\S+ has no such dataset"),
        ({"revision": "v9"}, r"acme/levers at revision v9: http://\S+ has no such dataset, revision or file"),
        ({"files": "*.parquet"}, r"acme/levers holds no file that matches \*\.parquet"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(
    hub: Hub, tmp_path: Path, settings: dict[str, str], message: str
) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        load(tmp_path, **settings)
    assert "\n" not in str(caught.value)


def test_without_network_one_line_says_what_would_do(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(BadInput, match=r"cannot be loaded from http://127\.0\.0\.1:9 \(ConnectError\); .* `path:`"):
        load(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(BadInput, match="HF_HUB_OFFLINE is set"):
        load(tmp_path)
    assert not hub.asked


def test_a_name_that_leads_out_is_refused(hub: Hub, tmp_path: Path) -> None:
    hub.files = {"acme/levers": {"../../out.jsonl": LINES}}
    with pytest.raises(BadInput, match="leads out of the folder"):
        load(tmp_path)
    assert not list(tmp_path.rglob("out.jsonl"))


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        ("---\nlicense: mit\n---\n", "mit"),
        ("---\nlicense: [mit, apache-2.0]\n---\n", "mit and apache-2.0"),
        ("---\nlicense: other\nlicense_name: house rules\n---\n", "house rules"),
        ("---\nlicense: unknown\n---\n", "unknown"),
        ("---\nlicense: [\n---\n", "unknown"),
        ("no front matter\nlicense: mit\n", "unknown"),
    ],
)
def test_a_folder_with_a_card_has_its_licence(tmp_path: Path, card: str, licence: str) -> None:
    folder = tmp_path / "levers"
    (folder / "data").mkdir(parents=True)
    (folder / "README.md").write_text(card)
    (folder / "data" / "train.jsonl").write_bytes(LINES)
    found, _ = load(tmp_path, hub="", path=str(folder))
    assert found.kept["licence"].to_pylist() == [licence]


def test_a_card_does_not_lift_a_known_ban_on_commercial_use(tmp_path: Path) -> None:
    folder = tmp_path / "alpaca"
    folder.mkdir()
    (folder / "README.md").write_text("---\nlicense: mit\n---\n")
    (folder / "alpaca_data.jsonl").write_bytes(LINES)
    found, _ = load(tmp_path, hub="", path=str(folder))
    assert re.search("NC", found.kept["licence"].to_pylist()[0])
