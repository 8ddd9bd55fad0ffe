"""The embedded model, really loaded: the whole way to a model without key or network."""

from pathlib import Path

from tasks.core.outcome import Tools
from tasks.teachers import Completion, TeacherSettings, open_teacher, summary
from tests.teachers.asked import question

SCHEMA = {
    "type": "object",
    "properties": {"colour": {"type": "string", "maxLength": 20}},
    "required": ["colour"],
    "additionalProperties": False,
}


def test_the_embedded_model_answers_repeatably_and_in_json(tmp_path: Path) -> None:
    settings = TeacherSettings(provider="local", temperature=0, max_tokens=60)
    asked = [question("Say hello in three words."), question("Name a colour, as JSON.", json_schema=SCHEMA)]
    said = []
    for store in ("one", "two"):
        with open_teacher(settings, Tools("key", tmp_path / store)) as teacher:
            assert teacher.name == "local/SmolLM2-135M-Instruct"
            answers = teacher.ask(asked if store == "one" else asked[::-1])
        assert all(isinstance(answer, Completion) for answer in answers), answers
        said.append({answer.request_hash: answer for answer in answers})
    assert said[0] == said[1]
    structured = next(a for a in said[0].values() if isinstance(a, Completion) and a.data is not None)
    assert list(structured.data) == ["colour"]
    assert structured.cost_usd == 0
    [figures] = summary(tmp_path / "one")
    assert (figures.answered, figures.usd) == (2, 0.0)
    assert figures.tokens_out > 0
