"""A process that asks and may be killed: `python -m tests.teachers.asker STORE SETTINGS_JSON COUNT`; prints the texts."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tasks.core.outcome import Tools
from tasks.teachers import TeacherSettings, begin_build, open_teacher
from tests.teachers.asked import questions, texts


def asker(settings: TeacherSettings, store: Path, count: int) -> subprocess.Popen[str]:
    """Asks `count` questions with a journal in `store`, and prints the answers as a JSON list."""
    command = [sys.executable, "-m", __name__, str(store), settings.model_dump_json(), str(count)]
    environment = {"OPENAI_API_KEY": "a-key", **os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


if __name__ == "__main__":
    store, settings, count = sys.argv[1:]
    begin_build(Path(store), "killed@1")
    with open_teacher(TeacherSettings.model_validate_json(settings), Tools("key", Path(store))) as teacher:
        print(json.dumps(texts(teacher.ask(questions(int(count))))))
