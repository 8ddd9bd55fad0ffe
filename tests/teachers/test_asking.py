from pathlib import Path

from tasks.core.outcome import Tools
from tasks.teachers import Completion, Message, Request, TeacherSettings, open_teacher
from tests.servers.models import ModelServer


def question(text: str) -> Request:
    return Request(messages=(Message(role="user", content=text),))


def test_answers_come_in_the_order_of_the_questions(model_server: ModelServer, tmp_path: Path) -> None:
    model_server.reply = lambda seen: seen.prompt.upper()
    settings = TeacherSettings(provider="openai", model="m", base_url=model_server.openai_url)
    with open_teacher(settings, Tools("key", tmp_path)) as teacher:
        answers = teacher.ask([question(f"q{i}") for i in range(50)])
    assert [a.text for a in answers if isinstance(a, Completion)] == [f"Q{i}" for i in range(50)]
