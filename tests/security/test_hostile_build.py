"""What a build in a hostile world leaves behind: no key anywhere, nothing that runs, and nothing that commands a model."""

import csv
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tasks.core.schema import CHUNK, CLUSTERED
from tasks.core.visible import HIDDEN
from tasks.store.store import Store
from tasks.text.prompt_injection import instruction_like
from tests.release.browser import Page, browser, chromium
from tests.security.conftest import CANARIES, World, leaks, secrets


@pytest.fixture(scope="module")
def tab():
    if chromium() is None:
        pytest.skip("no Chromium on this machine")
    with browser() as page:
        yield page


def test_the_build_ends_well(hostile: World) -> None:
    assert hostile.ran.code == 0, hostile.ran.err
    assert hostile.ran.json["rows"] >= 3
    assert sum(stage["requests"] for stage in hostile.ran.json["stages"]) > 20


def test_no_key_is_anywhere_on_disk_or_on_the_screen(hostile: World) -> None:
    assert leaks(hostile.folder, sparing=hostile.folder / "docs" / "secret.md") == []
    printed = (hostile.ran.out + hostile.ran.err).encode()
    assert [name for name, shapes in secrets().items() if any(shape in printed for shape in shapes)] == []


def test_the_search_finds_a_key_where_there_is_one(hostile: World, tmp_path: Path) -> None:
    (tmp_path / "log").write_text(f"Authorization: Basic {CANARIES['OPENAI_API_KEY']}")
    assert leaks(tmp_path) == [f"openai in {tmp_path / 'log'}"]


def test_a_document_that_holds_a_key_is_rejected_unread(hostile: World) -> None:
    said = hostile.look("show", "hostile", "--stage", "inventory", "--rejected", "--limit", "0")
    assert "holds_secret" in said.out
    assert "the value of OPENAI_API_KEY" in said.out


def test_state_is_its_owners_alone(hostile: World) -> None:
    for folder in (hostile.store, *(path for path in hostile.store.iterdir() if path.is_dir())):
        assert folder.stat().st_mode & 0o777 == 0o700, folder
    assert (hostile.store / "journal.sqlite").stat().st_mode & 0o777 == 0o600


def test_results_are_json_and_nothing_is_a_pickle(hostile: World) -> None:
    for path in (path for path in hostile.store.rglob("*") if path.is_file()):
        head = path.read_bytes()[:4]
        assert head[:1] != b"\x80", path
        assert b"cloudpickle" not in path.read_bytes(), path


def dead(tab: Page, page: Path) -> None:
    """Assert that a page shows, and does nothing else."""
    tab.open(page.as_uri(), 1280, 900)
    tab.evaluate("new Promise(done => setTimeout(done, 300))")
    assert tab.evaluate("document.body.innerText.length") > 1000
    assert (
        tab.evaluate("document.querySelectorAll('script, img, iframe, object, embed, form, base, video').length") == 0
    )
    assert tab.evaluate("[...document.links].filter(a => !/^(https?|file):/.test(a.href)).length") == 0
    assert tab.seen("Page.javascriptDialogOpening") == []
    asked = {event["request"]["url"] for event in tab.seen("Network.requestWillBeSent")} - {"data:,"}
    assert asked == {page.as_uri()}


def test_the_report_is_dead_in_a_real_browser(hostile: World, tab: Page) -> None:
    report = hostile.store / "releases" / "hostile" / "1" / "report.html"
    text = report.read_text()
    assert "default-src 'none'" in text
    dead(tab, report)


def test_the_card_is_dead_in_a_real_browser(hostile: World, tab: Page, tmp_path: Path) -> None:
    text = (hostile.store / "releases" / "hostile" / "1" / "README.md").read_text().split("---\n", 2)[2]
    page = tmp_path / "card.html"
    page.write_text(
        f"<!DOCTYPE html><link rel=icon href='data:,'><meta charset=utf-8>{MarkdownIt('commonmark').render(text)}"
    )
    dead(tab, page)


def test_spreadsheets_run_nothing(hostile: World) -> None:
    out = hostile.folder / "rows.csv"
    assert hostile.look("export", "hostile", "--format", "csv", "--out", out).code == 0
    with out.open(newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert len(cells) > 100
    assert [cell for cell in cells if cell[:1] and cell[0] in "=+-@\t\r＝＋－＠"] == []


@pytest.mark.parametrize("stage", ["inventory", "documents", "taxonomy", "pool", "answers", "filters"])
def test_terminals_obey_nothing(hostile: World, stage: str) -> None:
    for extra in ((), ("--rejected",), ("--format", "jsonl")):
        said = hostile.look("show", "hostile", "--stage", stage, "--limit", "0", *extra)
        assert said.code == 0, said.err
        assert HIDDEN.sub("", said.out) == said.out
    if stage == "documents":
        table = hostile.look("show", "hostile", "--stage", stage, "--limit", "0").out
        assert "[red]red[/red]" in table
        assert "⟨U+001B⟩" in table


def test_a_rows_life_is_told_without_obeying_it(hostile: World) -> None:
    store = Store(hostile.store)
    stage, key = store.release("hostile").stages[-1]
    row = store.table(store.required(stage, key), "kept", CLUSTERED).to_pylist()[0]
    said = hostile.look("why", row["example_id"])
    assert said.code == 0, said.err
    assert HIDDEN.sub("", said.out) == said.out


def test_what_commands_a_model_is_flagged_counted_and_not_released(hostile: World) -> None:
    store = Store(hostile.store)
    stages = dict(store.release("hostile").stages)
    documents = store.required("documents", stages["documents"])
    flagged = [bool(flags) for flags in store.table(documents, "kept", CHUNK)["flags"].to_pylist()]
    assert documents.facts["instruction_like"] == sum(flagged) >= 24
    last = store.release("hostile").stages[-1]
    for row in store.table(store.required(*last), "kept", CLUSTERED).to_pylist():
        assert instruction_like(f"{row['instruction']}\n{row['response']}") == ""
    assert "text that instructs a model" in (hostile.store / "releases" / "hostile" / "1" / "report.html").read_text()


def test_nothing_is_left_outside_the_store(hostile: World) -> None:
    outside = {path.name for path in hostile.folder.iterdir()} - {
        "docs", "home", "temporary", "store", "hostile.yaml", "rows.csv",
    }  # fmt: skip
    assert outside == set()
