"""Errors a person reads: one line that says what, where, and what to do. Each class has its exit code."""


class InstructoryError(Exception):
    """Anything that stops a build with a message worth reading instead of a traceback."""

    exit_code = 1


class BadInput(InstructoryError):
    """A recipe, file, option or setting is wrong; nothing was begun."""

    exit_code = 2


class GateFailed(InstructoryError):
    """A stage's output did not meet its suite; the candidate stays on disk."""

    exit_code = 3


class BudgetReached(InstructoryError):
    """The budget is spent; what was received is kept, and a larger budget continues from there."""

    exit_code = 4


class IntegrityError(InstructoryError):
    """Stored bytes do not match their hash, or a row cannot be accounted for."""

    exit_code = 5


class TeacherDown(InstructoryError):
    """The model cannot be reached or answers nothing usable; asking again row by row would not help."""
