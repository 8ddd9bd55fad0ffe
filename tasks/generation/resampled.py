"""A teacher in a later round: asked the same, it answers anew."""

from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

from tasks.teachers.protocol import Completion, Failure, Request, Teacher

SAMPLES: Final = 10_000
"""From the number of a sample in one round to that in the next: no method takes so many of one request."""


class Resampled:
    """`teacher`, whose answers in each round are further samples; in the first they are what they are without rounds."""

    def __init__(self, teacher: Teacher, round_: int) -> None:
        self.name = teacher.name
        self._teacher, self._first = teacher, SAMPLES * (round_ - 1)

    def ask(self, requests: Sequence[Request]) -> list[Completion | Failure]:
        """As the teacher's."""
        if self._first:
            requests = [one.model_copy(update={"sample": one.sample + self._first}) for one in requests]
        return self._teacher.ask(requests)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The teacher is closed by whoever opened it."""
