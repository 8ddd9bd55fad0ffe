"""Rows that exist already become a release, alone or beside rows made from documents; every record is accounted for."""

import json
from pathlib import Path

import pytest

from tasks.release.released import released_rows
from tasks.store.store import Store
from tests.cli.commands import Ran, Run


@pytest.fixture(scope="module")
def files(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first rows of two real datasets, one of them not for commerce, and a damaged file."""
    folder = tmp_path_factory.mktemp("datasets")
    for name in ("alpaca/alpaca_5000.json", "dolly/dolly_3k.json"):
        rows = json.loads((shared / "instructions" / name).read_text("utf-8"))[:150]
        (folder / Path(name).name).write_text(json.dumps(rows))
    (folder / "broken.jsonl").write_text(
        '{"instruction": "What is a lever?", "response"\n{"instruction": "q", "response": ""}\n'
    )
    return folder


@pytest.fixture(scope="module")
def curated(files: Path, instructory: Run, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    store = tmp_path_factory.mktemp("curated") / "store"
    named = [files / name for name in ("alpaca_5000.json", "dolly_3k.json", "broken.jsonl")]
    settings = ("--set", "datasets.2.format=human")
    return store, instructory("curate", *named, "--store", store, *settings, "--json")


def test_every_record_is_accounted_for(curated: tuple[Path, Ran]) -> None:
    _, ran = curated
    assert ran.code == 0, ran.err
    stages = ran.stages
    assert [*stages] == ["datasets", "imports", "cleaning", "filters", "clusters", "mix", "audit"]
    assert (stages["imports"]["kept"], stages["imports"]["rejected"]) == (301, 1)
    before = stages["imports"]
    for stage in (stages[name] for name in ("cleaning", "filters", "clusters", "mix", "audit")):
        assert stage["rows_in"] == before["kept"] == stage["kept"] + stage["rejected"] + stage["failed"]
        before = stage
    assert ran.json["rows"] == stages["audit"]["kept"] > 200
    report = Path(ran.json["report"]).read_text("utf-8")
    assert "malformed_record" in report
    assert "CC-BY-NC-4.0" in report


def test_curating_a_release_again_changes_nothing(curated: tuple[Path, Ran], instructory: Run, tmp_path: Path) -> None:
    folder = curated[0] / "releases" / "curated" / "1" / "data"
    ran = instructory("curate", folder, "--store", tmp_path / "store", "--set", "dataset=again", "--json")
    assert ran.code == 0, ran.err
    assert [stage["rejected"] + stage["failed"] for stage in ran.stages.values()] == [0] * 7
    stores = (Store(curated[0]), "curated"), (Store(tmp_path / "store"), "again")
    before, after = (released_rows(store, store.release(name)) for store, name in stores)
    same = ("example_id", "content_hash", "origin", "teacher", "licence", "generation", "language")
    assert after.select(same).equals(before.select(same))
    assert set(after["source"].to_pylist()) == {"curated-1"}


def test_the_console_says_format_and_licence(curated: tuple[Path, Ran]) -> None:
    said = curated[1].err
    assert (
        "alpaca_5000.json: Alpaca, 150 of the first 150 rows have its shape; 150 rows; CC-BY-NC-4.0, known as 'alpaca'"
        in said
    )
    assert "! imports: alpaca_5000.json: CC-BY-NC-4.0 allows no commercial use" in said
    assert "! imports: dolly_3k.json" not in said


def test_why_leads_an_imported_row_to_its_file(curated: tuple[Path, Ran], instructory: Run) -> None:
    store = Store(curated[0])
    row = released_rows(store, store.release("curated")).to_pylist()[0]
    told = instructory("why", row["example_id"], "--store", curated[0])
    assert told.code == 0, told.err
    assert f"record {row['record']}" in told.out
    assert "raw_sha256" in told.out or "sha256" in told.out


def test_three_good_rows_pass_every_gate(instructory: Run, tmp_path: Path) -> None:
    pairs = {"Name a red fruit, please.": "An apple is a red fruit.", "What do bees make?": "They make honey of nectar.",
             "Which metal is liquid?": "Mercury is a liquid metal."}  # fmt: skip
    records = [{"instruction": asked, "output": answer} for asked, answer in pairs.items()]
    (tmp_path / "three.json").write_text(json.dumps(records))
    ran = instructory("curate", tmp_path / "three.json", "--store", tmp_path / "store", "--json")
    assert (ran.code, ran.json["rows"]) == (0, 3), ran.err
    assert ran.json["verdict"]["colour"] == "amber"
    assert ran.json["verdict"]["below"] == ["compliant (0% of the rows, asked 100%; the licence of 100% is not known)"]


def test_documents_and_two_open_datasets_half_and_half(files: Path, instructory: Run, tmp_path: Path) -> None:
    recipe = tmp_path / "mixed.yaml"
    recipe.write_text(
        f"""
dataset: mixed
documents:
  - {{pydoc: topics, name: python-reference, licence: PSF-2.0, max_documents: 12}}
datasets:
  - {{path: {files / "alpaca_5000.json"}}}
  - {{path: {files / "dolly_3k.json"}}}
mix:
  human_share: 0.5
"""
    )
    ran = instructory("build", recipe, "--store", tmp_path / "store", "--json")
    assert ran.code == 0, ran.err
    store = Store(tmp_path / "store")
    rows = released_rows(store, store.release("mixed"))
    assert set(rows["source"].to_pylist()) == {"python-reference", "alpaca-5000", "dolly-3k"}
    human = rows["origin"].to_pylist().count("human") / rows.num_rows
    assert abs(human - 0.5) <= 0.05
    assert all(store.verdict(*verdict).passed for verdict in store.release("mixed").verdicts)  # type: ignore[union-attr]


def test_a_dry_run_says_what_is_there_and_keeps_nothing(files: Path, instructory: Run, tmp_path: Path) -> None:
    ran = instructory("curate", files / "dolly_3k.json", "--store", tmp_path / "store", "--dry-run", "--json")
    assert ran.code == 0, ran.err
    (file,) = ran.json["files"]
    assert (file["format"], file["rows"], file["use"]) == ("dolly", 150, "commercial")
    assert not (tmp_path / "store" / "raw").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "nothing to begin with; name FILEs to curate"),
        (("nowhere.json",), "there is no file or folder nowhere.json"),
    ],
)
def test_bad_input_ends_in_one_line(instructory: Run, tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    ran = instructory("curate", *arguments, "--store", tmp_path / "store", "--dry-run")
    assert ran.code == 2
    assert said in ran.err
