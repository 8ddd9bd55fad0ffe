"""Logs of a chat service with feedback: turns, or a question and an answer, with a thumb, a rating or stars."""

from typing import Final

from tasks.imports.example import Record
from tasks.imports.formats import kto
from tasks.imports.marks import MARKS

TITLE: Final = "chat log with feedback"
ORIGIN: Final = "synthetic"
read = kto.read


def recognises(record: Record) -> bool:
    """Whether the record has a mark, and turns or a question with its answer."""
    return kto.judged(record, MARKS)
