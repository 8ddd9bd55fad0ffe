"""A process that asks and may be killed."""

import os
import subprocess
import sys
from pathlib import Path

from tasks.teachers import TeacherSettings

HOUSE = Path(__file__).parents[2]


def asker(settings: TeacherSettings, store: Path, count: int) -> subprocess.Popen[str]:
    """Asks `count` questions with a journal in `store`, and prints the answers as a JSON list."""
    command = [sys.executable, "-m", "tests.teachers.asker", str(store), settings.model_dump_json(), str(count)]
    environment = {**os.environ, "PYTHONPATH": str(HOUSE), "OPENAI_API_KEY": "a-key"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
