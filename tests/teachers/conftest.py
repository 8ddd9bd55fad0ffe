"""Fixtures of the teachers' tests."""

from pathlib import Path

import pytest

from tasks.core.outcome import Tools
from tasks.teachers import TeacherSettings
from tests.servers.models import ModelServer
from tests.teachers.asked import settings_for


@pytest.fixture(params=["openai", "anthropic"])
def provider(request: pytest.FixtureRequest) -> str:
    """Each of the two protocols."""
    return str(request.param)


@pytest.fixture
def settings(model_server: ModelServer, provider: str) -> TeacherSettings:
    """A teacher at the loopback server that does not wait long."""
    return settings_for(model_server, provider)


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    """Tools with a store of their own."""
    return Tools("key", tmp_path / "store")
