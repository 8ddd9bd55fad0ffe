"""The runner as a person names it: on the command line, with a cluster of the build's own."""

from pathlib import Path

from tasks.store.store import Store
from tests.cli.commands import Run


def test_a_build_with_dask_is_quiet_and_shows_its_pieces(instructory: Run, tmp_path: Path) -> None:
    store = tmp_path / "store"
    settings = ("--set", "runner.kind=dask", "--set", "runner.workers=1", "--set", "gates.release.min_rows=1")
    ran = instructory("build", "demo", "--trial", "9", "--store", store, *settings, "--json")
    assert ran.code == 0, ran.err
    assert ran.stages["documents"]["kept"] > 9
    assert "distributed" not in ran.err
    assert "Warning" not in ran.err
    assert len(list(Store(store).root.glob("manifests/documents.shards/*.json"))) == 9


def test_an_address_that_nobody_answers_at_is_one_line(instructory: Run, tmp_path: Path) -> None:
    ran = instructory(
        "build", "demo", "--store", tmp_path, "--set", "runner={kind: dask, address: 'tcp://127.0.0.1:1'}"
    )
    assert ran.code == 2
    assert ran.err.startswith("instructory: nothing answers at tcp://127.0.0.1:1 (")
    assert len(ran.err.splitlines()) == 1
