"""`instructory ablate`, from the command line to the figures in the store."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.servers.models import ModelServer
from tests.servers.wire import Seen
from tests.students.tiny import ANSWERS, rows, tiny_student
from tests.verification.judges.conftest import fenced

LENIENT = [
    *(f"filters.{name}.enabled=false" for name in ("exact_duplicates", "near_duplicates", "semantic_duplicates", "conflicts")),
    *(f"gates.release.min_{name}=0" for name in ("aligned", "sufficiently_unique")),
]  # fmt: skip


def command(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    house = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(house), os.environ.get("PYTHONPATH", "")])}
    environment["OMP_NUM_THREADS"] = "1"
    environment.pop("PREFECT_API_URL", None)  # a server of its own
    line = [sys.executable, "-m", "flows.cli", *map(str, arguments)]
    return subprocess.run(line, env=environment, capture_output=True, text=True, timeout=600, check=False)


def released(name: str, shuffled: float, folder: Path) -> None:
    """A dataset of 400 rows of the tiny student's subject, in the store `folder`/s."""
    made = rows(400, shuffled=shuffled, seed=1, source=name).to_pylist()
    lines = [
        json.dumps({"instruction": f"{row['instruction']} ({row['example_id'][:4]})", "response": row["response"]})
        for row in made
    ]
    (folder / f"{name}.jsonl").write_text("\n".join(lines))
    settings = [part for setting in (f"dataset={name}", *LENIENT) for part in ("--set", setting)]
    ran = command("curate", folder / f"{name}.jsonl", "--store", folder / "s", *settings)
    assert ran.returncode == 0, ran.stderr + ran.stdout


@pytest.mark.skipif(find_spec("torch") is not None, reason="the extra `student` is installed")
def test_without_the_extra_one_line_says_what_to_install(tmp_path: Path) -> None:
    ran = command("ablate", "demo", "--store", tmp_path)
    assert ran.returncode == 2
    assert (
        ran.stderr.strip().splitlines()[-1].startswith("instructory: training a student needs torch; install the extra")
    )


def knows(seen: Seen) -> dict[str, Any]:
    """A judge that prefers an answer with a right ending to one without."""
    first, second = (any(end in fenced(seen.prompt, name) for end in ANSWERS.values()) for name in ("first", "second"))
    return {"preferred": {"reason": "So it is.", "score": "tie" if first == second else "first" if first else "second"}}


@pytest.mark.skipif(find_spec("torch") is None, reason="needs the extra `student`; `make test-trainers` has it")
@pytest.mark.timeout(1200)  # two minutes, on a machine that has little else to do
def test_a_dataset_is_compared_with_another_and_its_students_are_kept(
    model_server: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released("clean", 0.0, tmp_path)
    released("noise", 1.0, tmp_path)
    student = tiny_student(tmp_path / "student")
    asked = ("ablate", "clean", "--against", "noise", "--store", tmp_path / "s", "--student", student, "--tune", "full")
    model_server.reply = knows
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("OPENAI_BASE_URL", model_server.openai_url)
    asked += ("--win-rate", "12", "--judge", "openai/m")
    ran = command(*asked, "--tokens", "6000", "--seeds", "2", "--exact-match", "40", "--json")
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout.splitlines()[-1])
    assert [one["part"] for one in found["parts"]] == ["untrained", "25%", "50%", "all", "dataset noise"]
    assert found["comparisons"][0]["gain"] > 0, "who learnt knows more than who did not"
    assert json.loads((tmp_path / "s" / found["file"]).read_text())["version"] == 1
    assert [one["part"] for one in found["exact"]] == [one["part"] for one in found["comparisons"]]
    assert found["parts"][0]["exact"] == 0.0, "who learnt nothing writes no answer"
    rates = {one["other"]: one for one in found["win_rates"]}
    assert rates.keys() == {"untrained", "dataset noise"}
    assert all(one["wins"] + one["ties"] + one["losses"] == 2 * 12 for one in rates.values())
    requests = model_server.requests
    again = command(*asked, "--tokens", "6000", "--seeds", "2", "--exact-match", "40", "--json")
    assert json.loads(again.stdout.splitlines()[-1])["parts"] == found["parts"]
    assert again.stderr.count("cached") >= 10, "no student is trained twice"
    assert model_server.requests == requests, "and no judge asked twice"


def test_a_column_that_rows_have_not_is_named(tmp_path: Path) -> None:
    ran = command("ablate", "demo", "--by", "colour", "--store", tmp_path)
    assert ran.returncode == 2
    assert "no column 'colour'" in ran.stderr
