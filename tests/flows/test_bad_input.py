"""Bad input ends in one line that says what, where, and what to do; never in a traceback, and before any work."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.cli.main import main
from tests.cli.commands import Ran, Run

Cli = Callable[..., Ran]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """Runs a command in this process, in an empty folder, with no keys set: for what fails before a flow begins."""
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str | Path) -> Ran:
        monkeypatch.setattr(sys, "argv", ["instructory", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as error:
            code = int(error.code or 0)
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return run


def recipe(folder: Path, text: str) -> Path:
    path = folder / "recipe.yaml"
    path.write_text(text)
    return path


GOOD = "dataset: d\ndocuments:\n  - path: docs\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD + "filtres: {}\n", "unknown key 'filtres'; did you mean 'filters'?"),
        (GOOD + "mix:\n  row: 3\n", "mix: unknown key 'row'; did you mean 'rows'?"),
        (GOOD + "mix:\n  rows: many\n", "mix.rows: Input should be a valid integer"),
        ("dataset: Demo!\ndocuments:\n  - path: docs\n", "dataset: 'Demo!' must match ^[a-z0-9][a-z0-9_-]{0,63}$"),
        ("dataset: d\n", "nothing to begin with"),
        (GOOD + "gates:\n  filter: {}\n", "gates: no stage 'filter'; did you mean 'filters'?"),
        (GOOD + "gates:\n  mix: {min_row: 3}\n", "gates: mix: no threshold 'min_row'; did you mean 'min_rows'?"),
        ("dataset: d\ndocuments: [\n", "recipe.yaml:3: not YAML"),
        ("- a\n- b\n", "a recipe is a mapping"),
    ],
)
def test_a_wrong_recipe_is_named_with_its_file_and_key(cli: Cli, tmp_path: Path, text: str, said: str) -> None:
    ran = cli("build", recipe(tmp_path, text))
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "recipe.yaml" in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("mix.rows", "write it as key.sub=value"),
        ("documents.4.path=x", "'4' is not an index of a list of 1"),
        ("dataset.x=1", "dataset is a value and has nothing inside"),
        ("mix.rowz=1", "did you mean 'rows'?"),
    ],
)
def test_a_wrong_setting_is_named(cli: Cli, tmp_path: Path, setting: str, said: str) -> None:
    ran = cli("build", recipe(tmp_path, GOOD), "--set", setting)
    assert ran.code == 2
    assert said in ran.err


def test_a_recipe_that_is_not_there_names_the_packaged_ones(cli: Cli) -> None:
    ran = cli("build", "dmeo")
    assert ran.code == 2
    assert "did you mean 'demo'?" in ran.err


@pytest.mark.parametrize(("provider", "variable"), [("openai", "OPENAI_API_KEY"), ("anthropic", "ANTHROPIC_API_KEY")])
def test_a_missing_key_names_its_variable_before_any_work(
    cli: Cli, tmp_path: Path, provider: str, variable: str
) -> None:
    ran = cli("build", "demo", "--store", tmp_path / "store", "--set", f"teacher.provider={provider}")
    assert ran.code == 2
    assert variable in ran.err
    assert not (tmp_path / "store").exists()


def test_reading_from_a_store_that_is_not_there(cli: Cli) -> None:
    for command in (("show", "demo"), ("verify",), ("why", "0123456789"), ("diff", "a@1", "a@2")):
        ran = cli(*command)
        assert ran.code == 2
        assert "no store at .instructory" in ran.err


def test_a_server_that_is_not_there_is_said(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    ran = cli("build", "demo")
    assert ran.code == 2
    assert "http://127.0.0.1:9/api (PREFECT_API_URL) does not answer" in ran.err


def test_wrong_options_are_usage_errors(cli: Cli) -> None:
    assert cli("build").code == 2
    assert cli("build", "demo", "--trial", "0").code == 2
    assert cli("show", "demo", "--format", "xml").code == 2


def documents(folder: Path, **files: str | bytes) -> Path:
    (folder / "docs").mkdir()
    for name, content in files.items():
        path = folder / "docs" / name.replace("__", ".")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder / "docs"


def test_documents_that_lead_nowhere_end_the_build_with_one_line(instructory: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for place in ("absent.txt", "empty", "*.nothing"):
        ran = instructory("build", "demo", "--set", f"documents=[{{path: '{place}'}}]", cwd=tmp_path)
        assert ran.code == 2, ran.err
        assert place in ran.err
        assert "Traceback" not in ran.err + ran.out


def test_documents_that_cannot_be_read_are_refused_one_by_one(instructory: Run, tmp_path: Path) -> None:
    docs = documents(
        tmp_path,
        good__txt="A widget is a small part. It is used to join two pieces of wood together in a frame.\n" * 3,
        binary__txt=b"\x00\x01\x02ELF" * 50,
        latin__txt=b"caf\xe9 \xff\xfe and more text",
        empty__txt="",
        bomb__html="<div>" * 100_000 + "x",
    )
    gates = ["--set", "gates.inventory.max_unreadable_share=0.9", "--set", "gates.documents.max_rejected_share=0.9"]
    ran = instructory(
        "build", "demo", "--store", tmp_path / "s", "--json", "--set", f"documents=[{{path: '{docs}'}}]", *gates
    )
    stages = ran.stages
    lost = stages["inventory"]["rejected"] + stages["documents"]["rejected"]
    assert stages["inventory"]["failed"] == 0
    assert stages["documents"]["kept"] >= 1
    assert lost >= 3
    assert "Traceback" not in ran.err


def test_a_store_that_cannot_be_written_is_said(instructory: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    ran = instructory("build", "demo", "--store", tmp_path / "file" / "store")
    assert ran.code in {1, 2}
    assert "cannot write to" in ran.err
    assert ran.err.count("\n") == 1


def test_an_unreachable_teacher_stops_the_build_with_one_line(instructory: Run, tmp_path: Path) -> None:
    settings = (
        "teacher.provider=openai",
        "teacher.base_url=http://127.0.0.1:9/v1",
        "documents.0.max_documents=2",
        "generate=[{method: taxonomy, passes: 1}]",
    )
    ran = instructory("build", "demo", "--store", tmp_path / "s", *(part for s in settings for part in ("--set", s)))
    assert ran.code == 1
    assert "the teacher is down" in ran.err
    assert "Traceback" not in ran.err + ran.out
    assert any((tmp_path / "s" / "manifests" / "documents").iterdir())
