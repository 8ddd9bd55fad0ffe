"""docs/from-documents-to-a-model.md: its commands lead from a folder of PDFs to rows that a trainer loads."""

import importlib.util
import json
import re
import shlex
from pathlib import Path

from tests.cli.commands import Run

HOUSE = Path(__file__).parents[2]
PAGE = HOUSE / "docs" / "from-documents-to-a-model.md"
_SPEC = importlib.util.spec_from_file_location("making", HOUSE / "tests" / "documents" / "readers" / "making.py")
assert _SPEC is not None
assert _SPEC.loader is not None
making = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(making)


def test_a_folder_of_pdfs_becomes_rows_for_a_trainer(instructory: Run, tmp_path: Path) -> None:
    (tmp_path / "handbook").mkdir()
    (tmp_path / "handbook" / "handbook.pdf").write_bytes(making.handbook())
    (tmp_path / "handbook" / "report.pdf").write_bytes(making.report())
    found = re.search(r"```console\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found
    *commands, train = found[1].strip().splitlines()
    for command in commands:
        name, *words = shlex.split(command)
        assert name == "instructory"
        done = instructory(*words, cwd=tmp_path)
        assert done.code == 0, done.err
    assert train == "python for-trl/train.py MODEL"
    compile((tmp_path / "for-trl" / "train.py").read_text("utf-8"), "train.py", "exec")
    rows = [json.loads(line) for line in (tmp_path / "for-trl" / "train.jsonl").read_text("utf-8").splitlines()]
    assert len(rows) >= 12
    text = json.dumps(rows)
    assert "Who keeps the lighthouse in good order?" in text
    kept = json.loads(instructory("show", "handbook", "--format", "jsonl", cwd=tmp_path).out.splitlines()[0])
    why = instructory("why", kept["example_id"], cwd=tmp_path)
    assert re.search(r"evidence: page 1, paragraph \d+ of (handbook|report)\.pdf", why.out)
    assert re.search(r"location: page 1, paragraph \d+\n", why.out)
