"""A judge that talks to a server on this machine."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tasks.core.outcome import Outcome, Tools
from tasks.teachers.protocol import Budget, TeacherSettings
from tasks.verification import stage
from tasks.verification.verifier import VerifierParams
from tests.servers.models import ModelServer
from tests.servers.wire import Seen

Run = Callable[..., Outcome]
NAMES = ("accuracy", "helpfulness", "clarity_and_tone", "conciseness", "completeness")


def curated(level: int = 5, **levels: int) -> dict[str, Any]:
    """An answer by the curation checklist."""
    return {name: {"reason": f"Because of {name}.", "score": levels.get(name, level)} for name in NAMES}


def by_text(answers: Mapping[str, Any], otherwise: Any) -> Callable[[Seen], Any]:
    """A server's script: the answer whose key stands in the question."""
    return lambda seen: next(
        (answer for text, answer in answers.items() if text in str(seen.body["messages"])), otherwise
    )


def fenced(prompt: str, tag: str) -> str:
    """The text that stands in a question under a tag."""
    found = re.search(rf"<{tag}-([0-9a-f]{{16}})>\n(.*?)\n</{tag}-\1>", prompt, re.DOTALL)
    assert found, prompt
    return found[2]


def settings_of(server: ModelServer, model: str = "test-model") -> TeacherSettings:
    return TeacherSettings.model_validate({"provider": "openai", "model": model, "base_url": server.openai_url})


@pytest.fixture
def run(model_server: ModelServer, tools: Tools) -> Run:
    """Runs the stage of an entry against the server, as a build would."""

    def run(rows: Any, entry: VerifierParams, *models: str, at: Tools = tools) -> Outcome:
        panel = [settings_of(model_server, model) for model in models or ("test-model",)]
        return stage.compute(rows, None, entry, panel if len(panel) > 1 else panel[0], Budget(), at)

    return run


def written(path: Any, *rows: dict[str, Any]) -> Any:
    """A file of JSON Lines."""
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    return path
