"""The models: asked through one protocol, journalled, paced and budgeted; never asked twice for what they answered.

    with open_teacher(settings, tools, budget) as teacher:
        answers = teacher.ask(requests)

`protocol` holds the words; `vendors` says who answers; `asking` is the teacher itself, which asks through `sending`, where
`journal`, `pace` and `budget` meet; `dialogue` and `answers` make of what was said what a stage may use; `openai`,
`anthropic` and `local` speak the protocols; `batches` waits for the vendors' batch modes.
"""

from tasks.teachers.budget import begin_build
from tasks.teachers.figures import ModelFigures, damage, export, summary
from tasks.teachers.prices import Estimate, Terms, estimate, terms_of
from tasks.teachers.protocol import (
    Budget,
    Completion,
    Failure,
    Message,
    Patience,
    Request,
    Teacher,
    TeacherSettings,
)
from tasks.teachers.vendors import check, open_teacher

__all__ = [
    "Budget",
    "Completion",
    "Estimate",
    "Failure",
    "Message",
    "ModelFigures",
    "Patience",
    "Request",
    "Teacher",
    "TeacherSettings",
    "Terms",
    "begin_build",
    "check",
    "damage",
    "estimate",
    "export",
    "open_teacher",
    "summary",
    "terms_of",
]
