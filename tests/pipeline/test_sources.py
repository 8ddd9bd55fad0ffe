"""What a stage's rows depend on reaches into other rooms."""

from pathlib import Path

import pytest

import tasks
from tasks.pipeline import sources

TASKS = Path(tasks.__path__[0])


@pytest.mark.parametrize(
    ("room", "depends"),
    [
        ("cleaning", {"rules.py", "tasks/text/words.py", "tasks/core/schema.py"}),
        ("answers", {"rag.py", "tasks/teachers/answers.py", "tasks/teachers/structured.py", "tasks/teachers/prices.yaml"}),
        ("filters", {"near_duplicates.py", "tasks/text/embeddings.py"}),
    ],
)  # fmt: skip
def test_files_of_other_rooms_count(room: str, depends: set[str]) -> None:
    found = sources.hashes(TASKS / room)
    assert depends - {name if name.startswith("tasks/") else Path(name).name for name in found} == set()
    assert not [name for name in found if name.startswith(("tasks/store/", "tasks/pipeline/", f"tasks/{room}/"))]
    others = {Path(name).parts[1] for name in found if name.startswith("tasks/")}
    assert others <= {"core", "text", "teachers", "containers"}, "a stage reads another stage"


def test_a_change_is_noticed(tmp_path: Path) -> None:
    module = tmp_path / "stage.py"
    module.write_text("from tasks.text import words\nfrom tasks.core.schema import (\n    CHUNK,\n)\n")
    before = sources.hashes(tmp_path)
    assert {"stage.py", "tasks/text/words.py", "tasks/core/schema.py"} <= before.keys()
    module.write_text("import tasks.text.sentences\n")
    after = sources.hashes(tmp_path)
    assert after["stage.py"] != before["stage.py"]
    assert "tasks/text/sentences.py" in after
