"""Every kind of row, exported for every objective of every trainer, is read by the trainer's own code as the row says.

`make test-trainers` builds the trainers' environment and runs this; docs/formats.md has the table that comes out.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tasks.core.errors import BadInput
from tasks.core.schema import CLUSTERED, conform
from tasks.release.formats.catalogue import BY_NAME, TARGETS
from tasks.release.formats.conversation import COLUMNS
from tasks.release.formats.target import DATA, OBJECTIVES, Objective, Settings
from tasks.release.formats.writing import write_folder
from tests.trainers.kinds import KINDS, ROWS, rows
from tests.trainers.openai_rules import wrong

HOUSE = Path(__file__).parents[2]
PYTHON = Path(os.environ.get("TRAINERS", HOUSE / ".venv-trainers")) / "bin" / "python"
PAGE = HOUSE / "docs" / "formats.md"
TABLE = re.compile(r"(?<=<!-- made by make test-trainers -->\n).*?(?=<!-- end -->)", re.DOTALL)
HERE = Path(__file__).parent
OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "DISABLE_VERSION_CHECK": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "CUDA_VISIBLE_DEVICES": "",
}
pytestmark = [
    pytest.mark.skipif("TRAINERS" not in os.environ, reason="needs the trainers: make test-trainers"),
    pytest.mark.timeout(1800),
]
Cell = dict[str, Any]


def in_trainers(*words: object) -> subprocess.CompletedProcess[str]:
    surroundings = {**os.environ, **OFFLINE, "PYTHONPATH": ""}
    return subprocess.run([PYTHON, *map(str, words)], env=surroundings, capture_output=True, text=True)


@pytest.fixture(scope="session")
def model(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    code = (
        f"import sys; sys.path.insert(0, {str(HERE)!r}); import tiny, pathlib; tiny.make(pathlib.Path({str(folder)!r}))"
    )
    made = in_trainers("-c", code)
    assert made.returncode == 0, made.stderr
    return folder


def export(target: str, objective: Objective, made: list[dict[str, Any]], out: Path) -> str:
    """The reason for which all rows are refused; empty where none is."""
    table = conform(pa.Table.from_pylist(made, CLUSTERED), CLUSTERED).select(COLUMNS)
    try:
        exported = write_folder(table.to_batches(), BY_NAME[target], objective, Settings("demo"), out)
    except BadInput as error:
        if reason := re.fullmatch(rf"no row is left: (\w+) {len(made)}", str(error)):
            return reason[1]
        raise
    assert not exported.refused
    return ""


@pytest.fixture(scope="session")
def cells(model: Path, tmp_path_factory) -> dict[tuple[str, str, str], Cell]:
    """What came of each kind of row for each objective of each target: {refused}, {folder, rows} or {folder, error}. Unsloth cannot
    be imported without an accelerator; its rows are TRL's to the byte, and it trains with TRL's trainers."""
    base = tmp_path_factory.mktemp("exports")
    found: dict[tuple[str, str, str], Cell] = {}
    for target in TARGETS:
        folders: dict[str, tuple[str, str, str]] = {}
        for objective in target.builds:
            for number, kind in enumerate(KINDS):
                out = base / target.name / objective / str(number)
                reason = export(target.name, objective, rows(kind, objective), out)
                found[target.name, objective, kind] = {"refused": reason} if reason else {"folder": out}
                if not reason:
                    folders[str(out)] = (target.name, objective, kind)
        if target.name == "unsloth":
            for folder, (_, objective, kind) in folders.items():
                same = found["trl", objective, kind]
                assert (Path(folder) / DATA).read_bytes() == (same["folder"] / DATA).read_bytes()
                found["unsloth", objective, kind] = same
        if target.name in ("unsloth", "openai"):
            continue
        loaded = base / f"{target.name}.json"
        ran = in_trainers(HERE / "loaders.py", target.name, model, loaded, *folders)
        assert ran.returncode == 0, ran.stderr[-3000:]
        for folder, said in json.loads(loaded.read_text()).items():
            found[folders[folder]].update(said)
    return found


def pairs() -> Iterator[tuple[str, Objective]]:
    for target in TARGETS:
        for objective in target.builds:
            yield target.name, objective


@pytest.mark.parametrize(("target", "objective"), [pair for pair in pairs() if pair[0] != "openai"])
def test_the_trainer_reads_what_the_row_says(cells, target: str, objective: Objective) -> None:
    for kind, (_, words, learnt) in KINDS.items():
        cell = cells[target, objective, kind]
        if "refused" in cell:
            continue
        assert "error" not in cell, (kind, cell["error"])
        expected = 2 * ROWS if objective == "kto" else ROWS
        assert len(cell["rows"]) == expected, kind
        for number, row in enumerate(cell["rows"]):
            check_row(kind, objective, number // 2 if objective == "kto" else number, row, words, learnt, target)


def check_row(
    kind: str, objective: str, number: int, row: Cell, words: list[str], learnt: list[str], target: str
) -> None:
    read, trained = row["read"], row["learnt"]
    where = (kind, number, read, trained)
    call_now = kind == "a call as the answer"
    answer = "Lisbon" if call_now else f"birchwood{number}"
    losing = f"kale{number}, as"
    for text in read:
        assert f"apricot{number}" in text, where
        for word in words:
            of_answer = word == "Wood is juniper, so say so." or (word == "Lisbon" and call_now)
            assert word in text or (of_answer and (losing in text or objective == "rl")), (word, *where)
    if objective in ("preference", "reward"):
        assert answer in read[0], where
        assert losing in read[1], where
        if trained:
            assert answer in trained[0], where
            assert losing in trained[1], where
            assert f"apricot{number}" not in trained[0] + trained[1] or target == "torchtune", where
    elif objective == "kto":
        good = trained[1] == "True"
        assert (answer if good else losing) in trained[0], where
        assert f"apricot{number}" not in trained[0], where
    elif objective == "rl":
        assert trained == [str(number + 3), "mathematics"], where
        assert answer not in read[0], where
    elif objective == "pretrain":
        assert all(word in trained[0] for word in (answer, f"apricot{number}")), where
    else:
        assert answer in trained[0], where
        assert f"apricot{number}" not in trained[0], where
        assert not any(word in trained[0] for word in ("elderberry", "Weather of a city")), where
        if kind == "a masked turn" or objective == "completion":
            assert "dandelion" not in trained[0], where
        else:
            assert all(word in trained[0] for word in learnt), where


@pytest.mark.parametrize("objective", BY_NAME["openai"].builds)
def test_openai_rows_follow_its_reference(cells, objective: Objective) -> None:
    for kind in KINDS:
        cell = cells["openai", objective, kind]
        if "refused" not in cell:
            for line in (cell["folder"] / DATA).read_text("utf-8").splitlines():
                assert not wrong(json.loads(line), objective), (kind, line)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_script_of_trl_trains_for_two_steps(model: Path, tmp_path: Path, objective: Objective) -> None:
    """All kinds of rows that suit, in one file, with the script as it was exported; of GRPO only the reward is another."""
    made = [row for kind in KINDS for row in rows(kind, objective)]
    kept = [row for row in made if not export("trl", objective, [row], tmp_path / "one")]
    assert export("trl", objective, kept, tmp_path / "all") == ""
    script = tmp_path / "all" / "train.py"
    if objective == "rl":
        text = script.read_text("utf-8")
        start, end = text.index("    from tasks.release"), text.index("\ndef main")
        script.write_text(
            f"{text[:start]}    return [float(len(one[-1]['content'])) for one in completions]\n\n{text[end:]}"
        )
        script.write_text(script.read_text("utf-8").replace("max_completion_length=4096", "max_completion_length=8"))
    ran = in_trainers(
        script,
        model,
        "--max-steps",
        2,
        "--batch",
        8 if objective == "rl" else 2,
        "--cpu",
        "--out",
        tmp_path / "trained",
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert (tmp_path / "trained" / "model.safetensors").is_file()


def table(cells: dict[tuple[str, str, str], Cell]) -> str:
    """What docs/formats.md shows: how each kind of row is read, a line for each target and objective."""
    lines = [f"| | {' | '.join(KINDS)} |", f"|---|{'---|' * len(KINDS)}"]
    for target, objective in pairs():
        how = "reads" if target != "openai" else "fits"
        said = [cells[target, objective, kind].get("refused") or how for kind in KINDS]
        lines.append(f"| `{target}` {objective} | {' | '.join(f'`{one}`' if one != how else how for one in said)} |")
    return "\n".join([*lines, "", f"Loaded with {versions()}.", ""])


def versions() -> str:
    names = ("trl", "llamafactory", "axolotl", "torchtune", "torch", "transformers", "datasets")
    code = f"from importlib.metadata import version as v; print(', '.join(n + ' ' + v(n).split('+')[0] for n in {names!r}))"
    return in_trainers("-c", code).stdout.strip()


def test_the_table_in_the_docs_is_what_came_out(cells) -> None:
    text = PAGE.read_text("utf-8")
    made = TABLE.sub(lambda _: table(cells), text)
    if os.environ.get("WRITE_TABLE"):
        PAGE.write_text(made, "utf-8")
    assert made == text or os.environ.get("WRITE_TABLE"), "docs/formats.md is stale: WRITE_TABLE=1 make test-trainers"
