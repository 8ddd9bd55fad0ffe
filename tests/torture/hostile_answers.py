"""A process that asks a server which means ill, or verifies a row that does, and says what that came to in seconds and memory:
`python -m tests.torture.hostile_answers URL`."""

import json
import sys
import time
from pathlib import Path
from tempfile import mkdtemp

from tasks.core.errors import InstructoryError
from tasks.core.outcome import Tools
from tasks.teachers import Failure, TeacherSettings, open_teacher
from tasks.teachers.posting import posted
from tests.teachers.asked import FAST, question
from tests.torture.bombs import most_resident

TIMEOUT = 8.0
"""Seconds for a whole answer."""


def met(url: str) -> dict[str, object]:
    """What an answer comes to: an answer, or the fault of its row; as a model's, and as scores."""
    patience = FAST.model_copy(update={"attempts": 1})
    settings = TeacherSettings(
        provider="openai", model="m", base_url=f"{url}/v1", patience=patience, timeout_seconds=TIMEOUT
    )
    began, said = time.process_time(), []
    with open_teacher(settings, Tools("hostile", Path(mkdtemp()))) as teacher:
        try:
            (answer,) = teacher.ask([question("q")])
            said.append(answer.error if isinstance(answer, Failure) else f"{len(answer.text):,} characters")
        except InstructoryError as error:
            said.append(f"ended: {error}")
    seconds = time.process_time() - began
    try:
        posted(url, b"{}", "", "", TIMEOUT, "scores", tries=1)
    except InstructoryError as error:
        said.append(str(error))
    return {"said": said[0][:80], "seconds": round(seconds, 1), "megabytes": most_resident()}


if __name__ == "__main__":
    print(json.dumps(met(sys.argv[1])))
