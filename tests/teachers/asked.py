"""Settings and questions that the teachers' tests share."""

from typing import Any

from tasks.teachers import Completion, Failure, Message, Patience, Request, TeacherSettings
from tests.servers.models import ModelServer

FAST = Patience(
    backoff_seconds=0.01,
    longest_backoff_seconds=0.05,
    longest_retry_after_seconds=2,
    attempts=3,
    rounds=4,
    poll_seconds=0.01,
)


def settings_for(server: ModelServer, provider: str, **more: Any) -> TeacherSettings:
    base_url = server.openai_url if provider == "openai" else server.url
    return TeacherSettings(
        **{"provider": provider, "model": "m", "base_url": base_url, "patience": FAST, "concurrency": 8, **more}
    )


def question(text: str, **more: Any) -> Request:
    return Request(messages=(Message(role="user", content=text),), **more)


def questions(count: int, **more: Any) -> list[Request]:
    return [question(f"question {i}", **more) for i in range(count)]


def texts(answers: list[Completion | Failure]) -> list[str]:
    """The texts of answers that must all be completions."""
    assert [a for a in answers if isinstance(a, Failure)] == []
    return [a.text for a in answers if isinstance(a, Completion)]


def error(answers: list[Completion | Failure]) -> str:
    """The error of a single answer that must be a failure."""
    assert len(answers) == 1
    assert isinstance(answers[0], Failure)
    return answers[0].error
