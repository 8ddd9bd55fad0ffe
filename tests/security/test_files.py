"""Files from elsewhere: recipes, template sets, folders of documents, records of a store."""

import re
import subprocess
from pathlib import Path

import pytest

from flows import recipe_file
from tasks.core import yaml_text
from tasks.core.errors import BadInput, IntegrityError
from tasks.documents.inventory.collect import collect
from tasks.documents.params import Source
from tasks.release.released import folder_of
from tasks.store.files import inside
from tasks.store.store import Store
from tests.store import records

HOUSE = Path(__file__).parents[2]
LAUGHS = zip("abcdefgh", "bcdefghi", strict=True)
BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(f"{c}: &{c} [{','.join([f'*{p}'] * 10)}]\n" for p, c in LAUGHS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", "3: the key 'a' is on line 1 already"),
        ("a:\n  b: 1\n  b: 1\n", "3: the key 'b' is on line 2 already"),
        (BOMB, "unpacks to more than 100,000 values"),
        ("a: &a [*a]\n", "an alias names the value that contains it"),
        ("[" * 5000, "nested too deeply"),
        ("a: !!python/object/apply:os.system ['true']\n", "could not determine a constructor"),
        ("? [a, b]\n: 1\n", "a key must be a plain word"),
        ("a: " + "9" * 5000, "a value that cannot be read"),
        ("a: 1\n--- \nb: 2\n", "not YAML"),
        ("a: \x00", "not YAML"),
    ],
)
def test_yaml_that_is_more_than_it_looks_is_refused_in_one_line(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(text)
    with pytest.raises(BadInput, match=re.escape(said)) as caught:
        recipe_file.load(str(path))
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_aliases_that_people_use_are_read() -> None:
    assert yaml_text.load("a: &x {b: 1}\nc: *x\nd: {<<: *x, e: 2}\n", "here") == {
        "a": {"b": 1},
        "c": {"b": 1},
        "d": {"b": 1, "e": 2},
    }
    assert yaml_text.load("", "here") is None


def test_only_plain_yaml_and_no_pickle_stands_in_the_code() -> None:
    for path in (
        path for room in ("flows", "tasks", "expectations", "deployments") for path in (HOUSE / room).rglob("*.py")
    ):
        code = path.read_text("utf-8")
        assert not re.search(
            r"\b(?:import|from)\s+(?:pickle|cloudpickle|dill|joblib|shelve|marshal)\b|(?:read|to)_pickle|allow_pickle=True",
            code,
        ), path
        assert not re.search(r"yaml\.(?:load|full_load|unsafe_load)\(", code), path
        if "inside" not in path.parts:  # what runs inside the sandbox is there to run programs
            assert not re.search(r"\b(?:eval|exec)\(|shell=True|os\.system\(", code), path
            assert "from_string(" not in code or "ImmutableSandboxedEnvironment(" in code, (
                path
            )  # a model's chat template


def test_a_link_out_of_a_source_is_rejected_and_one_within_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "secret.txt").write_text("The secret of the house.")
    (tmp_path / "docs" / "own.txt").write_text("Our own text.")
    (tmp_path / "docs" / "out.txt").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "docs" / "in.txt").symlink_to("own.txt")
    kept: list[bytes] = []
    outcome = collect([Source(path="docs")], lambda data: str(kept.append(data)), tmp_path)
    rejected = dict(zip(*(outcome.rejected[name].to_pylist() for name in ("path", "reason")), strict=True))
    assert rejected["out.txt"] == "outside_source"
    assert b"The secret of the house." not in kept


def test_names_of_files_that_are_no_text_become_text(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    subprocess.run(["touch", bytes(tmp_path / "docs") + b"/\xff\x1b[31m.txt"], check=True)
    outcome = collect([Source(path="docs")], lambda data: "", tmp_path)
    assert outcome.rejected["path"].to_pylist() == ["\\xff\x1b[31m.txt"]


@pytest.mark.parametrize("name", ["../x", "/etc", "a/b", "", ".", "..", "a\x00b", "x" * 200])
def test_no_name_leads_out_of_the_store(tmp_path: Path, name: str) -> None:
    store = Store(tmp_path / "store")
    for ask in (
        lambda: store.manifest(name, "0" * 40),
        lambda: store.manifest("seeds", name),
        lambda: store.verdict(name, "k"),
    ):
        with pytest.raises(IntegrityError, match="is not the name of a record"):
            ask()
    for wrong in (lambda: store.versions(name), lambda: store.release(name)):
        with pytest.raises(BadInput, match="dataset name"):
            wrong()


@pytest.mark.parametrize("name", ["Demo", "-a", "a" * 65, "a b"])
def test_a_dataset_has_a_name_of_small_letters(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="must match"):
        Store(tmp_path).release(name)


def test_no_link_leads_out_of_the_store(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    (tmp_path / "elsewhere").mkdir()
    for name in ("manifests", "refs", "releases"):
        (store.root / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(IntegrityError, match="leads out of"):
        store.manifest("seeds", "0" * 40)
    with pytest.raises(IntegrityError, match="leads out of"):
        store.versions("demo")
    with pytest.raises(IntegrityError, match="leads out of"):
        inside(store.root, store.root / "releases" / "demo" / "1")


def test_a_releases_folder_is_named_by_its_dataset_whatever_its_record_says() -> None:
    release = records.release("demo", version=3, report="../../etc/report.html", card="/etc/passwd")
    assert folder_of(release) == Path("releases/demo/3")
    with pytest.raises(BadInput):
        folder_of(release.model_copy(update={"dataset": "../demo"}))
