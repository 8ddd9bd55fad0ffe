"""`export --for`: a folder that a trainer reads, or its rows on standard output; counts and refusals are printed."""

import json
from pathlib import Path

from tests.cli.commands import Ran, Run


def test_a_release_goes_to_a_trainer_as_a_folder_or_through_a_pipe(
    demo: tuple[Path, Ran], instructory: Run, tmp_path: Path
) -> None:
    command = ("export", "demo", "--store", demo[0])
    made = instructory(*command, "--for", "llamafactory", "--out", tmp_path / "lf")
    assert made.code == 0, made.err
    info = json.loads((tmp_path / "lf" / "dataset_info.json").read_text())["demo"]
    lines = (tmp_path / "lf" / info["file_name"]).read_text("utf-8").splitlines()
    assert set(info["columns"].values()) <= set(json.loads(lines[0]))
    assert f"in {len(lines):,} lines of" in made.out
    piped = instructory(*command, "--for", "openai", "--out", "-")
    assert all(json.loads(line)["messages"] for line in piped.out.splitlines())
    assert "rows in" in piped.err
    for words, message in (
        (("--for", "trl", "--format", "csv"), "name one of them"),
        (("--for", "megatron"), "unknown trainer 'megatron'; choose one of trl,"),
        (("--for", "trl", "--objective", "ppo"), "unknown objective 'ppo'"),
        (("--for", "trl", "--objective", "preference"), "no row is left: no_pair"),
        ((), "name a trainer with --for, or a format with --format"),
    ):
        refused = instructory(*command, *words, "--out", tmp_path / "no")
        assert (refused.code, message in refused.err) == (2, True), refused.err
    assert not (tmp_path / "no").exists()
