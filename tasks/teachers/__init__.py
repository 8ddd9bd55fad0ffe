"""The models: asked through one protocol, with a journal, a rate limit and a budget; never asked twice for what they answered.

    with open_teacher(settings, tools, budget) as teacher:
        answers = teacher.ask(requests)

protocol                    requests, completions, failures, and what a teacher is
vendors                     which provider, key and address belong to which settings
teacher                     the teacher itself; `sender` makes one call for it, with `journal`, `rate_limit` and `budget`
exchange, answers           from what a model answered to what a stage may use
openai, anthropic, local    the vendors' protocols; `connections` and `http` are shared by them
batches                     the vendors' batch modes
prices, estimate            what models cost
journal_tables              what the journal says, as tables
"""

from tasks.core.outcome import Tools
from tasks.teachers.budget import begin_build
from tasks.teachers.estimate import Estimate, estimate
from tasks.teachers.journal_tables import ModelUsage, damage, export, lost, summary
from tasks.teachers.prices import TrainingTerms, terms_of
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
from tasks.teachers.vendors import check

__all__ = [
    "Budget",
    "Completion",
    "Estimate",
    "Failure",
    "Message",
    "ModelUsage",
    "Patience",
    "Request",
    "Teacher",
    "TeacherSettings",
    "TrainingTerms",
    "begin_build",
    "check",
    "damage",
    "estimate",
    "export",
    "lost",
    "open_teacher",
    "summary",
    "terms_of",
]


def open_teacher(settings: TeacherSettings, tools: Tools, budget: Budget = Budget()) -> Teacher:  # noqa: B008
    """The teacher that the settings name, a context manager. Raises BadInput as `check` does."""
    from tasks.teachers.teacher import JournalledTeacher  # only where a model is asked

    check(settings, budget)
    return JournalledTeacher(settings, tools, budget)
