"""Fixtures of the teachers' tests."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.core.outcome import Tools
from tasks.teachers import Completion, Failure, Request, TeacherSettings, open_teacher
from tests.servers.models import ModelServer
from tests.teachers.asked import settings_for

Ask = Callable[[list[Request]], list[Completion | Failure]]


@pytest.fixture
def settings(model_server: ModelServer, provider: str) -> TeacherSettings:
    """A teacher at the loopback server that does not wait long."""
    return settings_for(model_server, provider)


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    """Tools with a store of their own."""
    return Tools("key", tmp_path / "store")


@pytest.fixture
def ask(settings: TeacherSettings, tools: Tools) -> Ask:
    """Puts questions to a teacher that is opened for them and closed afterwards, as by a stage of a build."""

    def asked(requests: list[Request]) -> list[Completion | Failure]:
        with open_teacher(settings, tools) as teacher:
            return teacher.ask(requests)

    return asked
