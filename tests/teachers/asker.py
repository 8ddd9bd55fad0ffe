"""A process that asks and may be killed: `python -m tests.teachers.asker STORE SETTINGS_JSON COUNT`; prints the texts."""

import json
import sys
from pathlib import Path

from tasks.core.outcome import Tools
from tasks.teachers import TeacherSettings, begin_build, open_teacher
from tests.teachers.asked import questions, texts

if __name__ == "__main__":
    store, settings, count = sys.argv[1:]
    begin_build(Path(store), "killed@1")
    with open_teacher(TeacherSettings.model_validate_json(settings), Tools("key", Path(store))) as teacher:
        print(json.dumps(texts(teacher.ask(questions(int(count))))))
