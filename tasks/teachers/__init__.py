"""The models: asked through one protocol, journalled, paced and budgeted; never asked twice for what they answered."""

from typing import TYPE_CHECKING, Any

from tasks.teachers.protocol import Budget, Completion, Failure, Message, Request, Teacher, TeacherSettings

if TYPE_CHECKING:
    from tasks.teachers.asking import open_teacher

__all__ = [
    "Budget",
    "Completion",
    "Failure",
    "Message",
    "Request",
    "Teacher",
    "TeacherSettings",
    "open_teacher",
]


def __getattr__(name: str) -> Any:
    if name == "open_teacher":
        from tasks.teachers.asking import open_teacher

        return open_teacher
    raise AttributeError(name)
